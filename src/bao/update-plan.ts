/** What an update does to a row: its fields' changes, and the index keys and search text that follow from them. */
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { REMOVED, setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { derivedAttributes } from './derived-attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import { FieldOperation } from './field-operation.ts';
import type { BaoField } from './fields/field.ts';
import { iterationKeys } from './layout.ts';
import type { PrimaryIdParts } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import { attributeOf, storedValue } from './stored-values.ts';
import { versionAttribute, versionOfRow } from './upcast.ts';
import { planOutdated } from './upcast-plan.ts';

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
  const groups = derivedAttributes(definition).filter((group) => reindex || isTouched(group, values));
  const sources = groups.flatMap((group) => group.sources).filter((name) => !(name in values) || values[name] instanceof FieldOperation);
  const whole = Object.entries(values).filter(([, value]) => value instanceof FieldOperation && value.needsRow);
  const uniques = definition.uniqueConstraints.filter(({ name }) => name in values);
  return [...sources, ...whole.map(([name]) => name), ...uniques.map(({ name }) => name)];
}

/**
 * Plans an update.
 *
 * @param current the row, where `neededFields` names any: what the plan takes from it becomes an assumption
 */
export function planUpdate(
  definition: ModelDefinition,
  tenant: string | null,
  intent: UpdateIntent,
  current: AttributeMap | null,
): UpdatePlan {
  if (current !== null && versionOfRow(current) !== definition.schemaVersion) return planOutdated(definition, tenant, intent, current);
  const { loadedValues, parts, reindex } = intent;
  const changes = new Map<string, AttributeChange>();
  const assumptions = new Assumptions();
  // A row of an earlier version would be read as if the new values were old ones.
  if (definition.schemaVersion > 1) assumptions.add(SCHEMA_VERSION_FIELD, versionAttribute(definition));
  const needed = new Set(neededFields(definition, intent));
  for (const name of needed) assumptions.add(name, current);
  const stored = (name: string, field: BaoField) => storedValue(field, current?.[name]);
  const values: Record<string, unknown> = { ...intent.values };
  for (const [name, field] of definition.fields) {
    const asked = values[name];
    if (!(asked instanceof FieldOperation)) continue;
    const operation = current === null ? asked : asked.reducedTo(current);
    if (operation === asked && !needed.has(name) && (current === null || asked.fits(current))) continue;
    assumptions.add(name, current);
    if (operation === null) delete values[name];
    else values[name] = operation.after(stored(name, field));
    if (operation !== null) checkValue(name, field, values[name]);
  }
  for (const [name, field] of definition.fields) {
    if (!(name in values)) continue;
    const value = values[name];
    if (value instanceof FieldOperation) {
      changes.set(name, value.change);
      value.assume(assumptions);
      continue;
    }
    const attribute = attributeOf(field, value);
    const loaded = loadedValues[name];
    const difference = loaded === undefined ? null : field.differenceOf(name, loaded, attribute);
    if (difference === null || (current !== null && !difference.fits(current))) {
      changes.set(name, attribute === undefined ? REMOVED : setTo(attribute));
    } else if (difference.change !== null) {
      changes.set(name, difference.change);
      difference.assume(assumptions);
    }
  }
  const read = (name: string): unknown => {
    const field = definition.fields.get(name);
    if (!field) return null;
    return name in values ? values[name] : stored(name, field);
  };
  for (const group of derivedAttributes(definition)) {
    if (!reindex && !isTouched(group, values)) continue;
    const computed = group.compute(tenant, read);
    for (const name of group.names) changes.set(name, computed[name] === undefined ? REMOVED : setTo({ S: computed[name] }));
  }
  if (reindex)
    for (const [attribute, text] of Object.entries(iterationKeys(definition, tenant, parts))) changes.set(attribute, setTo({ S: text }));
  return { changes, assumptions, values };
}

function isTouched({ sources }: DerivedAttributes, values: Readonly<Record<string, unknown>>): boolean {
  return sources.some((name) => name in values);
}
