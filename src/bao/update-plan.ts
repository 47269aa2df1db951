/** What an update does to a row: its fields' changes, and the index keys and search text that follow from them. */
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { REMOVED, setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import { FieldOperation } from './field-operation.ts';
import type { PrimaryIdParts } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import { currentForm } from './row-version.ts';
import { attributeOf, storedValue } from './stored-values.ts';

export interface UpdatePlan {
  changes: ReadonlyMap<string, AttributeChange>;
  assumptions: Assumptions;
  /** the native values afterwards, operators resolved where the row is known */
  values: Readonly<Record<string, unknown>>;
}

/** What an update is made of. */
export interface UpdateIntent {
  parts: PrimaryIdParts;
  /** checked native values by field, or operations; null removes */
  values: Readonly<Record<string, unknown>>;
  /** stored values that are known, of which only what differs is written */
  loadedValues: AttributeMap;
  /** recomputes every index key and the search text from the current row */
  reindex: boolean;
}

/** The fields whose current values a plan needs: other parts of keys and unique values that change, and what operators change of them. */
export function neededFields(definition: ModelDefinition, { values, reindex }: UpdateIntent): string[] {
  const groups = definition.derived.filter((group) => reindex || isTouched(group, values));
  const sources = groups.flatMap((group) => group.sources).filter((name) => !(name in values) || values[name] instanceof FieldOperation);
  const whole = Object.keys(values).filter((name) => values[name] instanceof FieldOperation && values[name].needsRow);
  return [...sources, ...whole, ...(definition.unique?.fields ?? []).filter((name) => name in values)];
}

/**
 * Plans an update.
 *
 * @param row as it is stored, where `neededFields` names any: what the plan takes from it becomes an assumption
 */
export function planUpdate(definition: ModelDefinition, tenant: string | null, intent: UpdateIntent, row: AttributeMap | null): UpdatePlan {
  const { fields, derived, versions } = definition;
  const current = row && currentForm(definition, row);
  if (versions !== null && row !== null && current !== null && row !== current) return versions.plan(tenant, intent, row, current);
  const assumptions = new Assumptions();
  // A row of an earlier version would be read as if the new values were old ones.
  if (versions !== null) assumptions.add(SCHEMA_VERSION_FIELD, versions.attribute);
  const needed = new Set(neededFields(definition, intent));
  for (const name of needed) assumptions.add(name, current);
  const values = { ...intent.values };
  const read = (name: string): unknown => {
    const field = fields.get(name);
    if (!field) return null;
    return name in values ? values[name] : storedValue(field, current?.[name]);
  };
  const changes = new Map<string, AttributeChange>();
  for (const [name, field] of fields) {
    const asked = values[name];
    if (!(asked instanceof FieldOperation)) continue;
    const operation = current === null ? asked : asked.reducedTo(current);
    if (operation === asked && !needed.has(name) && (current === null || asked.fits(current))) continue;
    assumptions.add(name, current);
    delete values[name];
    if (operation === null) continue;
    values[name] = operation.after(read(name));
    checkValue(name, field, values[name]);
  }
  for (const [name, field] of fields) {
    if (!(name in values)) continue;
    const value = values[name];
    if (value instanceof FieldOperation) {
      changes.set(name, value.change);
      value.assume(assumptions);
      continue;
    }
    const attribute = attributeOf(field, value);
    const loaded = intent.loadedValues[name];
    const difference = loaded === undefined ? null : field.differenceOf(name, loaded, attribute);
    if (difference === null || (current !== null && !difference.fits(current))) {
      changes.set(name, attribute === undefined ? REMOVED : setTo(attribute));
    } else if (difference.change !== null) {
      changes.set(name, difference.change);
      difference.assume(assumptions);
    }
  }
  for (const group of derived) {
    if (!intent.reindex && !isTouched(group, values)) continue;
    const computed = group.compute(definition, { tenant, parts: intent.parts, read });
    for (const name of group.names) changes.set(name, computed[name] === undefined ? REMOVED : setTo({ S: computed[name] }));
  }
  return { changes, assumptions, values };
}

function isTouched({ sources }: DerivedAttributes, values: Readonly<Record<string, unknown>>): boolean {
  return sources.some((name) => name in values);
}
