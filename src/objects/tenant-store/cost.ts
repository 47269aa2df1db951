/** What operations cost, summed over the requests they caused. */
import type { OperationMeta } from '../../dynamo/item-store.ts';

export interface Cost {
  calls: number;
  keys: number;
  readUnits: number;
  writeUnits: number;
}

export function noCost(): Cost {
  return { calls: 0, keys: 0, readUnits: 0, writeUnits: 0 };
}

/** Adds `more` to `cost`, in place. */
export function addCost(cost: Cost, more: Cost): void {
  cost.calls += more.calls;
  cost.keys += more.keys;
  cost.readUnits += more.readUnits;
  cost.writeUnits += more.writeUnits;
}

export function costOf({ calls, keys, readUnits, writeUnits }: OperationMeta): Cost {
  return { calls, keys, readUnits, writeUnits };
}
