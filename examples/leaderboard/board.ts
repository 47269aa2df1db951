/** The leaderboard as a service: the models of models.yaml, and while those of the leaderboard are among them pages of what is measured, which anybody may read. */
import { createService, type Service, type ServiceOptions } from 'steamer';
import { limits } from '../../.bao/limits.ts';
import models, { modelOptions, tableProfile } from '../../.bao/models.ts';
import type { LeaderboardModels } from './pages/models.ts';
import { leaderboardPages } from './pages/routes.ts';
import type { FollowProgress } from './pages/submission-progress.ts';

/** What takes submissions: the workflows, and how their progress is read. */
interface Submissions {
  workflows: NonNullable<ServiceOptions['workflows']>;
  follow: FollowProgress;
}

const { System, Benchmark, Result, Submission }: Partial<LeaderboardModels> = models; // somebody may have written models of their own
const shown = System && Benchmark && Result && Submission ? { System, Benchmark, Result, Submission } : null;

/** What models.yaml may say otherwise: anybody reads, from the edge where nothing was written since; members and keys of the tenant write. */
const PUBLIC: NonNullable<ServiceOptions['modelOptions']>[string] = {
  access: { read: ['public'], create: ['member'], update: ['member'], delete: ['member'], owner: null, fields: {} },
  cacheControl: 'public, max-age=0, s-maxage=300, stale-while-revalidate=60',
};

/** @param submissions left out: results are put in by whoever may write models, and by nobody else */
export function createBoard(submissions: Submissions | null = null): Service {
  return createService({
    models,
    tableProfile,
    modelOptions: Object.fromEntries(
      Object.entries(modelOptions).map(([name, options]) => [
        name,
        shown !== null && name in shown && options.access === 'read-write' ? PUBLIC : options,
      ]),
    ),
    limits,
    routes: shown === null ? [] : leaderboardPages(shown, submissions?.follow ?? null),
    ...(submissions === null ? {} : { workflows: submissions.workflows }),
  });
}
