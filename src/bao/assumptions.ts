/** What a write takes for granted about the row it changes. It travels as a condition of the same write, so a wrong guess costs a retry, never wrong data. */
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { hasPlace, pathExpression } from './document-path.ts';
import type { DocumentPath } from './document-path.ts';
import type { Placeholders } from './expression.ts';
import { sameAttribute } from './instance-state.ts';

/** Attributes with the value they are assumed to have; undefined: they are not there. */
export class Assumptions {
  readonly #values = new Map<string, AttributeValue | undefined>();
  /** by the text of the place */
  readonly #places = new Map<string, DocumentPath>();

  get isEmpty(): boolean {
    return this.#values.size === 0 && this.#places.size === 0;
  }

  /** Assumes that the attribute is as it is in `row`. */
  add(attribute: string, row: AttributeMap | null): void {
    this.#values.set(attribute, row?.[attribute]);
  }

  /** Assumes that a part of a nested field has a place: the map that it is a member of is there, or the element itself. */
  addPlace(path: DocumentPath): void {
    const isMember = typeof path.at(-1) === 'string';
    // One term is enough for all members of a map.
    this.#places.set(JSON.stringify(isMember ? [...path.slice(0, -1), ''] : path), path);
  }

  /** Whether a row is as assumed. */
  hold(row: AttributeMap | null): boolean {
    return (
      [...this.#values].every(([attribute, value]) => sameAttribute(value, row?.[attribute])) &&
      [...this.#places.values()].every((path) => hasPlace(row, path))
    );
  }

  /** The terms of a condition that says so. */
  terms(placeholders: Placeholders): string[] {
    const values = Array.from(this.#values, ([attribute, value]) => {
      const name = placeholders.name(attribute);
      return value === undefined ? `attribute_not_exists(${name})` : `${name} = ${placeholders.attributeValue(value)}`;
    });
    return [...values, ...Array.from(this.#places.values(), (path) => placeTerm(path, placeholders))];
  }
}

function placeTerm(path: DocumentPath, placeholders: Placeholders): string {
  if (typeof path.at(-1) === 'number') return `attribute_exists(${pathExpression(path, placeholders)})`;
  return `attribute_type(${pathExpression(path.slice(0, -1), placeholders)}, ${placeholders.value('M')})`;
}
