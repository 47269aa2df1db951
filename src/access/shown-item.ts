/** An item as a principal sees it. Entries get items in this form only, so what may not be read cannot get into an answer. */
import type { BaoModel } from '../bao/for-services.ts';
import type { JsonValue } from '../wire/json-forms.ts';

/** What is shown of an item. */
interface Shown {
  /** the fields that are left out; null: all but the key, of an item that may be written and not read */
  readonly hidden: readonly string[] | null;
  readonly keyFields: readonly string[];
  readonly versionField: string | null;
  related(relation: string): Promise<ShownItem | null>;
}

export class ShownItem {
  readonly #object: BaoModel;
  readonly #shown: Shown;

  constructor(object: BaoModel, shown: Shown) {
    this.#object = object;
    this.#shown = shown;
  }

  /** Its fields in JSON, in the order of declaration; unset ones, and those that may not be read, are absent. */
  toJSON(): Record<string, JsonValue> {
    const { hidden, keyFields } = this.#shown;
    const whole = this.#object.toJSON();
    if (hidden?.length === 0) return whole;
    const isShown = (name: string): boolean => (hidden === null ? keyFields.includes(name) : !hidden.includes(name));
    return Object.fromEntries(Object.entries(whole).filter(([name]) => isShown(name)));
  }

  /** The text of its Version field, which entity tags are made of; null where it has none. */
  get version(): string | null {
    const { versionField, hidden } = this.#shown;
    if (versionField === null || hidden === null) return null;
    const version = this.#object.get(versionField);
    return typeof version === 'string' ? version : null;
  }

  /** The segments of its path. */
  keySegments(): string[] {
    return this.#object.keySegments();
  }

  /** The item that a relation to one item names, as the same principal sees it; null where there is none that it may see. */
  related(relation: string): Promise<ShownItem | null> {
    return this.#shown.related(relation);
  }
}
