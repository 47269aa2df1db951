/** Reads of whole items: nothing else can be answered from items that are kept whole. */
import type { GetItemInput, KeysAndAttributes } from '../../dynamo/types.ts';

export function isWholeGet(input: GetItemInput): boolean {
  return hasOnly(input, ['TableName', 'Key', 'ConsistentRead']);
}

/** Whether the keys of one table in a batch are. */
export function isWholeBatch(request: KeysAndAttributes): boolean {
  return hasOnly(request, ['Keys', 'ConsistentRead']);
}

/** Whether `value` has no other fields than these. */
export function hasOnly(value: object, names: readonly string[]): boolean {
  for (const name in value) if (!names.includes(name)) return false;
  return true;
}
