/** The actions of a transaction as writes of rows: with the hooks before and after them, and what they leave in the batch context. */
import type { IdAction, TransactionAction, UpdateAction, WholeAction } from './actions.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { prepareDelete } from './delete-row.ts';
import { ItemNotFoundError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { findById } from './find.ts';
import { keyAttributeMap } from './layout.ts';
import type { RowKey } from './layout.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { hasAfterSave, runAfterSave, runBeforeSave, runDeleteHook } from './plugins.ts';
import { partsOfId, rowOfId } from './primary-id.ts';
import { prepareCreate, prepareReplace } from './put-row.ts';
import type { PutPlan } from './put-row.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import { prepareSoftDelete } from './soft-delete.ts';
import { definedOnly, knownRow, prepareChange } from './update-row.ts';
import { isVisible, visibilityTerm } from './visibility.ts';
import { conditionExpression, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

/** An action that is ready to be planned. */
export interface PreparedAction {
  write: RowWrite;
  /** what the action comes to, once the plan is written */
  finish(plan: RowPlan): Promise<object | null>;
}

/** Runs the hooks before an action and makes its write. @throws ValidationError, QueryError, ConfigurationError */
export function prepareAction(action: TransactionAction, target: WriteTarget): Promise<PreparedAction> {
  const options: WriteOptions = { condition: action.condition ?? null };
  switch (action.kind) {
    case 'create':
    case 'replace':
      return prepareWhole(action, target, options);
    case 'update':
      return prepareUpdate(action, target, options);
    case 'delete':
      return prepareRemoval(action, target, options);
    case 'check':
    case 'missing': {
      const write = prepareCheck(target, rowOfId(target.definition, target.session.tenant, action.id), action.kind, action.condition);
      return Promise.resolve({ write, finish: async () => null });
    }
  }
}

async function prepareWhole(
  { kind, data }: WholeAction<'create' | 'replace'>,
  target: WriteTarget,
  options: WriteOptions,
): Promise<PreparedAction> {
  const values: Record<string, unknown> = { ...data };
  const isNew = kind === 'create' ? { isNew: true } : {};
  await runBeforeSave(target.definition, values, { ...options, ...isNew });
  const write = kind === 'create' ? prepareCreate(target, values, options) : prepareReplace(target, values, options);
  return {
    write,
    async finish(plan) {
      const { row } = plan as PutPlan; // what both kinds of write plan
      const instance = writtenInstance(target, { ...row, writeUnits: 0 });
      await runAfterSave(target.definition, instance, { ...options, ...isNew });
      return instance;
    },
  };
}

async function prepareUpdate({ id, changes }: UpdateAction, target: WriteTarget, options: WriteOptions): Promise<PreparedAction> {
  const { definition, session, model } = target;
  const parts = partsOfId(definition, id);
  const values = definedOnly(changes);
  await runBeforeSave(definition, values, { ...options, isNew: false });
  const write = prepareChange(target, { parts, values, loadedSets: {} }, options, knownRow(target, parts));
  return {
    write,
    async finish() {
      session.rows?.forget(write.key);
      // A transaction returns no rows: the object is read for those who want to see it.
      if (hasAfterSave(definition)) {
        const written = await findById(model, parts, { consistent: true });
        if (!(written instanceof ObjectNotFound)) await runAfterSave(definition, written, { ...options, isNew: false });
      }
      return null;
    },
  };
}

async function prepareRemoval({ id }: IdAction<'delete'>, target: WriteTarget, options: WriteOptions): Promise<PreparedAction> {
  const { definition, session } = target;
  const key = rowOfId(definition, session.tenant, id);
  await runDeleteHook(definition, 'beforeDelete', id, options);
  return {
    write:
      definition.softDelete === null ? prepareDelete(target, key, options) : prepareSoftDelete(target, definition.softDelete, key, options),
    async finish() {
      if (definition.softDelete === null) session.rows?.put(key, new ObjectNotFound());
      else session.rows?.forget(key);
      await runDeleteHook(definition, 'afterDelete', id, options);
      return null;
    },
  };
}

/** A condition on a row that is not written. */
function prepareCheck(target: WriteTarget, key: RowKey, kind: 'check' | 'missing', condition: unknown): RowWrite {
  const { definition, session } = target;
  const assumptions = new Assumptions();
  const plan = (row: AttributeMap | null | undefined): RowPlan => {
    if (kind === 'check' && row && !isVisible(definition, row, {})) throw new ItemNotFoundError();
    const placeholders = new Placeholders();
    const test = kind === 'check' ? 'attribute_exists' : 'attribute_not_exists';
    const presence = `${test}(${placeholders.name('_pk')})`;
    const visible = kind === 'check' ? visibilityTerm(definition, {}, placeholders) : null;
    const terms = [presence, ...(visible === null ? [] : [visible])];
    const ConditionCheck = {
      TableName: session.tableName,
      Key: keyAttributeMap(key),
      ConditionExpression: conditionExpression(target, terms, assumptions, condition, placeholders) ?? presence,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ...placeholders.toInput(),
    };
    return { action: { ConditionCheck }, guards: [], assumptions };
  };
  const expects = kind === 'check' ? 'row' : 'no row';
  return { operation: kind, session, key, condition: condition ?? null, known: undefined, needsRow: false, expects, plan };
}
