/** One operation that waits for its answer, on the caller's side, for as long as the caller wants to wait. */
import type { StoreError } from '../../dynamo/item-store.ts';
import { isRead } from '../../dynamo/operation-kinds.ts';
import type { StoreCall, StoreReply } from './rpc.ts';

export type AnsweredReply = Exclude<StoreReply, { resend: true }>;

export interface CallOptions {
  waitMs: number;
  signal: AbortSignal | undefined;
  settle(reply: AnsweredReply): void;
}

/** When a lost object may be asked again. */
const LOST_RETRY_AFTER_MS = 500;

export class CallInFlight {
  /** JSON of the call, as it was when it was made */
  readonly text: string;
  readonly isRead: boolean;
  /** sent twice it does what it does once */
  readonly mayRepeat: boolean;
  readonly #operation: StoreCall['operation'];
  readonly #options: CallOptions;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #abort = () => this.settle(failure({ code: 'aborted', message: `${this.#operation}: aborted by the caller` }));
  #isSettled = false;

  /** @throws TypeError when the input is no value for JSON */
  constructor(call: StoreCall, options: CallOptions) {
    this.text = JSON.stringify(call);
    this.isRead = isRead(call.operation);
    this.mayRepeat = this.isRead || isCertain(call);
    this.#operation = call.operation;
    this.#options = options;
    this.#timer = setTimeout(() => this.#runOut(), options.waitMs);
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** The first reply counts. */
  settle(reply: AnsweredReply): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#options.settle(reply);
  }

  /** The object was lost with this call in it: nobody knows what became of a write. */
  lose(error: unknown): void {
    const message = `${this.#operation}: the tenant's object was lost: ${error instanceof Error ? error.message : String(error)}`;
    this.settle(
      failure(this.isRead ? { code: 'unavailable', message, retryAfterMs: LOST_RETRY_AFTER_MS } : { code: 'outcome_unknown', message }),
    );
  }

  #runOut(): void {
    const message = `${this.#operation}: no answer of the tenant's object by the deadline`;
    this.settle(
      failure(
        this.isRead ? { code: 'deadline_exceeded', message, retryAfterMs: LOST_RETRY_AFTER_MS } : { code: 'outcome_unknown', message },
      ),
    );
  }
}

/** A failed result that DynamoDB was not asked for, as far as this side knows. */
export function failure(error: StoreError): AnsweredReply & { ok: false; output?: never } {
  return { ok: false, error, meta: { cache: 'bypass', calls: 0, keys: 0, readUnits: 0, writeUnits: 0 } };
}

/** A write with a token; of the others, batches ignore it. */
function isCertain(call: StoreCall): boolean {
  return 'context' in call && call.operation !== 'BatchWriteItem' && call.context.idempotencyToken !== undefined;
}
