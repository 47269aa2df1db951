/** Executes one submission after the other until it is told to stop. */
import { SteamerError } from 'steamer/client';
import { claimNext, isTaken, type Claim, type QueueOptions, type Score, type Submission } from './submissions.ts';

export interface RunnerOptions extends QueueOptions {
  /** measures; ends early when the signal is aborted. What it throws is the reason why the submission has failed */
  execute: (submission: Submission, signal: AbortSignal) => Promise<Score>;
  /** how long to wait when there is nothing to do, or the service cannot be reached */
  idleMs: number;
  /** aborted: what is being executed is given back, and the runner ends */
  signal: AbortSignal;
  /** told in words what happens */
  log: (line: string) => void;
}

/**
 * Runs until the signal is aborted.
 *
 * @throws SteamerError for refusals that waiting does not mend: the key is not accepted, or the service has no such model
 */
export async function run(options: RunnerOptions): Promise<void> {
  const { idleMs, signal, log } = options;
  while (!signal.aborted) {
    try {
      const claim = await claimNext(options);
      if (claim === null) await pause(idleMs, signal);
      else await work(claim, options);
    } catch (error) {
      if (isLasting(error)) throw error;
      log(`the service does not answer, which is tried again: ${reasonOf(error)}`);
      await pause(idleMs, signal);
    }
  }
}

async function work(claim: Claim, { execute, leaseMs, signal, log }: RunnerOptions): Promise<void> {
  const { submissionId, benchmarkId, systemId } = claim.submission;
  const say = (what: string) => log(`${submissionId} (${benchmarkId} of ${systemId}): ${what}`);
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = keepRenewing(claim, leaseMs / 3, done.signal).catch((error: unknown) => lost.abort(error));
  say('begins');
  const execution = execute(claim.submission, AbortSignal.any([signal, lost.signal]));
  const outcome = await execution.then(
    (score) => ({ kind: 'measured', score }) as const,
    (error: unknown) => ({ kind: 'failed', error }) as const,
  );
  done.abort();
  await renewing; // each write needs the revision of the one before

  try {
    lost.signal.throwIfAborted();
    if (outcome.kind === 'measured') {
      await claim.submit(outcome.score);
      say(`handed in ${outcome.score.value}, to be validated`);
    } else if (signal.aborted) {
      await claim.giveBack();
      say('given back');
    } else {
      await claim.fail(reasonOf(outcome.error));
      say(`failed: ${reasonOf(outcome.error)}`);
    }
  } catch (error) {
    if (!isTaken(error)) throw error;
    say('is no longer this runner’s: its lease has ended, or it was withdrawn');
  }
}

/** Resolves when `done` is aborted. @throws what a renewal throws, after which the claim is as good as lost */
async function keepRenewing(claim: Claim, everyMs: number, done: AbortSignal): Promise<void> {
  for (;;) {
    await pause(everyMs, done);
    if (done.aborted) return;
    await claim.renew();
  }
}

function isLasting(error: unknown): boolean {
  return error instanceof SteamerError && error.status < 500 && error.status !== 408 && error.status !== 429;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Resolves after the time, or when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve());
  return promise.then(() => clearTimeout(timer));
}
