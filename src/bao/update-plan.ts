/** What an update does to a row: its fields' changes, and the index keys and search text that follow from them. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { derivedAttributes } from './derived-attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import type { Placeholders } from './expression.ts';
import { incremented, isIncrement } from './fields/number-fields.ts';
import { attributeOf, storedValue } from './instance-state.ts';
import { iterationKeys } from './layout.ts';
import type { PrimaryIdParts } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';

/** How one attribute changes. `add` and `delete` take members of a set; an increment counts from `initial` where there is no number yet. */
export type AttributeChange =
  | { kind: 'set' | 'add' | 'delete'; value: AttributeValue }
  | { kind: 'increment'; by: AttributeValue; initial: AttributeValue }
  | { kind: 'remove' };

export interface UpdatePlan {
  changes: ReadonlyMap<string, AttributeChange>;
  assumptions: Assumptions;
}

/** What an update is made of. */
export interface UpdateIntent {
  parts: PrimaryIdParts;
  /** checked native values by field; null removes */
  values: Readonly<Record<string, unknown>>;
  /** the fields whose stored sets are known, so that members are added and removed one by one */
  loadedSets: AttributeMap;
  /** recomputes every index key and the search text from the current row */
  reindex: boolean;
}

/** The fields whose current values a plan needs: the other parts of keys of which one part changes, and counters inside them. */
export function neededFields(definition: ModelDefinition, { values, reindex }: UpdateIntent): string[] {
  const groups = derivedAttributes(definition).filter((group) => reindex || isTouched(group, values));
  return groups.flatMap(({ sources }) => sources).filter((name) => !(name in values) || isIncrement(values[name]));
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
  const { values, loadedSets, parts, reindex } = intent;
  const changes = new Map<string, AttributeChange>();
  const assumptions = new Assumptions();
  for (const name of neededFields(definition, intent)) assumptions.add(name, current);
  for (const [name, field] of definition.fields) {
    if (!(name in values)) continue;
    const value = values[name];
    const loaded = loadedSets[name];
    if (field.kind === 'counter' && isIncrement(value))
      changes.set(name, { kind: 'increment', by: marshall(BigInt(value)), initial: marshall(field.getInitialValue()) });
    else for (const [attribute, change] of changeOf(name, attributeOf(field, value), loaded)) changes.set(attribute, change);
  }
  const read = (name: string): unknown => {
    const field = definition.fields.get(name);
    if (!field) return null;
    const stored = storedValue(field, current?.[name]);
    if (!(name in values)) return stored;
    const value = values[name];
    return field.kind === 'counter' && isIncrement(value) ? incremented(stored, value) : value;
  };
  for (const group of derivedAttributes(definition)) {
    if (!reindex && !isTouched(group, values)) continue;
    for (const [attribute, change] of derivedChanges(group, group.compute(tenant, read))) changes.set(attribute, change);
  }
  if (reindex)
    for (const [attribute, text] of Object.entries(iterationKeys(definition, tenant, parts)))
      changes.set(attribute, { kind: 'set', value: marshall(text) });
  return { changes, assumptions };
}

/** The update expression of changes, or null for none. */
export function updateExpression(changes: ReadonlyMap<string, AttributeChange>, placeholders: Placeholders): string | null {
  const clauses = { SET: [] as string[], REMOVE: [] as string[], ADD: [] as string[], DELETE: [] as string[] };
  for (const [attribute, change] of changes) {
    const name = placeholders.name(attribute);
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
      case 'add':
        clauses.ADD.push(`${name} ${placeholders.attributeValue(change.value)}`);
        break;
      case 'delete':
        clauses.DELETE.push(`${name} ${placeholders.attributeValue(change.value)}`);
        break;
    }
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
