/** The public pages of a tenant's leaderboard: what was measured, of which systems, and what becomes of submissions. */
import type { Route } from 'steamer';
import { benchmarkPage } from './benchmark-page.ts';
import { boardPage } from './board-page.ts';
import type { LeaderboardModels } from './models.ts';
import { submissionPage } from './submission-page.ts';
import type { FollowProgress } from './submission-progress.ts';
import { systemPage } from './system-page.ts';

/** @param follow what shows a validation as it happens; null where nothing is validated */
export function leaderboardPages(models: LeaderboardModels, follow: FollowProgress | null): readonly Route[] {
  return [boardPage(models), benchmarkPage(models, follow !== null), systemPage(models), submissionPage(models, follow)];
}
