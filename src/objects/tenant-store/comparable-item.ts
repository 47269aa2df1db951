/** Items as texts that are equal when the items are: DynamoDB gives attributes and the members of sets in any order. */
import type { AttributeMap } from '../../dynamo/types.ts';

const SETS: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);

/** JSON of an item with its attributes, at any depth, and the members of its sets in one order. */
export function comparableText(item: AttributeMap): string {
  return JSON.stringify(item, inOneOrder);
}

/** Whether JSON of an item (null: there is none) is of the same item as `other`. */
export function isSameItem(text: string | null, other: string | null): boolean {
  if (text === other) return true;
  if (text === null || other === null) return false;
  return comparableText(JSON.parse(text) as AttributeMap) === comparableText(JSON.parse(other) as AttributeMap); // both were written from items
}

/** Arrays stand in an item as lists and sets only; a set under its type's name, where an attribute of that name has an object. */
function inOneOrder(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return SETS.has(name) ? value.toSorted(inCodeUnits) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => inCodeUnits(one, other)));
}

function inCodeUnits(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
