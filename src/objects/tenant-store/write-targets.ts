/** Which row each action of a transaction is about. */
import type { AttributeMap, TransactWriteAction } from '../../dynamo/types.ts';

/** The row of an action: its key, or the item that is put. */
export function rowOfAction(action: TransactWriteAction): { table: string; attributes: AttributeMap; isItem: boolean } {
  if ('Put' in action) return { table: action.Put.TableName, attributes: action.Put.Item, isItem: true };
  const target = 'Update' in action ? action.Update : 'Delete' in action ? action.Delete : action.ConditionCheck;
  return { table: target.TableName, attributes: target.Key, isItem: false };
}
