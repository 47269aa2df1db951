/** Paths to attributes and to the parts of maps and lists. */
import type { AttributeMap, AttributeValue } from '../types.ts';

/** The name of an attribute, then names of members and positions of elements. */
export type DocumentPath = readonly (string | number)[];

/** What stands at a path of an item; undefined when there is nothing. */
export function attributeAt(item: AttributeMap, path: DocumentPath): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(partOf, { M: item });
}

export function areSamePaths(left: DocumentPath, right: DocumentPath): boolean {
  return left.length === right.length && left.every((step, at) => step === right[at]);
}

function partOf(value: AttributeValue | undefined, step: string | number): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
}
