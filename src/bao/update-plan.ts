/** What an update does to a row: its fields' changes, and the index keys and search text that follow from them. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { derivedAttributes } from './derived-attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import { hasPlace, pathExpression } from './document-path.ts';
import type { Placeholders } from './expression.ts';
import type { BaoField } from './fields/field.ts';
import { attributeOf, storedValue } from './instance-state.ts';
import { iterationKeys } from './layout.ts';
import type { PrimaryIdParts } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import type { PartChange } from './part-changes.ts';
import { versionAttribute, versionOfRow } from './upcast.ts';
import { planOutdated } from './upcast-plan.ts';
import { FieldOperation } from './update-operators.ts';

/**
 * How one attribute changes. `add` and `delete` take members of a set, `append` and `prepend` a list of elements; an increment counts
 * from `initial` where there is no number yet.
 */
export type AttributeChange =
  | { kind: 'set' | 'add' | 'delete' | 'append' | 'prepend'; value: AttributeValue }
  | { kind: 'increment'; by: AttributeValue; initial: AttributeValue }
  | { kind: 'remove-elements'; positions: readonly number[] }
  | { kind: 'parts'; parts: readonly PartChange[] }
  | { kind: 'remove' };

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
  /** the fields whose stored sets are known, so that members are added and removed one by one */
  loadedSets: AttributeMap;
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
  const { loadedSets, parts, reindex } = intent;
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
    const changed = loadedParts(name, field, value, loadedSets, current);
    if (changed === null) {
      for (const [attribute, change] of changeOf(name, attributeOf(field, value), loadedSets[name])) changes.set(attribute, change);
    } else if (changed.length > 0) {
      changes.set(name, { kind: 'parts', parts: changed });
      for (const { path } of changed) assumptions.addPlace(path);
    }
  }
  const read = (name: string): unknown => {
    const field = definition.fields.get(name);
    if (!field) return null;
    return name in values ? values[name] : stored(name, field);
  };
  for (const group of derivedAttributes(definition)) {
    if (!reindex && !isTouched(group, values)) continue;
    for (const [attribute, change] of derivedChanges(group, group.compute(tenant, read))) changes.set(attribute, change);
  }
  if (reindex)
    for (const [attribute, text] of Object.entries(iterationKeys(definition, tenant, parts)))
      changes.set(attribute, { kind: 'set', value: marshall(text) });
  return { changes, assumptions, values };
}

/** The update expression of changes, or null for none. */
export function updateExpression(changes: ReadonlyMap<string, AttributeChange>, placeholders: Placeholders): string | null {
  const clauses = { SET: [] as string[], REMOVE: [] as string[], ADD: [] as string[], DELETE: [] as string[] };
  const add = (name: string, change: PartChange['change']): void => {
    switch (change.kind) {
      case 'remove':
        clauses.REMOVE.push(name);
        break;
      case 'set':
        clauses.SET.push(`${name} = ${placeholders.attributeValue(change.value)}`);
        break;
      case 'increment':
        clauses.SET.push(
          `${name} = if_not_exists(${name}, ${placeholders.attributeValue(change.initial)}) + ${placeholders.attributeValue(change.by)}`,
        );
        break;
      case 'append':
      case 'prepend': {
        const old = `if_not_exists(${name}, ${placeholders.attributeValue({ L: [] })})`;
        const added = placeholders.attributeValue(change.value);
        clauses.SET.push(`${name} = list_append(${change.kind === 'append' ? `${old}, ${added}` : `${added}, ${old}`})`);
        break;
      }
      case 'remove-elements':
        clauses.REMOVE.push(...change.positions.map((position) => `${name}[${position}]`));
        break;
      case 'add':
        clauses.ADD.push(`${name} ${placeholders.attributeValue(change.value)}`);
        break;
      case 'delete':
        clauses.DELETE.push(`${name} ${placeholders.attributeValue(change.value)}`);
        break;
    }
  };
  for (const [attribute, change] of changes) {
    if (change.kind !== 'parts') add(placeholders.name(attribute), change);
    else for (const part of change.parts) add(pathExpression(part.path, placeholders), part.change);
  }
  const written = Object.entries(clauses).filter(([, terms]) => terms.length > 0);
  return written.length === 0 ? null : written.map(([word, terms]) => `${word} ${terms.join(', ')}`).join(' ');
}

function isTouched({ sources }: DerivedAttributes, values: Readonly<Record<string, unknown>>): boolean {
  return sources.some((name) => name in values);
}

function* derivedChanges({ names }: DerivedAttributes, computed: Readonly<Record<string, string>>): Generator<[string, AttributeChange]> {
  for (const name of names) {
    const text = computed[name];
    yield [name, text === undefined ? { kind: 'remove' } : { kind: 'set', value: marshall(text) }];
  }
}

/** The parts in which a map differs from the one that was loaded, so that others' changes of other parts survive; null: write the whole. */
function loadedParts(
  name: string,
  field: BaoField,
  value: unknown,
  loaded: AttributeMap,
  current: AttributeMap | null,
): PartChange[] | null {
  if (!field.partChanges || !loaded[name]) return null;
  // What was loaded is compared as it was read: members that the field does not know are no difference.
  const parts = field.partChanges.between(name, attributeOf(field, storedValue(field, loaded[name])), attributeOf(field, value));
  return parts !== null && (current === null || parts.every(({ path }) => hasPlace(current, path))) ? parts : null;
}

/** One field's change; a set that was loaded changes by its members, so that others' members survive. */
function* changeOf(
  name: string,
  value: AttributeValue | undefined,
  loaded: AttributeValue | undefined,
): Generator<[string, AttributeChange]> {
  if (value === undefined) {
    yield [name, { kind: 'remove' }];
  } else if (loaded && 'SS' in loaded && 'SS' in value) {
    yield* membersChange(name, loaded.SS, value.SS);
  } else {
    yield [name, { kind: 'set', value }];
  }
}

function* membersChange(name: string, before: readonly string[], after: readonly string[]): Generator<[string, AttributeChange]> {
  const added = after.filter((member) => !before.includes(member));
  const removed = before.filter((member) => !after.includes(member));
  if (added.length > 0 && removed.length > 0) yield [name, { kind: 'set', value: { SS: [...after] } }];
  else if (added.length > 0) yield [name, { kind: 'add', value: { SS: added } }];
  else if (removed.length > 0) yield [name, { kind: 'delete', value: { SS: removed } }];
}
