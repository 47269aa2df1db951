/**
 * Unique values that nobody has any more. DynamoDB removes a row whose `ttl` is over, and not the guard rows of its values; until it does, an
 * expired row is there and holds them.
 */
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { PARTITION_KEY_FIELD, TTL_FIELD } from './constants.ts';
import { Placeholders } from './expression.ts';
import { release } from './guard-rows.ts';
import { guardKey, keyAttributeMap, rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { rowOfId } from './primary-id.ts';
import { versionOfRow } from './row-version.ts';
import { currentRow } from './row-writer.ts';
import { cancellationReasons, storeException } from './store-errors.ts';
import { storedValue } from './stored-values.ts';
import type { GuardAction } from './unique-constraints.ts';
import { isExpired } from './visibility.ts';
import { guardsOf } from './write-target.ts';
import type { WriteTarget } from './write-target.ts';

/**
 * Frees a value whose guard row names an object that is gone, has expired or has another value. An expired row is deleted together with all its
 * guard rows, so that nothing can bring it back to life without its values. What the owner was found to be is demanded in the same transaction:
 * a value is never freed that an object has.
 *
 * @returns whether it is worth trying to take the value again; false: an object has it
 * @throws ServiceError when the store fails
 */
export async function freeAbandoned(target: WriteTarget, guard: GuardAction): Promise<boolean> {
  const { definition, session } = target;
  const ownerId = (await currentRow(session, guard.key))?.['relatedId'];
  if (ownerId === undefined) return true;
  if (!('S' in ownerId)) return false;
  const key = rowOfId(definition, session.tenant, ownerId.S);
  const row = await currentRow(session, key);
  if (row !== null && !isExpired(definition, row) && hasValue(target, row, guard)) return false;
  const { tableName, tenant } = session;
  const named = release({ tableName, tenant, primaryId: ownerId.S }, guard.key);
  const result = await session.executeAside('TransactWriteItems', { TransactItems: [named, ...ownersPart(target, key, row, guard)] });
  session.rows?.forget(key);
  const hasChanged = !result.ok && cancellationReasons(result.error).some(({ Code }) => Code === 'ConditionalCheckFailed');
  if (!result.ok && !hasChanged) throw storeException(result.error);
  return true;
}

/** Only its upcasters know what the row of another version has: it keeps the value. */
function hasValue({ definition, session }: WriteTarget, row: AttributeMap, { constraint, key }: GuardAction): boolean {
  if (versionOfRow(row) !== (definition.versions?.current ?? 1)) return true;
  const attribute = row[constraint.name];
  const value = attribute === undefined ? null : storedValue(constraint.field, attribute);
  return value !== null && guardKey(definition, session.tenant, constraint, value)._pk === key._pk;
}

/** What has to hold for the owner's row, and what is left to delete of an expired one. */
function ownersPart(target: WriteTarget, key: RowKey, row: AttributeMap | null, guard: GuardAction): TransactWriteAction[] {
  const { definition, session } = target;
  if (row === null) return [{ ConditionCheck: requestFor(session.tableName, key, row, [PARTITION_KEY_FIELD]) }];
  if (!isExpired(definition, row)) return [{ ConditionCheck: requestFor(session.tableName, key, row, [guard.constraint.name]) }];
  const isOther = (other: GuardAction) => rowIdentity(other.key) !== rowIdentity(guard.key);
  const others = guardsOf(target, key, row, null).filter(isOther);
  const decisive = [TTL_FIELD, ...(definition.unique?.fields ?? [])];
  return [{ Delete: requestFor(session.tableName, key, row, decisive) }, ...others.map(({ action }) => action)];
}

/** Which row a request is about, and which of its attributes have to be as they were read. */
function requestFor(TableName: string, key: RowKey, row: AttributeMap | null, attributes: readonly string[]) {
  const assumptions = new Assumptions();
  for (const name of attributes) assumptions.add(name, row);
  const placeholders = new Placeholders();
  const ConditionExpression = assumptions.terms(placeholders).join(' AND ');
  return { TableName, Key: keyAttributeMap(key), ConditionExpression, ...placeholders.toInput() };
}
