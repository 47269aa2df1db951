/** What all writes share: their options, the model and session they are for, what they demand of the row, and what becomes of the one they wrote. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import type { CallOptions } from './call-bounds.ts';
import type { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { instanceOf } from './objects-of-rows.ts';
import { STATE } from './instance-state.ts';
import { formatPrimaryId, keyAttributeMap, partsOfRowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import type { GuardAction } from './unique-constraints.ts';
import type { VisibilityOptions } from './visibility.ts';

export interface WriteOptions<Condition = unknown> extends CallOptions {
  /** has to hold for the row as it is at the moment of the write, else nothing is written; the syntax of filters */
  condition?: Condition | null;
  /** further options are handed to the hooks of plugins */
  [option: string]: unknown;
}

export interface UpdateOptions<Condition = unknown> extends WriteOptions<Condition>, VisibilityOptions {
  /** recomputes every index key and the search text, for rows written before the model had them */
  forceReindex?: boolean;
}

/** Where a write goes. */
export interface WriteTarget<Model extends ModelClass = ModelClass> {
  readonly model: Model;
  readonly definition: ModelDefinition;
  readonly session: StoreSession;
}

/** A row as it is after a write, and what the write consumed. */
export interface WrittenRow {
  key: RowKey;
  row: AttributeMap;
  writeUnits: number;
}

/** The target of a write; `tenant` is that of the object, where there is one. */
export function openTarget<Model extends ModelClass>(model: Model, options?: CallOptions, tenant?: string | null): WriteTarget<Model> {
  return { model, definition: definitionOf(model), session: openSession(model, tenant, options) };
}

/** An instance of the written row, which later finds in the batch context get. */
export function writtenInstance<Model extends ModelClass>(
  { model, session }: WriteTarget<Model>,
  { key, row, writeUnits }: WrittenRow,
): Model['prototype'] {
  const instance = instanceOf(model, session, row);
  instance[STATE].consume('write', writeUnits);
  session.rows?.put(key, instance);
  return instance;
}

/** The guard rows that a write changes when it makes one row of another; null: there is no row. None for a model without unique values. */
export function guardsOf(
  { definition, session }: WriteTarget,
  key: RowKey,
  before: AttributeMap | null,
  after: Readonly<Record<string, unknown>> | null,
): GuardAction[] {
  if (definition.unique === null) return [];
  const { tableName, tenant } = session;
  const primaryId = formatPrimaryId(definition, partsOfRowKey(definition, tenant, key));
  return definition.unique.guards(definition, { tableName, tenant, primaryId }, before, after);
}

/** A request for a row that is there: whose, and what has to hold. */
export interface ConditionalRequest {
  TableName: string;
  Key: AttributeMap;
  ConditionExpression: string;
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: AttributeMap;
}

/**
 * The part of a request that says which row it is about and what has to hold: its own terms, what it assumes of the row, and the caller's
 * condition.
 */
export function conditionalRequest(
  target: WriteTarget,
  key: RowKey,
  terms: readonly [string, ...string[]],
  assumptions: Assumptions,
  condition: unknown,
  placeholders: Placeholders,
): ConditionalRequest {
  const all = [...terms, ...conditionTerms(target, assumptions, condition, placeholders)];
  return {
    TableName: target.session.tableName,
    Key: keyAttributeMap(key),
    ConditionExpression: all.join(' AND '),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...placeholders.toInput(),
  };
}

/** The terms of what a write assumes of the row, and of the caller's condition. */
export function conditionTerms(
  { definition }: WriteTarget,
  assumptions: Assumptions,
  condition: unknown,
  placeholders: Placeholders,
): string[] {
  const asked = condition === null || condition === undefined ? null : compileFilter(definition, condition, placeholders);
  return [...assumptions.terms(placeholders), ...(asked === null ? [] : [asked])];
}
