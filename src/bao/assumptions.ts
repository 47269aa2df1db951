/** What a write takes for granted about the row it changes. It travels as a condition of the same write, so a wrong guess costs a retry, never wrong data. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { Placeholders } from './expression.ts';
import { sameAttribute } from './stored-values.ts';

/** One thing that is taken for granted. */
export interface Assumption {
  /** Whether a row is so. */
  holds(row: AttributeMap | null): boolean;
  /** The term of a condition that says so. */
  term(placeholders: Placeholders): string;
}

export class Assumptions {
  readonly #assumed = new Map<string, Assumption>();

  get isEmpty(): boolean {
    return this.#assumed.size === 0;
  }

  /** Assumes that the attribute is as it is in `row`, there or not. */
  add(attribute: string, row: AttributeMap | null): void {
    const value = row?.[attribute];
    this.addAs(attribute, {
      holds: (other) => sameAttribute(value, other?.[attribute]),
      term(placeholders) {
        const name = placeholders.name(attribute);
        return value === undefined ? `attribute_not_exists(${name})` : `${name} = ${placeholders.attributeValue(value)}`;
      },
    });
  }

  /** Assumes something else, once for all that have the same identity. */
  addAs(identity: string, assumption: Assumption): void {
    this.#assumed.set(identity, assumption);
  }

  /** Whether a row is as assumed. */
  hold(row: AttributeMap | null): boolean {
    return [...this.#assumed.values()].every((assumption) => assumption.holds(row));
  }

  /** The terms of a condition that says so. */
  terms(placeholders: Placeholders): string[] {
    return Array.from(this.#assumed.values(), (assumption) => assumption.term(placeholders));
  }
}
