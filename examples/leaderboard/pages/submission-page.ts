/** The page of a submission: where it stands and why. While it goes on the page is sent as it happens, so that it needs no script. */
import type { Route } from 'steamer';
import type { Submission } from '../../../.bao/models.ts';
import { formatted } from './chart.ts';
import { html, page, streamedPage, type Html } from './html.ts';
import type { LeaderboardModels } from './models.ts';
import { livePage } from './page-route.ts';
import { day, framed, link, notFound } from './parts.ts';
import { goesOn, progressOf, type FollowProgress } from './submission-progress.ts';

const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A submission that was sent a moment ago is there in a moment. */
const MOMENT_MS = 10_000;
const FIND_EVERY_MS = 200;
const FIND_MS = 2_000;

/** @param follow null where nothing is validated */
export function submissionPage({ System, Benchmark, Submission }: LeaderboardModels, follow: FollowProgress | null): Route {
  const path = '/board/:tenant/submissions/:id';
  return livePage(path, 'A submission to the leaderboard, followed while it goes on, as a page', async ({ tenant, id }) => {
    const submissionId = id.replace(/^wrun_/, '');
    const read = () => Submission.find(submissionId, { bypassCache: true });
    const submission = ULID_PATTERN.test(submissionId) ? await found(read, madeAtMs(submissionId)) : null;
    if (!submission?.exists()) return notFound(tenant, 'submission');

    const { benchmarkId, systemId } = submission;
    const [benchmark, system] = await Promise.all([Benchmark.find(benchmarkId), System.find(systemId)]);
    const [title, unit] = benchmark.exists() ? [benchmark.title, benchmark.unit] : [benchmarkId, ''];
    const name = system.exists() ? system.name : systemId;
    const pageTitle = `Submission of ${name}`;
    const heading = html`<h1>${name}</h1>
      <p class="faint">submitted to ${link(tenant, 'benchmarks', benchmarkId, title)}</p>
      ${factsOf(submission, unit)}`;
    const progress = progressOf(submission, { read, follow });
    if (goesOn(submission)) return streamedPage(pageTitle, (parts) => framed(tenant, html`${heading} ${parts}`), progress);
    const parts: Html[] = [];
    for await (const part of progress) parts.push(part);
    return page(pageTitle, framed(tenant, html`${heading} ${parts}`), { cacheControl: 'no-store' });
  });
}

async function found<Found extends { exists(): boolean }>(read: () => Promise<Found>, sentAtMs: number): Promise<Found> {
  const isYoung = Math.abs(Date.now() - sentAtMs) < MOMENT_MS;
  for (const untilMs = Date.now() + (isYoung ? FIND_MS : 0); ; await scheduler.wait(FIND_EVERY_MS)) {
    const submission = await read();
    if (submission.exists() || Date.now() >= untilMs) return submission;
  }
}

/** When an id was made, Unix milliseconds: its first ten digits. */
function madeAtMs(ulid: string): number {
  return ulid
    .slice(0, 10)
    .split('')
    .reduce((ms, digit) => ms * ULID_DIGITS.length + ULID_DIGITS.indexOf(digit), 0);
}

function factsOf({ value, machine, measuredAt }: Submission, unit: string): Html | null {
  if (value === null || machine === null || measuredAt === null) return null;
  const facts = { Value: `${formatted(value)} ${unit}`, Machine: machine, Measured: day(measuredAt) };
  return html`<dl>
    ${Object.entries(facts).map(
      ([name, fact]) =>
        html`<dt>${name}</dt>
          <dd>${fact}</dd>`,
    )}
  </dl>`;
}
