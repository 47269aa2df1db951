/** Storage work of a request: as its tenant, in a batch context, within a bounded time. */
import type { OperationContext } from '../dynamo/index.ts';
import { traceparentOf } from '../lib/trace-context.ts';
import { operationOf } from './read-mode.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';

/** How long the storage of one piece of work may take; what is not answered by then is 503. */
const DEADLINE_MS = 10_000;

/** Runs `work` for the request's tenant. Most requests are one piece of work; one that streams is a piece for each part. */
export function inTenant<Result>(context: RequestContext, work: () => Promise<Result>): Promise<Result> {
  const operation = { ...sessionOf(context), ...operationOf(context.readMode), ...shareOf(context), ...traceOf(context) };
  return context.services.inTenant(tenantOf(context), work, { deadlineMs: DEADLINE_MS, operation });
}

/** So that the store tells its part of the trace. */
function traceOf({ trace }: RequestContext): Pick<OperationContext, 'trace'> {
  return trace.isSampled ? { trace: traceparentOf(trace) } : {};
}

/** On whose behalf the tenant's store works: callers of one tenant have turns, and what is limited as a batch does not stop what is not. */
function shareOf({ route, principal }: RequestContext): Pick<OperationContext, 'caller' | 'priority'> {
  const caller = principal?.keyId ?? principal?.sessionId ?? principal?.subject.id;
  return { ...(caller === undefined ? {} : { caller }), ...(route.limit === 'batch' ? { priority: 'batch' } : {}) };
}

/**
 * What the caller has seen so far bounds how old an answer of this isolate may be. A request that writes is answered by the object alone: what it
 * has just written is in no token yet.
 */
function sessionOf({ route, storeVersion }: RequestContext): Pick<OperationContext, 'read' | 'version'> {
  return storeVersion === null || route.mutates ? {} : { read: 'session', version: storeVersion };
}
