/** The actions of a transaction as writes of rows: with the hooks before and after them, and what they leave in the batch context. */
import type { IdAction, TransactionAction, UpdateAction, WholeAction } from './actions.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { PARTITION_KEY_FIELD } from './constants.ts';
import { prepareDelete } from './delete-row.ts';
import { Placeholders } from './expression.ts';
import { findById } from './find.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { runHook } from './plugins.ts';
import { partsOfId, rowOfId } from './primary-id.ts';
import { prepareCreate } from './put-row.ts';
import type { PutPlan } from './put-row.ts';
import { prepareReplace } from './replace-row.ts';
import type { ReplaceOptions } from './replace-row.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import { definedOnly, knownRow, prepareChange } from './update-row.ts';
import { isAmong, isVisible, onlyTerms, presenceTerms } from './visibility.ts';
import type { OnlyOption } from './visibility.ts';
import { conditionalRequest, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

/** An action that is ready to be planned. */
export interface PreparedAction {
  write: RowWrite;
  /** what the action comes to, once the plan is written */
  finish(plan: RowPlan): Promise<object | null>;
}

/** Runs the hooks before an action and makes its write. @throws ValidationError, QueryError, ConfigurationError */
export function prepareAction(action: TransactionAction, target: WriteTarget): Promise<PreparedAction> {
  const options: ReplaceOptions & OnlyOption = {
    condition: action.condition ?? null,
    ...('only' in action ? { only: action.only } : {}),
    ...('basis' in action && action.basis ? { basis: action.basis } : {}),
  };
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
      const write = prepareCheck(target, rowOfId(target.definition, target.session.tenant, action.id), action);
      return Promise.resolve({ write, finish: async () => null });
    }
  }
}

async function prepareWhole(
  { kind, data }: WholeAction<'create' | 'replace'>,
  target: WriteTarget,
  options: ReplaceOptions,
): Promise<PreparedAction> {
  const values: Record<string, unknown> = { ...data };
  const isNew = kind === 'create' ? { isNew: true } : {};
  await runHook(target.definition, 'beforeSave', values, { ...options, ...isNew });
  const write = kind === 'create' ? prepareCreate(target, values, options) : prepareReplace(target, values, options);
  return {
    write,
    async finish(plan) {
      const { row } = plan as PutPlan; // what both kinds of write plan
      const instance = writtenInstance(target, { ...row, writeUnits: 0 });
      await runHook(target.definition, 'afterSave', instance, { ...options, ...isNew });
      return instance;
    },
  };
}

async function prepareUpdate({ id, changes }: UpdateAction, target: WriteTarget, options: WriteOptions): Promise<PreparedAction> {
  const { definition, session, model } = target;
  const parts = partsOfId(definition, id);
  const values = definedOnly(changes);
  await runHook(definition, 'beforeSave', values, { ...options, isNew: false });
  const write = prepareChange(target, { parts, values, loadedValues: {} }, options, knownRow(target, parts));
  return {
    write,
    async finish() {
      session.rows?.forget(write.key);
      // A transaction returns no rows: the object is read for those who want to see it.
      if (definition.plugins.some(({ afterSave }) => afterSave !== undefined)) {
        const written = await findById(model, parts, { consistent: true });
        if (!(written instanceof ObjectNotFound)) await runHook(definition, 'afterSave', written, { ...options, isNew: false });
      }
      return null;
    },
  };
}

async function prepareRemoval({ id }: IdAction<'delete'>, target: WriteTarget, options: WriteOptions): Promise<PreparedAction> {
  const { definition, session } = target;
  const key = rowOfId(definition, session.tenant, id);
  await runHook(definition, 'beforeDelete', id, options);
  return {
    write: definition.softDelete?.prepare(target, key, options) ?? prepareDelete(target, key, options),
    async finish() {
      if (definition.softDelete === null) session.rows?.put(key, new ObjectNotFound());
      else session.rows?.forget(key);
      await runHook(definition, 'afterDelete', id, options);
      return null;
    },
  };
}

/** A condition on a row that is not written. */
function prepareCheck(
  target: WriteTarget,
  key: RowKey,
  { kind, condition, only = null }: IdAction<'check'> | IdAction<'missing'>,
): RowWrite {
  const { definition } = target;
  const assumptions = new Assumptions();
  const plan = (): RowPlan => {
    const placeholders = new Placeholders();
    const terms = kind === 'check' ? presenceTerms(definition, { only }, placeholders) : absenceTerms(definition, { only }, placeholders);
    return {
      action: { ConditionCheck: conditionalRequest(target, key, terms, assumptions, condition, placeholders) },
      guards: [],
      assumptions,
    };
  };
  const expected =
    kind === 'check'
      ? { expects: 'row' as const, isGone: (row: AttributeMap) => !isVisible(definition, row, { only }) }
      : { expects: 'no row' as const, isGone: (row: AttributeMap) => !isAmong(definition, row, { only }) };
  return { operation: kind, target, key, condition: condition ?? null, needsRow: false, ...expected, plan };
}

/** What `only` leaves out is as good as missing. */
function absenceTerms(definition: ModelDefinition, options: OnlyOption, placeholders: Placeholders): [string] {
  const absent = `attribute_not_exists(${placeholders.name(PARTITION_KEY_FIELD)})`;
  const others = onlyTerms(definition, options, placeholders);
  return [others.length === 0 ? absent : `(${absent} OR NOT (${others.join(' AND ')}))`];
}
