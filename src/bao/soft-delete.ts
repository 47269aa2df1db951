/**
 * Deleting an object by saying so in a field: it stays, keeps its key and its unique values, and is found by nobody who does not ask for it.
 * `steamer/bao/soft-delete` for programs of `steamer/bao/core`.
 */
import { ConfigurationError } from './errors.ts';
import { addFeature } from './features.ts';
import type { Stateful } from './instance-state.ts';
import { partsOfRowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { DefinitionDraft, Fail, ModelStatics } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import type { RowWrite } from './row-writer.ts';
import { prepareChange, updateObject, writeChange } from './update-row.ts';
import type { ChangePlan } from './update-row.ts';
import type { UpdateOptions, WriteOptions, WriteTarget, WrittenRow } from './write-target.ts';

/** How the objects of a model are deleted softly. */
export interface SoftDelete {
  /** says when */
  readonly field: string;
  /** The write that marks an object as deleted, now. */
  prepare(target: WriteTarget, key: RowKey, options: WriteOptions): RowWrite<ChangePlan>;
  /** Marks an object as deleted. @throws as `deleteObject` */
  mark(target: WriteTarget, key: RowKey, options: WriteOptions): Promise<WrittenRow>;
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
  return updateObject(model, id, { [softDelete.field]: null }, { ...options, includeDeleted: true });
}

function defineSoftDelete(draft: DefinitionDraft, { softDelete: name }: ModelStatics, fail: Fail): void {
  if (!name) return;
  const field = draft.fields.get(name) ?? fail(`softDelete names the field ${name}, which the model does not have`);
  if (field.kind !== 'date-time' || field.required || draft.keyFields.some((key) => key.name === name))
    fail(`softDelete needs an optional DateTimeField outside of the key: ${name}`);
  draft.hiding = [
    ...draft.hiding,
    {
      field: name,
      unless: 'includeDeleted',
      hides: (row) => row[name] !== undefined && !('NULL' in row[name]),
      term: (placeholders) => `attribute_not_exists(${placeholders.name(name)})`,
    },
  ];
  draft.softDelete = {
    field: name,
    prepare: (target, key, options) => prepareMark(target, name, key, options),
    mark: (target, key, options) => writeChange(prepareMark(target, name, key, options)),
  };
}

function prepareMark(target: WriteTarget, field: string, key: RowKey, options: WriteOptions): RowWrite<ChangePlan> {
  const parts = partsOfRowKey(target.definition, target.session.tenant, key);
  const intent = { parts, values: { [field]: new Date() }, loadedValues: {} };
  return { ...prepareChange(target, intent, options, undefined), operation: 'delete' };
}

addFeature('soft-delete', defineSoftDelete);
