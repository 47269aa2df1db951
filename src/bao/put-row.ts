/** Writing a whole row: creating an object. */
import type { TransactWriteAction } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { TTL_FIELD } from './constants.ts';
import { Placeholders } from './expression.ts';
import type { ModelClass } from './model-class.ts';
import { newRow } from './new-row.ts';
import type { NewRow } from './new-row.ts';
import { runHook } from './plugins.ts';
import { writeRow } from './row-writer.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import type { GuardAction } from './unique-constraints.ts';
import { isExpired } from './visibility.ts';
import { conditionTerms, guardsOf, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget, WrittenRow } from './write-target.ts';

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
  await runHook(target.definition, 'afterSave', instance, { ...options, isNew: true });
  return instance;
}

/** Writes the row of a new object, after the hooks that come before it. @throws as `createObject` */
export async function insertRow(target: WriteTarget, values: Record<string, unknown>, options: WriteOptions): Promise<WrittenRow> {
  await runHook(target.definition, 'beforeSave', values, { ...options, isNew: true });
  const { plan, writeUnits } = await writeRow(prepareCreate(target, values, options));
  return { ...plan.row, writeUnits };
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
    target,
    key,
    condition,
    needsRow: false,
    expects: 'no row',
    // DynamoDB removes a row days after its time; until then it is in nobody's way.
    isGone: (expired) => isExpired(definition, expired),
    plan(expired = null) {
      const isNew = new Assumptions();
      for (const name of expired === null ? ['_pk'] : [TTL_FIELD, ...(definition.unique?.fields ?? [])]) isNew.add(name, expired);
      return putPlan(target, row, isNew, condition, guardsOf(target, key, expired, row.values));
    },
  };
}

/** What a put sends. */
export function putPlan(
  target: WriteTarget,
  row: NewRow,
  assumptions: Assumptions,
  condition: unknown,
  guards: readonly GuardAction[],
): PutPlan {
  const placeholders = new Placeholders();
  const terms = conditionTerms(target, assumptions, condition, placeholders);
  const Put = {
    TableName: target.session.tableName,
    Item: row.row,
    ...(terms.length === 0 ? {} : { ConditionExpression: terms.join(' AND '), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    ...placeholders.toInput(),
  };
  return { row, assumptions, guards, action: { Put } };
}
