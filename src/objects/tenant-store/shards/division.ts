/** How a tenant's keys are divided among objects: by their partition keys, so that the rows of a partition stay together. */
import { mixedHashOf } from '../../../lib/text-hash.ts';

export interface Division {
  /** counts the divisions of the tenant */
  epoch: number;
  shards: number;
}

/** Of a tenant of which nobody has said otherwise. */
export const UNDIVIDED: Division = { epoch: 0, shards: 1 };
/** More would make queries of indexes slow, which ask all of them. */
export const MAX_SHARDS = 32;

/** The shard of a partition. */
export function shardOf(partitionKey: string, shards: number): number {
  // The low bits of a hash that is not mixed say too little of short keys.
  return shards === 1 ? 0 : mixedHashOf(partitionKey) % shards;
}
