/** Deleting an object by saying so in a field: it stays, keeps its key and its unique values, and is found by nobody who does not ask for it. */
import type { Stateful } from './instance-state.ts';
import type { RowKey } from './layout.ts';
import { partsOfRowKey } from './layout.ts';
import { ConfigurationError } from './errors.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import type { RowWrite } from './row-writer.ts';
import { prepareChange, updateObject } from './update-row.ts';
import type { ChangePlan } from './update-row.ts';
import type { UpdateOptions, WriteOptions, WriteTarget } from './write-target.ts';

/** The write that marks an object as deleted, now. */
export function prepareSoftDelete(target: WriteTarget, field: string, key: RowKey, options: WriteOptions): RowWrite<ChangePlan> {
  const { definition, session } = target;
  const parts = partsOfRowKey(definition, session.tenant, key);
  return {
    ...prepareChange(target, { parts, values: { [field]: new Date() }, loadedValues: {} }, options, undefined),
    operation: 'delete',
  };
}

/**
 * Undoes a soft delete, and returns the object.
 *
 * @throws ConfigurationError for a model without soft delete, ItemNotFoundError when the object is gone, ConditionalError as `update`
 */
export function restore<Model extends ModelClass>(
  model: Model,
  id: unknown,
  options: UpdateOptions = {},
): Promise<Model['prototype'] & Stateful> {
  const { softDelete, name } = definitionOf(model);
  if (softDelete === null) throw new ConfigurationError('has no soft delete', name);
  return updateObject(model, id, { [softDelete]: null }, { ...options, includeDeleted: true });
}
