/** Payloads on their way into a run and out of it: what is too large for a row goes through the bucket, where there is one. */
import { logError } from '../lib/log.ts';
import type { EventRequest } from './event-request.ts';
import type { NewMessage } from './messages.ts';
import { refused, succeeded, tooLarge, unreachable, type Outcome } from './world-error.ts';
import { WORKFLOW_ROW_MAX_BYTES } from '../wire/limits.ts';
import { hasLargeBytes, type PayloadBucket } from './payload-bucket.ts';

export class Payloads {
  readonly #bucket: PayloadBucket | null;

  constructor(bucket: PayloadBucket | null) {
    this.#bucket = bucket;
  }

  /** An event, or a message, as rows take it. */
  async keep<Said extends EventRequest | NewMessage>(said: Said): Promise<Outcome<Said>> {
    if (!hasLargeBytes(said)) return succeeded(said);
    const bucket = this.#bucket;
    if (bucket === null)
      return refused(tooLarge(`Payload: expected at most ${WORKFLOW_ROW_MAX_BYTES} bytes, as the Worker has no bucket WORKFLOW_PAYLOADS`));
    return reached(async () => (await bucket.spill(said)) as Said); // of the same shape
  }

  /** What was read, with the payloads that are elsewhere. */
  async resolve<Value>(outcome: Outcome<Value>): Promise<Outcome<Value>> {
    const bucket = this.#bucket;
    return outcome.ok && bucket !== null ? reached(async () => bucket.resolve(outcome.value)) : outcome;
  }

  /** Removes those of the run. */
  async clear(): Promise<void> {
    await this.#bucket?.clear();
  }
}

async function reached<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return succeeded(await work());
  } catch (error) {
    logError('the bucket of payloads could not be used', error);
    return refused(unreachable('The bucket of payloads cannot be reached at the moment'));
  }
}
