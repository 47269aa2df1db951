/** What a request cost, for its `Server-Timing` header and its metrics. */
import type { getBatchContextUsage } from '../bao/index.ts';
import type { RequestCost, RequestEvent } from '../wire/metrics.ts';

export interface ServerTiming {
  cost: RequestCost;
  /** hit: all from memory; miss: none; partial: some; bypass: what is never cached; none: storage was not needed */
  cache: RequestEvent['cache'];
  /** the header's value, e.g. `dynamodb;desc="calls=1 keys=3", cache;desc=miss` */
  header: string;
  /** the header `Cache-Status` of an answer that is stale, or of the isolate; null for any other */
  cacheStatus: string | null;
  /** the version token of the answer; undefined where no tenant's store was asked */
  version: string | undefined;
}

/**
 * Summarises the usage of a batch context; null where no storage was used.
 *
 * @see https://www.w3.org/TR/server-timing/, RFC 9211
 */
export function serverTiming(usage: ReturnType<typeof getBatchContextUsage> | null): ServerTiming {
  const { calls = 0, operations = 0, keys = 0, hits = 0, misses = 0, readUnits = 0, writeUnits = 0, isolateHits = 0 } = usage ?? {};
  const cost = { calls, operations, hits, misses, isolateHits, readUnits, writeUnits };
  const cache = cacheState(cost);
  const cacheStatus = statusOf(usage?.staleMs ?? 0, isolateHits);
  return { cost, cache, header: `dynamodb;desc="calls=${calls} keys=${keys}", cache;desc=${cache}`, cacheStatus, version: usage?.version };
}

/** Only of answers that say less than the tenant's object would. */
function statusOf(staleMs: number, isolateHits: number): string | null {
  if (staleMs > 0) return `Steamer; hit; ttl=-${Math.ceil(staleMs / 1000)}; detail=stale-if-error`;
  return isolateHits > 0 ? 'Steamer; hit; detail=isolate' : null;
}

function cacheState({ calls, hits, misses }: RequestCost): RequestEvent['cache'] {
  if (hits + misses === 0) return calls === 0 ? 'none' : 'bypass';
  if (hits === 0) return 'miss';
  return calls === 0 ? 'hit' : 'partial';
}
