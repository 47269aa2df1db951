/** Creating an object, or changing the one that there is. */
import { ConditionalError, ItemNotFoundError } from './errors.ts';
import { readOperation } from './field-operation.ts';
import { primaryIdParts } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import type { ModelDefinition } from './model-definition.ts';
import { newRow } from './new-row.ts';
import { runHook } from './plugins.ts';
import { insertRow } from './put-row.ts';
import type { ReplaceResult } from './replace-row.ts';
import { pauseBeforeTry } from './row-writer.ts';
import { changeRow, definedOnly } from './update-row.ts';
import type { OnlyOption } from './visibility.ts';
import { openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget, WrittenRow } from './write-target.ts';

/** `condition` has to hold for an object that exists; a new one has none. */
export interface UpsertOptions<Update = object, Condition = unknown> extends WriteOptions<Condition>, OnlyOption {
  /** what changes in an object that exists, operators included; default: the given values, without the key and creation dates */
  update?: Update;
}

/**
 * Changes the object with the key in `data`, or creates it where there is none. Fields that are not named stay as they are in an object
 * that exists, and get their defaults in a new one; an operator in the place of a value changes that default in a new one. One request
 * where the object exists, two where it does not.
 *
 * @throws ConditionalError when the condition does not hold for an object that exists, or a unique value is taken; ValidationError for
 *   data that is no whole object
 */
export async function upsertObject<Model extends ModelClass>(
  model: Model,
  data: object,
  options: UpsertOptions = {},
): Promise<ReplaceResult<Model['prototype']>> {
  const target = openTarget(model, options);
  const given = definedOnly(data);
  const whole = withoutOperators(target.definition, given);
  newRow(target.definition, target.session.tenant, { ...whole }); // what is wrong with the data is said before the store is asked
  const { row, created } = await changeOrInsert(target, given, whole, options);
  const item = writtenInstance(target, row);
  await runHook(target.definition, 'afterSave', item, { ...options, isNew: created });
  return { item, created };
}

async function changeOrInsert(
  target: WriteTarget,
  data: Readonly<Record<string, unknown>>,
  whole: Readonly<Record<string, unknown>>,
  { update, condition, ...options }: UpsertOptions,
): Promise<{ row: WrittenRow; created: boolean }> {
  const { softDelete } = target.definition;
  const parts = primaryIdParts(target.definition, (name) => data[name]);
  for (let tries = 1; ; tries += 1) {
    await pauseBeforeTry(tries, { operation: 'upsert', condition });
    const given = update === undefined ? changeable(target.definition, data) : definedOnly(update);
    // What was deleted softly is in the way of a new object, and lives again.
    const values = softDelete === null ? given : { [softDelete.field]: null, ...given };
    try {
      const change = { ...options, includeDeleted: true, condition: condition ?? null };
      const row = await changeRow(target, { parts, values, loadedValues: {} }, change, undefined);
      return { row, created: false };
    } catch (error) {
      if (!(error instanceof ItemNotFoundError)) throw error;
    }
    try {
      return { row: await insertRow(target, { ...whole }, options), created: true };
    } catch (error) {
      // Somebody else has created it meanwhile: it is changed, then. One that `only` hides is in the way for good.
      if (!(error instanceof ConditionalError) || error.operation !== 'create' || options.only) throw error;
    }
  }
}

function changeable({ fields, keyFields }: ModelDefinition, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = new Set(keyFields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(data).filter(([name]) => !keys.has(name) && fields.get(name)?.kind !== 'create-date'));
}

/** The values of a new object: operators are applied to what it has of itself. @throws ValidationError for an operator that the field does not have */
function withoutOperators({ fields }: ModelDefinition, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const field = fields.get(name);
      const operation = field ? readOperation(name, field, value) : null;
      return [name, operation && field ? operation.after(field.getInitialValue()) : value];
    }),
  );
}
