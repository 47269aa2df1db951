/** Writing a whole row: creating an object, and replacing one. */
import type { TransactWriteAction } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { TTL_FIELD } from './constants.ts';
import { Placeholders } from './expression.ts';
import { guardActions } from './guards.ts';
import type { GuardAction } from './guards.ts';
import { primaryIdParts, rowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { newRow, withKeyOf } from './new-row.ts';
import type { NewRow } from './new-row.ts';
import { runAfterSave, runBeforeSave } from './plugins.ts';
import { storedObject } from './replace-basis.ts';
import type { Basis } from './replace-basis.ts';
import { forgetOnFailure, sendWithGuards, writeRow } from './row-writer.ts';
import type { RowPlan, RowWrite, Sent } from './row-writer.ts';
import { storeException } from './store-errors.ts';
import { storedValue } from './stored-values.ts';
import { upcastRow } from './upcast.ts';
import { isExpired } from './visibility.ts';
import { conditionExpression, guardOwner, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget, WrittenRow } from './write-target.ts';

export interface ReplaceOptions<Condition = unknown> extends WriteOptions<Condition> {
  basis?: Basis;
}

/** What a replace wrote. */
export interface ReplaceResult<Instance> {
  item: Instance;
  /** there was no such object before */
  created: boolean;
}

/** What a sent row found in its place. */
type Put = { existed: boolean; writeUnits: number };

/** A put, with the row that it writes. */
export interface PutPlan extends RowPlan<Extract<TransactWriteAction, { Put: unknown }>> {
  row: NewRow;
}

/**
 * Creates an object. `data` is left as it is.
 *
 * @throws ConditionalError when there is an object with its key, a unique value is taken, or the condition does not hold
 */
export async function createObject<Model extends ModelClass>(
  model: Model,
  data: object,
  options: WriteOptions = {},
): Promise<Model['prototype']> {
  const target = openTarget(model, options);
  const instance = writtenInstance(target, await insertRow(target, { ...data }, options));
  await runAfterSave(target.definition, instance, { ...options, isNew: true });
  return instance;
}

/** Writes the row of a new object, after the hooks that come before it. @throws as `createObject` */
export async function insertRow(target: WriteTarget, values: Record<string, unknown>, options: WriteOptions): Promise<WrittenRow> {
  await runBeforeSave(target.definition, values, { ...options, isNew: true });
  const write = prepareCreate(target, values, options);
  return forgetOnFailure(target.session, write.key, () =>
    writeRow(write, async (plan) => {
      const sent = await sendPut(target, plan);
      return sent.kind === 'refused' ? sent : { kind: 'written', result: { ...plan.row, writeUnits: sent.result.writeUnits } };
    }),
  );
}

/** The write of a new object. @throws ValidationError, ConfigurationError for data that is no object of the model */
export function prepareCreate(
  target: WriteTarget,
  values: Readonly<Record<string, unknown>>,
  { condition }: WriteOptions,
): RowWrite<PutPlan> {
  const { definition, session } = target;
  const row = newRow(definition, session.tenant, values);
  const { key } = row;
  return {
    operation: 'create',
    session,
    key,
    condition,
    known: undefined,
    needsRow: false,
    expects: 'no row',
    // DynamoDB removes a row days after its time; until then it is in nobody's way.
    isGone: (expired) => isExpired(definition, expired),
    plan: (expired = null) => {
      const isNew = new Assumptions();
      isNew.add(expired === null ? '_pk' : TTL_FIELD, expired);
      for (const { name } of expired === null ? [] : definition.uniqueConstraints) isNew.add(name, expired);
      return putPlan(target, row, isNew, condition, guardActions(definition, guardOwner(target, key), expired, row.values));
    },
  };
}

/**
 * Writes the object with the key in `data`, whether or not there is one: every field and every index key anew, in one write.
 * The creation date of an object that is replaced stays, unless it is given. With a `basis` the object is read first, and what the basis
 * decides is written, or thrown.
 *
 * @throws ConditionalError when a unique value is taken or the condition does not hold
 */
export async function replaceObject<Model extends ModelClass>(
  model: Model,
  data: object,
  options: ReplaceOptions = {},
): Promise<ReplaceResult<Model['prototype']>> {
  const target = openTarget(model, options);
  const { definition, session } = target;
  const values: Record<string, unknown> = { ...data };
  await runBeforeSave(definition, values, options);
  const write = prepareReplace(target, values, options);
  const written = await forgetOnFailure(session, write.key, () =>
    writeRow(write, async (plan) => {
      const sent = await sendPut(target, plan);
      if (sent.kind === 'refused') return sent;
      return { kind: 'written', result: { ...plan.row, ...sent.result, existed: plan.existed ?? sent.result.existed } };
    }),
  );
  const item = writtenInstance(target, written);
  await runAfterSave(definition, item, { ...options, isNew: !written.existed });
  return { item, created: !written.existed };
}

/** The write of a whole object in place of whatever there is. `existed` of its plans is undefined where that is not known. */
export function prepareReplace(
  target: WriteTarget,
  data: Readonly<Record<string, unknown>>,
  { condition, basis }: ReplaceOptions,
): RowWrite<PutPlan & { existed: boolean | undefined }> {
  const { definition, session } = target;
  const { key, values } = basis ? ofGivenKey(target, data) : ofWholeData(target, data);
  const kept = [...keptFields(definition, values), ...(basis?.fields ?? [])];
  return {
    operation: 'replace',
    session,
    key,
    condition,
    known: undefined,
    needsRow: kept.length > 0 || basis !== undefined,
    expects: 'any',
    plan: (current) => {
      const assumptions = new Assumptions();
      if (current === null) assumptions.add('_pk', null);
      for (const name of kept) assumptions.add(name, current ?? null);
      const stored = definition.uniqueConstraints.length === 0 ? null : (current ?? null);
      const before = current ? upcastRow(definition, current) : null;
      const row = newRow(definition, session.tenant, {
        ...values,
        ...keptDates(definition, values, before),
        ...basis?.decide(before && storedObject(definition, before)),
      });
      const guards = guardActions(definition, guardOwner(target, key), stored, row.values);
      const existed = current === undefined ? undefined : current !== null;
      return { ...putPlan(target, row, assumptions, condition, guards), existed };
    },
  };
}

/** What is wrong with the data is said before the store is asked. */
function ofWholeData({ definition, session }: WriteTarget, data: Readonly<Record<string, unknown>>): Pick<NewRow, 'key' | 'values'> {
  const first = newRow(definition, session.tenant, data);
  return { key: first.key, values: withKeyOf(definition, data, first) };
}

/** Data that a basis makes whole. */
function ofGivenKey({ definition, session }: WriteTarget, data: Readonly<Record<string, unknown>>): Pick<NewRow, 'key' | 'values'> {
  const parts = primaryIdParts(definition, (name) => data[name]);
  return { key: rowKey(definition, session.tenant, parts), values: data };
}

/** The fields whose stored values a replace depends on: creation dates that stay, and unique values whose guards are released. */
function keptFields(definition: ModelDefinition, values: Readonly<Record<string, unknown>>): string[] {
  const dates = [...definition.fields]
    .filter(([name, field]) => field.kind === 'create-date' && field.isUnset(values[name]))
    .map(([name]) => name);
  return [...new Set([...dates, ...definition.uniqueConstraints.map(({ name }) => name)])];
}

function keptDates(
  definition: ModelDefinition,
  values: Readonly<Record<string, unknown>>,
  current: NewRow['row'] | null,
): Record<string, unknown> {
  const dates = [...definition.fields].filter(
    ([name, field]) => field.kind === 'create-date' && field.isUnset(values[name]) && current?.[name],
  );
  return Object.fromEntries(dates.map(([name, field]) => [name, storedValue(field, current?.[name])]));
}

function putPlan(target: WriteTarget, row: NewRow, assumptions: Assumptions, condition: unknown, guards: readonly GuardAction[]): PutPlan {
  const placeholders = new Placeholders();
  const expression = conditionExpression(target, [], assumptions, condition, placeholders);
  const Put = {
    TableName: target.session.tableName,
    Item: row.row,
    ...(expression === null ? {} : { ConditionExpression: expression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    ...placeholders.toInput(),
  };
  return { row, assumptions, guards, action: { Put } };
}

async function sendPut({ session }: WriteTarget, { action, assumptions, guards }: PutPlan): Promise<Sent<Put>> {
  if (guards.length > 0) {
    const outcome = await sendWithGuards(session, action, guards);
    return 'refused' in outcome
      ? { kind: 'refused', row: outcome.refused }
      : { kind: 'written', result: { existed: false, writeUnits: outcome.writeUnits } };
  }
  // Without an assumption about the row, its old state is the only way to know whether there was one.
  const result = await session.execute('PutItem', { ...action.Put, ...(assumptions.isEmpty ? { ReturnValues: 'ALL_OLD' as const } : {}) });
  if (result.ok)
    return { kind: 'written', result: { existed: result.output.Attributes !== undefined, writeUnits: result.meta.writeUnits } };
  if (result.error.code !== 'condition_failed') throw storeException(result.error);
  return { kind: 'refused', row: result.error.item };
}
