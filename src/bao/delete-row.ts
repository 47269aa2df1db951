/** Deleting objects, with the guard rows of their unique values. */
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { ConditionalError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { instanceOf } from './objects-of-rows.ts';
import { guardActions } from './guards.ts';
import { STATE } from './instance-state.ts';
import { keyAttributeMap } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { runDeleteHook } from './plugins.ts';
import { rowOfId } from './primary-id.ts';
import { forgetOnFailure, sendWithGuards, writeRow } from './row-writer.ts';
import type { RowPlan, RowWrite, Sent } from './row-writer.ts';
import { storeException } from './store-errors.ts';
import { prepareSoftDelete } from './soft-delete.ts';
import type { StoreSession } from './store-session.ts';
import { sendChange } from './update-row.ts';
import { isAmong, onlyTerms } from './visibility.ts';
import type { OnlyOption } from './visibility.ts';
import { conditionExpression, guardOwner, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

export interface DeleteOptions<Condition = unknown> extends WriteOptions<Condition>, OnlyOption {
  /** removes the row of a model with soft delete, too, whether or not it was deleted softly before */
  hard?: boolean;
}

type Deleted = { row: AttributeMap; writeUnits: number };

/** A delete, with the row as it is known before. */
export interface DeletePlan extends RowPlan<Extract<TransactWriteAction, { Delete: unknown }>> {
  before: AttributeMap | null;
}

/**
 * Deletes an object, and returns it as it was; of a model with soft delete, as it is now.
 *
 * @throws ItemNotFoundError when there is none, ConditionalError when the condition does not hold
 */
export async function deleteObject<Model extends ModelClass>(
  model: Model,
  id: unknown,
  options: DeleteOptions = {},
): Promise<Model['prototype']> {
  const target = openTarget(model, options);
  const { definition, session } = target;
  const key = rowOfId(definition, session.tenant, id);
  await runDeleteHook(definition, 'beforeDelete', id, options);
  if (definition.softDelete !== null && options.hard !== true) {
    const soft = prepareSoftDelete(target, definition.softDelete, key, options);
    const mark = () => writeRow(soft, (plan) => sendChange(target, plan));
    const marked = writtenInstance(target, await forgetOnFailure(session, key, () => mark().catch(inWordsOfDelete)));
    await runDeleteHook(definition, 'afterDelete', id, options);
    return marked;
  }
  const write = () => writeRow(prepareDelete(target, key, options), (plan) => sendDelete(session, plan));
  const deleted = await forgetOnFailure(session, key, () => write().catch(inWordsOfDelete));
  session.rows?.put(key, new ObjectNotFound());
  const instance = instanceOf(target.model, session, deleted.row);
  instance[STATE].consume('write', deleted.writeUnits);
  await runDeleteHook(definition, 'afterDelete', id, options);
  return instance;
}

/** The write that deletes a row. */
export function prepareDelete(target: WriteTarget, key: RowKey, options: DeleteOptions): RowWrite<DeletePlan> {
  const { definition, session } = target;
  const { condition } = options;
  return {
    operation: 'delete',
    session,
    key,
    condition,
    known: undefined,
    needsRow: definition.uniqueConstraints.length > 0,
    expects: 'row',
    isGone: (row) => !isAmong(definition, row, options),
    plan: (current) => {
      const assumptions = new Assumptions();
      for (const { name } of definition.uniqueConstraints) assumptions.add(name, current ?? null);
      const guards = guardActions(definition, guardOwner(target, key), current ?? null, null);
      const placeholders = new Placeholders();
      const exists = `attribute_exists(${placeholders.name('_pk')})`;
      const terms = [exists, ...onlyTerms(definition, options, placeholders)];
      const Delete = {
        TableName: session.tableName,
        Key: keyAttributeMap(key),
        ConditionExpression: conditionExpression(target, terms, assumptions, condition, placeholders) ?? exists,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
        ...placeholders.toInput(),
      };
      return { action: { Delete }, guards, assumptions, before: current ?? null };
    },
  };
}

function inWordsOfDelete(error: unknown): never {
  if (error instanceof ConditionalError && error.operation === 'delete')
    throw new ConditionalError('Delete condition not met', 'delete', error.condition);
  throw error;
}

async function sendDelete(session: StoreSession, { action, guards, before }: DeletePlan): Promise<Sent<Deleted>> {
  if (guards.length > 0 && before !== null) {
    const outcome = await sendWithGuards(session, action, guards);
    return 'refused' in outcome
      ? { kind: 'refused', row: outcome.refused }
      : { kind: 'written', result: { row: before, writeUnits: outcome.writeUnits } };
  }
  const result = await session.execute('DeleteItem', { ...action.Delete, ReturnValues: 'ALL_OLD' });
  if (result.ok) return { kind: 'written', result: { row: result.output.Attributes ?? {}, writeUnits: result.meta.writeUnits } };
  if (result.error.code !== 'condition_failed') throw storeException(result.error);
  return { kind: 'refused', row: result.error.item };
}
