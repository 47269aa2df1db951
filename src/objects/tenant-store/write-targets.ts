/** Which row each action of a transaction, and each entry of a batch, is about. */
import type { AttributeMap, TransactWriteAction, WriteRequest } from '../../dynamo/types.ts';
import type { ItemKey, KeyClass, KeySpace } from './item-key.ts';

/** The row of an action: its key, or the item that is put. */
export function rowOfAction(action: TransactWriteAction): { table: string; attributes: AttributeMap; isItem: boolean } {
  if ('Put' in action) return { table: action.Put.TableName, attributes: action.Put.Item, isItem: true };
  const target = 'Update' in action ? action.Update : 'Delete' in action ? action.Delete : action.ConditionCheck;
  return { table: target.TableName, attributes: target.Key, isItem: false };
}

/** The tenant's own row, none for a row that is cached nowhere. */
export function ownKey(keyClass: KeyClass): ItemKey | undefined {
  return keyClass.kind === 'own' ? keyClass.key : undefined;
}

/** Whose row an entry of a BatchWriteItem writes. */
export function classOfRequest(space: KeySpace, table: string, request: WriteRequest): KeyClass {
  return 'PutRequest' in request ? space.classifyItem(table, request.PutRequest.Item) : space.classify(table, request.DeleteRequest.Key);
}
