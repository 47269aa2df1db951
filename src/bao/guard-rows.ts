/** Guard rows as a transaction writes and deletes them. */
import type { TransactWriteAction } from '../dynamo/types.ts';
import { keyAttributeMap } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';

/** Whose guard rows, and where they are. */
export interface GuardOwner {
  tableName: string;
  tenant: string | null;
  primaryId: string;
}

/** Writes a guard row for its owner. */
export function take(definition: ModelDefinition, owner: GuardOwner, key: RowKey): TransactWriteAction {
  const { tenant, primaryId } = owner;
  const item = {
    uniqueValue: key._pk,
    relatedId: primaryId,
    relatedModel: definition.name,
    ...(tenant === null ? {} : { _gsi_test_id: tenant }),
  };
  const texts = Object.fromEntries(Object.entries(item).map(([name, text]) => [name, { S: text }]));
  return { Put: { ...ofOwner(owner), Item: { ...keyAttributeMap(key), ...texts } } };
}

/** Deletes a guard row of its owner. */
export function release(owner: GuardOwner, key: RowKey): TransactWriteAction {
  return { Delete: { ...ofOwner(owner), Key: keyAttributeMap(key) } };
}

/**
 * The owner may take a value again: a guard of an earlier try that was not finished, or of a class that was renamed since. A guard that is
 * gone already is no reason to keep its object from changing; another object's is never deleted.
 */
function ofOwner({ tableName, primaryId }: GuardOwner) {
  return {
    TableName: tableName,
    ConditionExpression: 'attribute_not_exists(#pk) OR relatedId = :id',
    ExpressionAttributeNames: { '#pk': '_pk' },
    ExpressionAttributeValues: { ':id': { S: primaryId } },
  };
}
