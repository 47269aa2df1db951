/** Changes of parts of nested fields: members and elements are written where they are, so that what others write beside them survives. */
import type { DocumentPath } from '../dynamo/expressions/document-path.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import { REMOVED, setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { fieldAt, hasPlace, pathExpression } from './document-path.ts';
import type { FieldPart } from './document-path.ts';
import { ValidationError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { FieldOperation, readOperation } from './field-operation.ts';
import type { Difference } from './field-operation.ts';
import type { BaoField } from './fields/field.ts';
import type { ModelDefinition } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { attributeOf, sameAttribute, storedValue } from './stored-values.ts';

/** How one part of a nested field changes. */
export interface PartChange {
  path: DocumentPath;
  change: AttributeChange;
}

/** With more changed parts than these a value is written as a whole: DynamoDB limits an expression to 4 KB. */
const MAX_PARTS = 25;

/** What fields with parts bring to filters and updates. Models without such fields do without it, in their bundles too. */
export interface NestedParts {
  /** the part that a path names, as filters compare it; null when there is none */
  find(fields: ReadonlyMap<string, BaoField>, path: string, placeholders: Placeholders): { field: BaoField; attribute: string } | null;
  /** the changes of an update with those that name parts gathered by their fields */
  gather(definition: ModelDefinition, changes: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** the parts in which a stored value differs from the next one; null where only the whole can be written */
  between(field: BaoField, name: string, loaded: AttributeValue, next: AttributeValue | undefined): Difference | null;
}

/** The parts of maps, lists and JSON. */
export const NESTED_PARTS: NestedParts = {
  find(fields, path, placeholders) {
    const part = fieldAt(fields, path);
    return part && { field: part.field, attribute: pathExpression(part.path, placeholders) };
  },
  gather: gatherParts,
  between: partsBetween,
};

/**
 * The changes of an update with those that name parts by their paths gathered: one operation for each field that has any.
 *
 * @throws ValidationError for changes of which one is a part of another, and as `checkValue` and `readOperation`
 */
function gatherParts({ fields }: ModelDefinition, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  const parts = new Map<string, ChangedPart[]>();
  for (const [name, value] of Object.entries(changes)) {
    const part = fields.has(name) ? null : fieldAt(fields, name);
    if (part === null) {
      whole[name] = value;
      continue;
    }
    const owner = String(part.path[0]);
    parts.set(owner, [...(parts.get(owner) ?? []), changedPart(name, part, value)]);
  }
  for (const [owner, changed] of parts) {
    checkApart(Object.hasOwn(whole, owner) ? owner : null, changed);
    whole[owner] = new PartsOperation(changed);
  }
  return whole;
}

/**
 * The parts in which a map differs from the one that was loaded; null where only the whole can be written: it is no map, or differs in
 * too much. What was loaded is compared as it was read: members that the field does not know are no difference.
 */
function partsBetween(field: BaoField, name: string, stored: AttributeValue, next: AttributeValue | undefined): Difference | null {
  const loaded = attributeOf(field, storedValue(field, stored));
  if (loaded === undefined || next === undefined || !('M' in loaded) || !('M' in next)) return null;
  const parts = differences([name], loaded.M, next.M);
  if (parts.length > MAX_PARTS) return null;
  return {
    change: parts.length === 0 ? null : changeOfParts(parts),
    fits: (row) => parts.every(({ path }) => hasPlace(row, path)),
    assume: (assumptions) => assumePlaces(assumptions, parts),
  };
}

/** One part that an update changes. */
interface ChangedPart extends FieldPart, PartChange {
  needsRow: boolean;
  /** the native value afterwards, from the one before; null: gone */
  after: (stored: unknown) => unknown;
}

class PartsOperation extends FieldOperation {
  readonly #parts: readonly ChangedPart[];

  constructor(parts: readonly ChangedPart[]) {
    const after = (stored: unknown) => parts.reduce<unknown>((value, part) => withPart(value, part), stored);
    super(
      changeOfParts(parts),
      after,
      parts.some(({ needsRow }) => needsRow),
    );
    this.#parts = parts;
  }

  /** What is not there need not be taken away. */
  override reducedTo(row: AttributeMap): FieldOperation | null {
    const parts = this.#parts.filter(({ path, change }) => change !== REMOVED || hasPlace(row, path));
    if (parts.length === this.#parts.length) return this;
    return parts.length === 0 ? null : new PartsOperation(parts);
  }

  override fits(row: AttributeMap): boolean {
    return this.#parts.every(({ path }) => hasPlace(row, path));
  }

  override assume(assumptions: Assumptions): void {
    assumePlaces(assumptions, this.#parts);
  }
}

/** Parts that change where they are. */
function changeOfParts(parts: readonly PartChange[]): AttributeChange {
  return {
    addTo(clauses, _attribute, placeholders) {
      for (const { path, change } of parts) change.addTo(clauses, pathExpression(path, placeholders), placeholders);
    },
  };
}

/** DynamoDB takes no member of what is not there: the map that it is a member of has to be, or the element itself. */
function assumePlaces(assumptions: Assumptions, parts: readonly PartChange[]): void {
  for (const { path } of parts) {
    const isElement = typeof path.at(-1) === 'number';
    // One term is enough for all members of a map.
    assumptions.addAs(JSON.stringify(isElement ? path : [...path.slice(0, -1), '']), {
      holds: (row) => hasPlace(row, path),
      term: (placeholders) =>
        isElement
          ? `attribute_exists(${pathExpression(path, placeholders)})`
          : `attribute_type(${pathExpression(path.slice(0, -1), placeholders)}, ${placeholders.text('M')})`,
    });
  }
}

function changedPart(name: string, part: FieldPart, value: unknown): ChangedPart {
  const { field } = part;
  // A schema of what the part is in sees the whole of it.
  const isBound = part.within.some(({ schema }) => schema !== null);
  const operation = readOperation(name, field, value);
  if (operation) {
    const { change, after, needsRow } = operation;
    return { ...part, change, after, needsRow: isBound || needsRow };
  }
  checkValue(name, field, value);
  const attribute = attributeOf(field, value);
  if (attribute === undefined && typeof part.path.at(-1) === 'number')
    throw new ValidationError(`${name}: an element is taken out of its list by $remove`, name, value);
  const change = attribute === undefined ? REMOVED : setTo(attribute);
  return { ...part, change, after: () => (attribute === undefined ? null : value), needsRow: isBound };
}

/** A value with one part changed. What the part is in is made where it is missing. */
function withPart(value: unknown, { path, within, after }: ChangedPart): unknown {
  const [outermost] = within;
  const changed = (field: BaoField | undefined, current: unknown, [step, ...rest]: DocumentPath): unknown => {
    if (step === undefined) return after(current);
    const inner = field?.partAt(step) ?? undefined;
    if (typeof step === 'number') {
      if (!Array.isArray(current) || step >= current.length)
        throw new ValidationError(`${textOf(path)}: there is no element ${step}`, String(path[0]));
      return current.with(step, changed(inner, current[step], rest));
    }
    const initial = isPlainObject(current) ? current : field?.getInitialValue();
    const members = isPlainObject(initial) ? initial : {};
    const member = changed(inner, Object.hasOwn(members, step) ? members[step] : undefined, rest);
    const others = Object.entries(members).filter(([name]) => name !== step);
    return Object.fromEntries(member === null || member === undefined ? others : [...others, [step, member]]);
  };
  return changed(outermost, value, path.slice(1));
}

/** @throws ValidationError when the whole and a part of it change together, or a part and a part of that */
function checkApart(whole: string | null, parts: readonly ChangedPart[]): void {
  const names = [...(whole === null ? [] : [whole]), ...parts.map(({ path }) => textOf(path))];
  for (const outer of names) {
    const inner = names.find((name) => name.startsWith(`${outer}.`) || name.startsWith(`${outer}[`));
    if (inner !== undefined) throw new ValidationError(`${inner}: is a part of ${outer}, which changes too`, inner);
  }
}

/** The path as its author writes it. */
function textOf(path: DocumentPath): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('');
}

function differences(path: DocumentPath, loaded: AttributeMap, next: AttributeMap): PartChange[] {
  return [...new Set([...Object.keys(loaded), ...Object.keys(next)])].flatMap((name): PartChange[] => {
    const before = Object.hasOwn(loaded, name) ? loaded[name] : undefined;
    const after = Object.hasOwn(next, name) ? next[name] : undefined;
    const place = [...path, name];
    if (sameAttribute(before, after)) return [];
    if (before && after && 'M' in before && 'M' in after) return differences(place, before.M, after.M);
    return [{ path: place, change: after === undefined ? REMOVED : setTo(after) }];
  });
}
