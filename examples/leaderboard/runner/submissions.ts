/** The queue of submissions: who executes which is settled by conditional writes, so that any number of runners may look into it. */
import { SteamerError, type Changes, type Item, type SteamerClient } from 'steamer/client';

/** The models of the leaderboard, as far as a runner has to do with them. */
export interface BoardModels {
  submissions: SubmissionShape;
  results: ResultShape;
}

/** README.md has the model. */
interface SubmissionShape {
  attributes: {
    submissionId: string;
    benchmarkId: string;
    systemId: string;
    state: State;
    attempts: number;
    claimedUntil: Date | null;
    reason: string | null;
    revision: string;
  };
  create: { benchmarkId: string; systemId: string; state: 'queued' };
  update: {
    state: State;
    attempts: number;
    claimedBy: string | null;
    claimedUntil: Date | null;
    value: number;
    machine: string;
    measuredAt: Date;
    reason: string | null;
  };
  indexes: { submissionsByState: { partition: 'state'; sort: 'createdAt' } };
}

interface ResultShape {
  attributes: Score & ResultId;
  create: Score & ResultId;
  update: Score;
  indexes: object;
}

interface ResultId {
  benchmarkId: string;
  systemId: string;
}

/** `running` ends with `claimedUntil`: whose runner has died is executed by another. */
type State = 'queued' | 'running' | 'submitted' | 'failed';

export type Submission = Item<SubmissionShape>;

/** What an execution has measured. */
export interface Score {
  value: number;
  machine: string;
  measuredAt: string;
}

export interface QueueOptions {
  client: SteamerClient<BoardModels>;
  /** who claims: the runner's name */
  runner: string;
  /** the benchmarks that this runner can execute */
  benchmarks: readonly string[];
  /** how long a claim holds that is not renewed; runners' clocks may differ by much less than this */
  leaseMs: number;
  /** how often a submission is tried before it has failed */
  maxAttempts: number;
  /** the clock, Unix milliseconds */
  now: () => number;
}

/** A submission that is this runner's until the lease ends. Its writes are refused (SteamerError `precondition_failed`) once it is another's. */
export interface Claim {
  readonly submission: Submission;
  /** begins the lease anew */
  renew(): Promise<void>;
  /** hands in the score, and publishes it as the result of the system in the benchmark: both or neither */
  submit(score: Score): Promise<void>;
  /** leaves it to others at once, as if it had not been tried */
  giveBack(): Promise<void>;
  /** leaves it to the next try, when the lease ends; after the last one it has failed for this reason */
  fail(reason: string): Promise<void>;
}

/**
 * Claims the oldest submission that waits, or whose runner has let its lease end.
 *
 * @returns null when there is none
 */
export async function claimNext(queue: QueueOptions): Promise<Claim | null> {
  const { client, benchmarks, now } = queue;
  for (const state of ['queued', 'running'] as const) {
    const waiting = client.models.submissions.list({
      index: 'submissionsByState',
      where: { state },
      filter: { benchmarkId: { $in: benchmarks } },
    });
    for await (const submission of waiting) {
      if (state === 'running' && Date.parse(submission.claimedUntil ?? '') > now()) continue;
      const claim = await claimOne(queue, submission);
      if (claim !== null) return claim;
    }
  }
  return null;
}

async function claimOne({ client, runner, leaseMs, maxAttempts, now }: QueueOptions, found: Submission): Promise<Claim | null> {
  const attempts = found.attempts + 1;
  const lease = () => ({ claimedUntil: new Date(now() + leaseMs).toISOString() });
  const { submissionId, benchmarkId, systemId } = found;
  let { revision } = found;
  /** Makes a write whose answer is lost safe to send again: it would be refused, the revision being its own. */
  const oneKey = () => ({ idempotencyKey: crypto.randomUUID() });
  const change = async (changes: Changes<SubmissionShape>): Promise<void> => {
    ({ revision } = await client.models.submissions.update(submissionId, changes, { ifMatch: revision, ...oneKey() }));
  };
  const publish = async (score: Score): Promise<void> => {
    const changes: Changes<SubmissionShape> = { ...score, state: 'submitted', claimedUntil: null, reason: null };
    const result: BoardModels['results']['create'] = { benchmarkId, systemId, ...score };
    await client.transact(
      [
        { model: 'submissions', action: 'update', id: submissionId, changes, ifMatch: revision },
        { model: 'results', action: 'replace', item: result },
      ],
      oneKey(),
    );
  };

  try {
    if (found.attempts >= maxAttempts) {
      await change({ state: 'failed', claimedUntil: null, reason: found.reason ?? 'Its runners were killed or cut off while it ran' });
      return null;
    }
    await change({ state: 'running', claimedBy: runner, attempts, ...lease() });
  } catch (error) {
    if (isTaken(error)) return null;
    throw error;
  }
  return {
    submission: found,
    renew: () => change(lease()),
    submit: publish,
    giveBack: () => change({ state: 'queued', attempts: attempts - 1, claimedBy: null, claimedUntil: null }),
    fail: (reason) => change(attempts < maxAttempts ? { reason } : { reason, state: 'failed', claimedUntil: null }),
  };
}

/** Whether another runner was faster, or the submission has been withdrawn. */
export function isTaken(error: unknown): boolean {
  return error instanceof SteamerError && (error.code === 'precondition_failed' || error.code === 'not_found');
}
