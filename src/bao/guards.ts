/** Guard rows: one per unique value, written in the same transaction as the object, so that two objects can never have one value. */
import { marshallItem } from '../dynamo/codec.ts';
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { guardKey, keyAttributeMap } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition, UniqueConstraint } from './model-definition.ts';
import { storedValue } from './stored-values.ts';

/** A guard row that is written or deleted. `constraint` says whose value is taken when its condition fails. */
export interface GuardAction {
  constraint: UniqueConstraint;
  kind: 'take' | 'release';
  /** the id of the object whose value it is */
  owner: string;
  key: RowKey;
  action: TransactWriteAction;
}

/** Whose guard rows, and where they are. */
export interface GuardOwner {
  tableName: string;
  tenant: string | null;
  primaryId: string;
}

/**
 * The guard rows to write and delete when an object goes from one row to another; null: there is no row.
 * A constraint whose value stays has none.
 */
export function guardActions(
  definition: ModelDefinition,
  owner: GuardOwner,
  before: AttributeMap | null,
  after: Readonly<Record<string, unknown>> | null,
): GuardAction[] {
  return definition.uniqueConstraints.flatMap((constraint) => {
    const { name, field } = constraint;
    const old = before?.[name] === undefined ? null : storedValue(field, before[name]);
    const next = after?.[name] ?? null;
    const oldKey = old === null ? null : guardKey(definition, owner.tenant, constraint, old);
    const nextKey = next === null ? null : guardKey(definition, owner.tenant, constraint, next);
    if (oldKey?._pk === nextKey?._pk) return [];
    const common = { constraint, owner: owner.primaryId };
    const released = oldKey && { ...common, kind: 'release' as const, key: oldKey, action: release(owner, keyAttributeMap(oldKey)) };
    const taken = nextKey && { ...common, kind: 'take' as const, key: nextKey, action: take(definition, owner, keyAttributeMap(nextKey)) };
    return [released, taken].filter((action) => action !== null);
  });
}

/** A value that one object gives up and another one takes in the same transaction: one action, as DynamoDB takes one per row. */
export function handedOver(released: GuardAction, taken: GuardAction): GuardAction {
  if (!('Put' in taken.action)) return taken;
  const { Put } = taken.action;
  return {
    ...taken,
    action: {
      Put: {
        ...Put,
        ConditionExpression: `${Put.ConditionExpression} OR relatedId = :released`,
        ExpressionAttributeValues: { ...Put.ExpressionAttributeValues, ':released': { S: released.owner } },
      },
    },
  };
}

/** The id of the object that holds a guard row. */
export function guardedId(guard: AttributeMap): string | null {
  const id = guard['relatedId'];
  return id && 'S' in id ? id.S : null;
}

function take(definition: ModelDefinition, { tableName, tenant, primaryId }: GuardOwner, key: AttributeMap): TransactWriteAction {
  const { _pk } = key;
  const item = { relatedId: primaryId, relatedModel: definition.name, ...(tenant === null ? {} : { _gsi_test_id: tenant }) };
  return {
    Put: {
      TableName: tableName,
      Item: { ...key, ...(_pk ? { uniqueValue: _pk } : {}), ...marshallItem(item) },
      // The owner may take it again: a guard of an earlier try that was not finished, or of a class that was renamed since.
      ConditionExpression: 'attribute_not_exists(#pk) OR relatedId = :id',
      ExpressionAttributeNames: { '#pk': '_pk' },
      ExpressionAttributeValues: { ':id': { S: primaryId } },
    },
  };
}

function release({ tableName, primaryId }: GuardOwner, key: AttributeMap): TransactWriteAction {
  return {
    Delete: {
      TableName: tableName,
      Key: key,
      // A guard that is gone already is no reason to keep this object from changing; another object's is never deleted.
      ConditionExpression: 'attribute_not_exists(#pk) OR relatedId = :id',
      ExpressionAttributeNames: { '#pk': '_pk' },
      ExpressionAttributeValues: { ':id': { S: primaryId } },
    },
  };
}
