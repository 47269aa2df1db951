/** Deleting objects, with the guard rows of their unique values. */
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { Placeholders } from './expression.ts';
import { instanceOf } from './objects-of-rows.ts';
import { STATE } from './instance-state.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { runHook } from './plugins.ts';
import { rowOfId } from './primary-id.ts';
import { writeRow } from './row-writer.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import { isAmong, onlyTerms } from './visibility.ts';
import type { OnlyOption } from './visibility.ts';
import { conditionalRequest, guardsOf, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

export interface DeleteOptions<Condition = unknown> extends WriteOptions<Condition>, OnlyOption {
  /** removes the row of a model with soft delete, too, whether or not it was deleted softly before */
  hard?: boolean;
}

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
  await runHook(definition, 'beforeDelete', id, options);
  const deleted =
    definition.softDelete !== null && options.hard !== true
      ? writtenInstance(target, await definition.softDelete.mark(target, key, options))
      : await removeRow(target, key, options);
  await runHook(definition, 'afterDelete', id, options);
  return deleted;
}

async function removeRow<Model extends ModelClass>(
  target: WriteTarget<Model>,
  key: RowKey,
  options: DeleteOptions,
): Promise<Model['prototype']> {
  const { model, session } = target;
  const { plan, attributes, writeUnits } = await writeRow(prepareDelete(target, key, options));
  session.rows?.put(key, new ObjectNotFound());
  const instance = instanceOf(model, session, attributes ?? plan.before ?? {});
  instance[STATE].consume('write', writeUnits);
  return instance;
}

/** The write that deletes a row. */
export function prepareDelete(target: WriteTarget, key: RowKey, options: DeleteOptions): RowWrite<DeletePlan> {
  const { definition } = target;
  const uniques = definition.unique?.fields ?? [];
  return {
    operation: 'delete',
    target,
    key,
    condition: options.condition,
    needsRow: uniques.length > 0,
    expects: 'row',
    isGone: (row) => !isAmong(definition, row, options),
    plan(before = null) {
      const assumptions = new Assumptions();
      for (const name of uniques) assumptions.add(name, before);
      const placeholders = new Placeholders();
      const exists = `attribute_exists(${placeholders.name('_pk')})`;
      const terms: [string, ...string[]] = [exists, ...onlyTerms(definition, options, placeholders)];
      const Delete = conditionalRequest(target, key, terms, assumptions, options.condition, placeholders);
      return { action: { Delete }, guards: guardsOf(target, key, before, null), assumptions, before };
    },
  };
}
