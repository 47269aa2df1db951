/** What a write takes for granted about the row it changes. It travels as a condition of the same write, so a wrong guess costs a retry, never wrong data. */
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import type { Placeholders } from './expression.ts';
import { sameAttribute } from './instance-state.ts';

/** Attributes with the value they are assumed to have; undefined: they are not there. */
export class Assumptions {
  readonly #values = new Map<string, AttributeValue | undefined>();

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  /** Assumes that the attribute is as it is in `row`. */
  add(attribute: string, row: AttributeMap | null): void {
    this.#values.set(attribute, row?.[attribute]);
  }

  /** Whether a row is as assumed. */
  hold(row: AttributeMap | null): boolean {
    return [...this.#values].every(([attribute, value]) => sameAttribute(value, row?.[attribute]));
  }

  /** The terms of a condition that says so. */
  terms(placeholders: Placeholders): string[] {
    return Array.from(this.#values, ([attribute, value]) => {
      const name = placeholders.name(attribute);
      return value === undefined ? `attribute_not_exists(${name})` : `${name} = ${placeholders.attributeValue(value)}`;
    });
  }
}
