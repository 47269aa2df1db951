/** Deleting objects, with the guard rows of their unique values. */
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { ConditionalError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { instanceOf } from './find.ts';
import { guardActions } from './guards.ts';
import type { GuardAction } from './guards.ts';
import { STATE } from './instance-state.ts';
import { keyAttributeMap } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { runDeleteHook } from './plugins.ts';
import { rowOfId } from './primary-id.ts';
import { forgetOnFailure, sendWithGuards, writeRow } from './row-writer.ts';
import type { Sent } from './row-writer.ts';
import { storeException } from './store-errors.ts';
import { conditionExpression, guardOwner, openTarget } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

export type DeleteOptions<Condition = unknown> = WriteOptions<Condition>;

type Deleted = { row: AttributeMap; writeUnits: number };

/**
 * Deletes an object, and returns it as it was.
 *
 * @throws ItemNotFoundError when there is none, ConditionalError when the condition does not hold
 */
export async function deleteObject<Model extends ModelClass>(
  model: Model,
  id: unknown,
  options: DeleteOptions = {},
): Promise<Model['prototype']> {
  const target = openTarget(model);
  const { definition, session } = target;
  const key = rowOfId(definition, session.tenant, id);
  await runDeleteHook(definition, 'beforeDelete', id, options);
  const write = (): Promise<Deleted> =>
    writeRow({
      operation: 'delete',
      session,
      key,
      condition: options.condition,
      known: undefined,
      needsRow: definition.uniqueConstraints.length > 0,
      mustExist: true,
      send: async (current) => {
        const assumptions = new Assumptions();
        for (const { name } of definition.uniqueConstraints) assumptions.add(name, current ?? null);
        const guards = guardActions(definition, guardOwner(target, key), current ?? null, null);
        return { sent: await sendDelete(target, key, assumptions, options.condition, guards, current ?? null), assumptions };
      },
    });
  const deleted = await forgetOnFailure(session, key, () => write().catch(inWordsOfDelete));
  session.rows?.put(key, new ObjectNotFound());
  const instance = instanceOf(target.model, session, deleted.row);
  instance[STATE].capacity.push({ type: 'write', units: deleted.writeUnits, fromContext: false });
  await runDeleteHook(definition, 'afterDelete', id, options);
  return instance;
}

function inWordsOfDelete(error: unknown): never {
  if (error instanceof ConditionalError && error.operation === 'delete')
    throw new ConditionalError('Delete condition not met', 'delete', error.condition);
  throw error;
}

async function sendDelete(
  target: WriteTarget,
  key: RowKey,
  assumptions: Assumptions,
  condition: unknown,
  guards: readonly GuardAction[],
  current: AttributeMap | null,
): Promise<Sent<Deleted>> {
  const { session } = target;
  const placeholders = new Placeholders();
  const exists = `attribute_exists(${placeholders.name('_pk')})`;
  const request = {
    TableName: session.tableName,
    Key: keyAttributeMap(key),
    ConditionExpression: conditionExpression(target, [exists], assumptions, condition, placeholders) ?? exists,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...placeholders.toInput(),
  };
  if (guards.length > 0 && current !== null) {
    const outcome = await sendWithGuards(session, { Delete: request }, guards);
    return 'refused' in outcome
      ? { kind: 'refused', row: outcome.refused }
      : { kind: 'written', result: { row: current, writeUnits: outcome.writeUnits } };
  }
  const result = await session.execute('DeleteItem', { ...request, ReturnValues: 'ALL_OLD' });
  if (result.ok) return { kind: 'written', result: { row: result.output.Attributes ?? {}, writeUnits: result.meta.writeUnits } };
  if (result.error.code !== 'condition_failed') throw storeException(result.error);
  return { kind: 'refused', row: result.error.item };
}
