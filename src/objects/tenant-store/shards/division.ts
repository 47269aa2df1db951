/** How a tenant's keys are divided among objects: by their partition keys, so that the rows of a partition stay together. */
import { hashOf } from '../../../lib/text-hash.ts';

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
  if (shards === 1) return 0;
  // The hash's low bits alone say too little of short keys.
  let mixed = hashOf(partitionKey);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % shards;
}
