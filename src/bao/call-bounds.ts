/** How one call is bounded: by the time it may take, and by a signal that ends it early. */
import type { OperationContext, StoreErrorCode } from '../dynamo/item-store.ts';
import { storeException } from './store-errors.ts';

/** Options that every operation takes. */
export interface CallOptions {
  /** ends the call: it rejects at once; a write that has left by then is `outcome_unknown` */
  signal?: AbortSignal;
  /** the longest the call may take, retries included, in milliseconds; default: what the batch context has left, else the store's 10,000 */
  deadlineMs?: number;
  /** outside of a batch context, any object of the caller's: calls that share it are batched and remembered together, for as long as it lives */
  loaderContext?: object;
}

/** The bounds of a call that has begun. */
export interface CallBounds {
  readonly signal: AbortSignal | undefined;
  readonly deadlineAtMs: number | undefined;
}

/** The bounds of a call that has none. */
export const UNBOUNDED: CallBounds = { signal: undefined, deadlineAtMs: undefined };

/** The bounds of a call that begins now. */
export function boundsOf({ signal, deadlineMs }: CallOptions): CallBounds {
  if (signal === undefined && deadlineMs === undefined) return UNBOUNDED;
  return { signal, deadlineAtMs: deadlineMs === undefined ? undefined : Date.now() + deadlineMs };
}

/** The context of one operation of the call: it ends when either the context's or the call's own bounds say so. */
export function boundedContext(context: OperationContext, bounds: CallBounds): OperationContext {
  if (bounds === UNBOUNDED) return context;
  const { signal, deadlineAtMs } = bounds;
  const leftMs = deadlineAtMs === undefined ? undefined : Math.max(0, deadlineAtMs - Date.now());
  const signals = [context.signal, signal].filter((one) => one !== undefined);
  const [first] = signals;
  return {
    ...context,
    ...(leftMs === undefined ? {} : { deadlineMs: Math.min(leftMs, context.deadlineMs ?? leftMs) }),
    ...(first === undefined ? {} : { signal: signals.length === 1 ? first : AbortSignal.any(signals) }),
  };
}

/**
 * The result of work that others share, for one caller: the caller's bounds end its wait, never the work.
 *
 * @throws ServiceError `deadline_exceeded` when the bounds end the wait
 */
export function within<Result>(bounds: CallBounds, work: () => Promise<Result>): Promise<Result> {
  if (bounds === UNBOUNDED) return work();
  const { signal, deadlineAtMs } = bounds;
  if (signal?.aborted === true) return Promise.reject(ended('aborted'));
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const onAbort = () => reject(ended('aborted'));
  signal?.addEventListener('abort', onAbort);
  const timer = deadlineAtMs === undefined ? undefined : setTimeout(() => reject(ended('deadline_exceeded')), deadlineAtMs - Date.now());
  work().then(resolve, reject);
  return promise.finally(() => {
    signal?.removeEventListener('abort', onAbort);
    if (timer !== undefined) clearTimeout(timer);
  });
}

function ended(code: StoreErrorCode): Error {
  return storeException({ code, message: 'the caller had no more time for it' });
}
