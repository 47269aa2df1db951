/** What a caller's context means inside the object. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { Share } from './request-scheduler.ts';

export interface CallBounds {
  readonly deadlineAtMs: number;
  /** asks for ConsistentRead when DynamoDB has to be asked */
  readonly strong: boolean;
  readonly share: Share;
  /** what goes on to DynamoDB's client, without the deadline */
  readonly context: Pick<OperationContext, 'read' | 'atomic' | 'bypassCache'>;
}

const DEFAULT_DEADLINE_MS = 10_000;
/** Nothing waits longer, whoever asks: it bounds how long a write can be under way, and so how long a key may be in doubt. */
export const MAX_DEADLINE_MS = 30_000;

export function boundsOf(context: OperationContext, nowMs: number): CallBounds {
  const { read: wanted, atomic, bypassCache, caller = '', priority, trace } = context;
  // What goes through the object sees all that any token of it names.
  const read = wanted === 'session' ? undefined : wanted;
  return {
    deadlineAtMs: nowMs + deadlineOf(context),
    strong: read === 'strong',
    share: {
      caller,
      priority: priority === 'batch' || priority === 'prefetch' ? priority : 'interactive',
      ...(trace === undefined ? {} : { trace }),
    },
    context: {
      ...(read === undefined ? {} : { read }),
      ...(atomic === undefined ? {} : { atomic }),
      ...(bypassCache === undefined ? {} : { bypassCache }),
    },
  };
}

/** The context of a caller who has waited for so long already. */
export function afterWaiting(context: OperationContext, waitedMs: number): OperationContext {
  return { ...context, deadlineMs: deadlineOf(context) - waitedMs };
}

function deadlineOf({ deadlineMs = DEFAULT_DEADLINE_MS }: OperationContext): number {
  return Number.isFinite(deadlineMs) ? Math.min(deadlineMs, MAX_DEADLINE_MS) : DEFAULT_DEADLINE_MS;
}
