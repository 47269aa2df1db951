/** What all writes share: their options, the model and session they are for, and what becomes of the row they wrote. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import type { CallOptions } from './call-bounds.ts';
import type { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { instanceOf } from './objects-of-rows.ts';
import type { GuardOwner } from './guards.ts';
import { STATE } from './instance-state.ts';
import { formatPrimaryId, partsOfRowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { openSession } from './store-session.ts';
import type { VisibilityOptions } from './visibility.ts';
import type { StoreSession } from './store-session.ts';

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

/** Whose guard rows a write of this row changes. */
export function guardOwner({ definition, session }: WriteTarget, key: RowKey): GuardOwner {
  const primaryId = formatPrimaryId(definition, partsOfRowKey(definition, session.tenant, key));
  return { tableName: session.tableName, tenant: session.tenant, primaryId };
}

/** The condition of a write: its own terms, what it assumes of the row, and the caller's condition; null for none. */
export function conditionExpression(
  { definition }: WriteTarget,
  terms: readonly string[],
  assumptions: Assumptions,
  condition: unknown,
  placeholders: Placeholders,
): string | null {
  const asked = condition === null || condition === undefined ? null : compileFilter(definition, condition, placeholders);
  const all = [...terms, ...assumptions.terms(placeholders), ...(asked === null ? [] : [asked])];
  return all.length === 0 ? null : all.join(' AND ');
}
