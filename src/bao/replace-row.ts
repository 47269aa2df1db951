/** Writing a whole object in place of whatever there is. */
import { Assumptions } from './assumptions.ts';
import { primaryIdParts, rowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { newRow, withKeyOf } from './new-row.ts';
import type { NewRow } from './new-row.ts';
import { runHook } from './plugins.ts';
import { putPlan } from './put-row.ts';
import type { PutPlan } from './put-row.ts';
import { storedObject } from './replace-basis.ts';
import type { Basis } from './replace-basis.ts';
import { currentForm } from './row-version.ts';
import { writeRow } from './row-writer.ts';
import type { RowWrite } from './row-writer.ts';
import { storedValue } from './stored-values.ts';
import { guardsOf, openTarget, writtenInstance } from './write-target.ts';
import type { WriteOptions, WriteTarget } from './write-target.ts';

export interface ReplaceOptions<Condition = unknown> extends WriteOptions<Condition> {
  basis?: Basis;
}

/** What a replace wrote. */
export interface ReplaceResult<Instance> {
  item: Instance;
  /** there was no such object before */
  created: boolean;
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
  const values: Record<string, unknown> = { ...data };
  await runHook(target.definition, 'beforeSave', values, options);
  const { plan, attributes, writeUnits } = await writeRow(prepareReplace(target, values, options));
  const created = !(plan.existed ?? attributes !== undefined);
  const item = writtenInstance(target, { ...plan.row, writeUnits });
  await runHook(target.definition, 'afterSave', item, { ...options, isNew: created });
  return { item, created };
}

/** The write of a whole object in place of whatever there is. `existed` of its plans is undefined where that is not known. */
export function prepareReplace(
  target: WriteTarget,
  data: Readonly<Record<string, unknown>>,
  { condition, basis }: ReplaceOptions,
): RowWrite<PutPlan & { existed: boolean | undefined }> {
  const { definition, session } = target;
  const { key, values } = basis ? ofGivenKey(target, data) : ofWholeData(target, data);
  const dates = keptDates(definition, values);
  const kept = new Set([...dates, ...(definition.unique?.fields ?? []), ...(basis?.fields ?? [])]);
  return {
    operation: 'replace',
    target,
    key,
    condition,
    needsRow: kept.size > 0 || basis !== undefined || session.hasToken,
    expects: 'any',
    plan(current) {
      const assumptions = new Assumptions();
      if (current === null) assumptions.add('_pk', null);
      for (const name of kept) assumptions.add(name, current ?? null);
      const before = current ? currentForm(definition, current) : null;
      const row = newRow(definition, session.tenant, {
        ...values,
        ...valuesOf(definition, dates, before),
        ...basis?.decide(before && storedObject(definition, before)),
      });
      const existed = current === undefined ? undefined : current !== null;
      return { ...putPlan(target, row, assumptions, condition, guardsOf(target, key, current ?? null, row.values)), existed };
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

/** The fields of creation dates that stay as they are stored. */
function keptDates({ fields }: ModelDefinition, values: Readonly<Record<string, unknown>>): string[] {
  return [...fields].filter(([name, field]) => field.kind === 'create-date' && field.isUnset(values[name])).map(([name]) => name);
}

function valuesOf({ fields }: ModelDefinition, names: readonly string[], row: NewRow['row'] | null): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = fields.get(name);
      return field && row?.[name] ? [[name, storedValue(field, row[name])]] : [];
    }),
  );
}
