/** The numbers of a tenant's objects as those of its one store. */
import { hottestOf } from '../hot-keys.ts';
import type { StoreStats } from '../store-stats.ts';

/** What is not counted by adding. */
type NotAdded = 'sinceMs' | 'isolateBytes' | 'isolateMaxBytes' | 'streamLagMs' | 'isReadOnly' | 'hotKeys';

/** @param ofShards of one object at least */
export function sumOfStats(ofShards: readonly StoreStats[]): StoreStats {
  const lags = ofShards.flatMap(({ streamLagMs }) => streamLagMs ?? []);
  return {
    ...ofShards.map(addedOf).reduce(added),
    sinceMs: Math.min(...ofShards.map(({ sinceMs }) => sinceMs)),
    isolateBytes: Math.max(...ofShards.map(({ isolateBytes }) => isolateBytes)),
    isolateMaxBytes: Math.max(...ofShards.map(({ isolateMaxBytes }) => isolateMaxBytes)),
    streamLagMs: lags.length === 0 ? null : Math.max(...lags),
    isReadOnly: ofShards.some(({ isReadOnly }) => isReadOnly),
    hotKeys: hottestOf(ofShards.map(({ hotKeys }) => hotKeys)),
  };
}

type Added = Omit<StoreStats, NotAdded>;

function addedOf({
  sinceMs: _since,
  isolateBytes: _used,
  isolateMaxBytes: _most,
  streamLagMs: _lag,
  isReadOnly: _mode,
  hotKeys: _keys,
  ...rest
}: StoreStats): Added {
  return rest;
}

function added(one: Added, other: Added): Added {
  const sum = { ...one };
  for (const name of Object.keys(one) as (keyof Added)[]) sum[name] += other[name]; // its own names
  return sum;
}
