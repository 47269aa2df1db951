/** Writing a whole row: creating an object, and replacing one. */
import { Assumptions } from './assumptions.ts';
import { ConditionalError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { guardActions } from './guards.ts';
import type { GuardAction } from './guards.ts';
import { storedValue } from './instance-state.ts';
import { primaryIdParts, rowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { newRow } from './new-row.ts';
import type { NewRow } from './new-row.ts';
import { runAfterSave, runBeforeSave } from './plugins.ts';
import { forgetOnFailure, sendWithGuards, writeRow } from './row-writer.ts';
import type { Sent } from './row-writer.ts';
import { storeException } from './store-errors.ts';
import { conditionExpression, guardOwner, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget, WrittenRow } from './write-target.ts';

/** What a replace wrote. */
export interface ReplaceResult<Instance> {
  item: Instance;
  /** there was no such object before */
  created: boolean;
}

/** What a sent row found in its place. */
type Put = { existed: boolean; writeUnits: number };

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
  const target = openTarget(model);
  const instance = writtenInstance(target, await insertRow(target, { ...data }, options));
  await runAfterSave(target.definition, instance, { ...options, isNew: true });
  return instance;
}

/** Writes the row of a new object, after the hooks that come before it. @throws as `createObject` */
export async function insertRow(target: WriteTarget, values: Record<string, unknown>, options: WriteOptions): Promise<WrittenRow> {
  const { definition, session } = target;
  await runBeforeSave(definition, values, { ...options, isNew: true });
  const row = newRow(definition, session.tenant, values);
  const isNew = new Assumptions();
  isNew.add('_pk', null);
  return forgetOnFailure(session, row.key, async () => {
    const sent = await sendPut(
      target,
      row,
      isNew,
      options.condition,
      guardActions(definition, guardOwner(target, row.key), null, row.values),
    );
    if (sent.kind === 'written') return { ...row, writeUnits: sent.result.writeUnits };
    throw new ConditionalError('Condition check failed', 'create', options.condition ?? null, 'conflict');
  });
}

/**
 * Writes the object with the key in `data`, whether or not there is one: every field and every index key anew, in one write.
 * The creation date of an object that is replaced stays, unless it is given.
 *
 * @throws ConditionalError when a unique value is taken or the condition does not hold
 */
export async function replaceObject<Model extends ModelClass>(
  model: Model,
  data: object,
  options: WriteOptions = {},
): Promise<ReplaceResult<Model['prototype']>> {
  const target = openTarget(model);
  const { definition, session } = target;
  const values: Record<string, unknown> = { ...data };
  await runBeforeSave(definition, values, options);
  const kept = keptFields(definition, values);
  const key = rowKey(
    definition,
    session.tenant,
    primaryIdParts(definition, (name) => values[name]),
  );
  newRow(definition, session.tenant, values); // what is wrong with the data is said before the store is asked
  const write = (): Promise<WrittenRow & Put> =>
    writeRow({
      operation: 'replace',
      session,
      key,
      condition: options.condition,
      known: undefined,
      needsRow: kept.length > 0,
      mustExist: false,
      send: async (current) => {
        const assumptions = new Assumptions();
        if (current === null) assumptions.add('_pk', null);
        for (const name of kept) assumptions.add(name, current ?? null);
        const stored = definition.uniqueConstraints.length === 0 ? null : (current ?? null);
        const row = newRow(definition, session.tenant, { ...values, ...keptDates(definition, values, current ?? null) });
        const sent = await sendPut(
          target,
          row,
          assumptions,
          options.condition,
          guardActions(definition, guardOwner(target, key), stored, row.values),
        );
        if (sent.kind === 'refused') return { sent, assumptions };
        const existed = current === undefined ? sent.result.existed : current !== null;
        return { sent: { kind: 'written', result: { ...row, ...sent.result, existed } }, assumptions };
      },
    });
  const written = await forgetOnFailure(session, key, write);
  const item = writtenInstance(target, written);
  await runAfterSave(definition, item, { ...options, isNew: !written.existed });
  return { item, created: !written.existed };
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

async function sendPut(
  target: WriteTarget,
  { row }: NewRow,
  assumptions: Assumptions,
  condition: unknown,
  guards: readonly GuardAction[],
): Promise<Sent<Put>> {
  const { session } = target;
  const placeholders = new Placeholders();
  const expression = conditionExpression(target, [], assumptions, condition, placeholders);
  const put = {
    TableName: session.tableName,
    Item: row,
    ...(expression === null ? {} : { ConditionExpression: expression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    ...placeholders.toInput(),
  };
  if (guards.length > 0) {
    const outcome = await sendWithGuards(session, { Put: put }, guards);
    return 'refused' in outcome
      ? { kind: 'refused', row: outcome.refused }
      : { kind: 'written', result: { existed: false, writeUnits: outcome.writeUnits } };
  }
  // Without an assumption about the row, its old state is the only way to know whether there was one.
  const result = await session.execute('PutItem', { ...put, ...(assumptions.isEmpty ? { ReturnValues: 'ALL_OLD' as const } : {}) });
  if (result.ok)
    return { kind: 'written', result: { existed: result.output.Attributes !== undefined, writeUnits: result.meta.writeUnits } };
  if (result.error.code !== 'condition_failed') throw storeException(result.error);
  return { kind: 'refused', row: result.error.item };
}
