/** The queue of submissions: who executes which is settled by conditional writes, so that any number of runners may look into it. */
import { SteamerError, type Changes, type Item, type SteamerClient } from 'steamer/client';
import type { ClientModels } from '../../../.bao/models.ts';

/** The models of the leaderboard, as far as a runner has to do with them. */
export type BoardModels = Pick<ClientModels, 'submissions'>;

export type Submission = Item<BoardModels['submissions']>;

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
  /** how often a submission is tried before it is rejected */
  maxAttempts: number;
  /** the clock, Unix milliseconds */
  now: () => number;
}

/** A submission that is this runner's until the lease ends. Its writes are refused (SteamerError `precondition_failed`) once it is another's. */
export interface Claim {
  readonly submission: Submission;
  /** begins the lease anew */
  renew(): Promise<void>;
  /** hands in the score, and has it validated */
  submit(score: Score): Promise<void>;
  /** leaves it to others at once, as if it had not been tried */
  giveBack(): Promise<void>;
  /** leaves it to the next try, when the lease ends; after the last one it is rejected for this reason */
  fail(reason: string): Promise<void>;
}

/**
 * Claims the oldest submission that waits, or whose runner has let its lease end.
 *
 * @returns null when there is none
 */
export async function claimNext(queue: QueueOptions): Promise<Claim | null> {
  const { client, benchmarks, now } = queue;
  for (const state of ['queued', 'claimed', 'validating'] as const) {
    const waiting = client.models.submissions.list({
      index: 'submissionsByState',
      where: { state },
      filter: { benchmarkId: { $in: benchmarks } },
    });
    for await (const submission of waiting) {
      if (state !== 'queued' && !hasLeaseEnded(submission, now())) continue;
      const claim = await claimOne(queue, submission);
      if (claim !== null) return claim;
    }
  }
  return null;
}

/** What was submitted with its score has no lease, and no runner to do with it. */
function hasLeaseEnded({ claimedUntil }: Submission, nowMs: number): boolean {
  return Date.parse(claimedUntil ?? '') <= nowMs;
}

async function claimOne({ client, runner, leaseMs, maxAttempts, now }: QueueOptions, found: Submission): Promise<Claim | null> {
  const attempts = Number(found.attempts) + 1;
  const lease = () => ({ claimedUntil: new Date(now() + leaseMs).toISOString() });
  const { submissionId } = found;
  let { revision } = found;
  const change = async (changes: Changes<BoardModels['submissions']>): Promise<void> => {
    // The key makes a write whose answer is lost safe to send again: it would be refused, the revision being its own.
    const options = { ifMatch: revision, idempotencyKey: crypto.randomUUID() };
    ({ revision } = await client.models.submissions.update(submissionId, changes, options));
  };
  const validate = () => client.workflows.start('validate', [submissionId], { idempotencyKey: `${submissionId}/${revision}` });

  try {
    if (attempts > maxAttempts) {
      const reason = found.reason ?? 'its runners were killed or cut off, again and again';
      await change({ state: 'rejected', claimedUntil: null, reason });
      return null;
    }
    await change({ ...(found.state === 'validating' ? {} : { state: 'claimed' }), claimedBy: runner, attempts, ...lease() });
  } catch (error) {
    if (isTaken(error)) return null;
    throw error;
  }
  if (found.state === 'validating') {
    // Its score was handed in, and then nothing came of it.
    await validate();
    return null;
  }
  return {
    submission: found,
    renew: () => change(lease()),
    async submit(score) {
      await change({ ...score, state: 'validating', reason: null, ...lease() });
      await validate();
    },
    giveBack: () => change({ state: 'queued', attempts: attempts - 1, claimedBy: null, claimedUntil: null }),
    fail: (reason) => change(attempts < maxAttempts ? { reason } : { reason, state: 'rejected', claimedUntil: null }),
  };
}

/** Whether another runner was faster, or the submission has been withdrawn. */
export function isTaken(error: unknown): boolean {
  return error instanceof SteamerError && (error.code === 'precondition_failed' || error.code === 'not_found');
}
