/** Changing objects in place. A row that is not there is never made, and an index never holds half a key. */
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { updateExpression } from './attribute-change.ts';
import { ItemNotFoundError, ValidationError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { findFeature } from './features.ts';
import { readOperation } from './field-operation.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import { keyText, rowKey } from './layout.ts';
import type { PrimaryIdParts } from './layout.ts';
import { nestedPartsOf } from './model-definition.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { checkNames, checkValue } from './new-row.ts';
import { runHook } from './plugins.ts';
import { partsOfId } from './primary-id.ts';
import { currentRow, writeRow } from './row-writer.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import { neededFields, planUpdate } from './update-plan.ts';
import type { UpdateIntent, UpdatePlan } from './update-plan.ts';
import { isVisible, presenceTerms } from './visibility.ts';
import { conditionalRequest, guardsOf, openTarget, writtenInstance } from './write-target.ts';
import type { UpdateOptions, WriteTarget, WrittenRow } from './write-target.ts';

/**
 * Changes fields of an object, and returns it as it is afterwards. Reads the row first only where a key of an index, the search text
 * or a unique value depends on it and the batch context has not loaded it.
 *
 * @param changes native values by field; null clears an optional one, undefined is left out, a counter takes "+1"; or operators,
 *   which DynamoDB applies to what the row has: `{ $add: 1 }` of a number, `$add` or `$delete` of a set, `$append`, `$prepend` or
 *   `$remove` (positions) of a list
 * @throws ItemNotFoundError when there is no such object, ConditionalError when the condition does not hold or a unique value is taken,
 *   ValidationError for a value of another kind or a change of the key
 */
export async function updateObject<Model extends ModelClass>(
  model: Model,
  id: unknown,
  changes: object,
  options: UpdateOptions = {},
): Promise<Model['prototype']> {
  const target = openTarget(model, options);
  const parts = partsOfId(target.definition, id);
  const values = definedOnly(changes);
  const written = await changeRow(target, { parts, values, loadedValues: {} }, options, knownRow(target, parts));
  const instance = writtenInstance(target, written);
  await runHook(target.definition, 'afterSave', instance, { ...options, isNew: false });
  return instance;
}

/** An update, or the check that stands for an update of nothing. */
export type ChangePlan = RowPlan<Extract<TransactWriteAction, { Update: unknown } | { ConditionCheck: unknown }>>;

/** Writes changes to a row after the hooks that come before, and returns the whole row. @throws as `updateObject` */
export async function changeRow(
  target: WriteTarget,
  intent: Omit<UpdateIntent, 'reindex'> & { values: Record<string, unknown> },
  options: UpdateOptions,
  known: AttributeMap | undefined,
): Promise<WrittenRow> {
  await runHook(target.definition, 'beforeSave', intent.values, { ...options, isNew: false });
  return writeChange(prepareChange(target, intent, options, known));
}

/** Carries out a change, and returns the whole row. @throws as `writeRow` */
export async function writeChange(write: RowWrite<ChangePlan>): Promise<WrittenRow> {
  const { target, key } = write;
  const { attributes, writeUnits } = await writeRow(write);
  // A transaction returns no rows. A strong read sees it, or what came after it.
  const row = attributes ?? (await currentRow(target.session, key));
  if (row === null) {
    target.session.rows?.forget(key);
    throw new ItemNotFoundError();
  }
  return { key, row, writeUnits };
}

/** The write of changes to a row. @throws ValidationError, QueryError, ConfigurationError for changes that the model does not take */
export function prepareChange(
  target: WriteTarget,
  { parts, values, loadedValues }: Omit<UpdateIntent, 'reindex'>,
  options: UpdateOptions,
  known: AttributeMap | undefined,
): RowWrite<ChangePlan> {
  const { definition, session } = target;
  const intent: UpdateIntent = {
    parts,
    values: checkedValues(definition, parts, values),
    loadedValues,
    reindex: options.forceReindex === true,
  };
  const key = rowKey(definition, session.tenant, parts);
  return {
    operation: 'update',
    target,
    key,
    condition: options.condition,
    known,
    needsRow: neededFields(definition, intent).length > 0,
    expects: 'row',
    isGone: (row) => !isVisible(definition, row, options),
    plan(row = null) {
      const { changes, assumptions, values: after } = planUpdate(definition, session.tenant, intent, row);
      findFeature('item-limits')?.(writtenAttributes(changes));
      const placeholders = new Placeholders();
      const terms = presenceTerms(definition, options, placeholders);
      const UpdateExpression = updateExpression(changes, placeholders);
      const request = conditionalRequest(target, key, terms, assumptions, options.condition, placeholders);
      const action = UpdateExpression === null ? { ConditionCheck: request } : { Update: { ...request, UpdateExpression } };
      return { action, assumptions, guards: guardsOf(target, key, row, after) };
    },
  };
}

/** The row that the batch context has of an id, as a first guess of what it is. */
export function knownRow({ definition, session }: WriteTarget, parts: PrimaryIdParts): AttributeMap | undefined {
  const loaded = session.rows?.peek(rowKey(definition, session.tenant, parts));
  if (!loaded || !(STATE in loaded)) return undefined;
  const { row, isPartial } = (loaded as Stateful)[STATE]; // just seen to be one
  return isPartial ? undefined : (row ?? undefined);
}

/** Its values but those that are undefined, which mean "leave it". */
export function definedOnly(changes: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** The values to write: the given ones, checked, and those that change with every write. An update of nothing changes nothing. */
function checkedValues(
  definition: ModelDefinition,
  parts: PrimaryIdParts,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = gathered(definition, changes);
  checkNames(definition, given);
  checkKeyUnchanged(definition, parts, given);
  const keyNames = new Set(definition.keyFields.map(({ name }) => name));
  const values = Object.fromEntries(Object.entries(given).filter(([name]) => !keyNames.has(name)));
  if (Object.keys(values).length === 0) return values;
  for (const [name, field] of definition.fields) {
    const isOverwritten = field.kind === 'modified-date' || !(name in values);
    const automatic = isOverwritten ? field.updateBeforeSave(values[name]) : undefined;
    if (automatic !== undefined) values[name] = automatic;
    if (!(name in values)) continue;
    const operation = readOperation(name, field, values[name]);
    if (operation) values[name] = operation;
    else checkValue(name, field, values[name]);
  }
  return values;
}

/** The changes with those of parts gathered by their fields. Names that are neither field nor part are left for `checkNames`. */
function gathered(definition: ModelDefinition, changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { fields } = definition;
  if (Object.keys(changes).every((name) => fields.has(name))) return changes;
  return nestedPartsOf(definition)?.gather(definition, changes) ?? changes;
}

/** A key names its row for ever: another key is another object. */
function checkKeyUnchanged(definition: ModelDefinition, parts: PrimaryIdParts, values: Readonly<Record<string, unknown>>): void {
  const { partition, sort } = definition.primaryKey;
  for (const [part, text] of [
    [partition, parts.pk],
    [sort, parts.sk],
  ] as const) {
    if (part === null || !(part.name in values)) continue;
    checkValue(part.name, part.field, values[part.name]);
    if (keyText(definition, part, values[part.name]) !== text)
      throw new ValidationError(`${part.name}: a part of the primary key cannot be changed`, part.name, values[part.name]);
  }
}

/** What an update writes, to refuse what cannot fit before DynamoDB is asked; what stays in the row only DynamoDB can count. */
function writtenAttributes(changes: UpdatePlan['changes']): AttributeMap {
  return Object.fromEntries([...changes].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])));
}
