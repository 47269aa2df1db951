/** Placeholders of one request. All its expressions share them, so that no two parts can mean different things by one name. */
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';

/** Hands out `#n1`, `#n2` … for attribute names and `:v1`, `:v2` … for values, in order of appearance. */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values: AttributeMap = {};
  #valueCount = 0;

  /** The placeholder of an attribute name; the same one for the same name. */
  name(attribute: string): string {
    const known = this.#names.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#n${this.#names.size + 1}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }

  /** The placeholder of a text. */
  text(text: string): string {
    return this.attributeValue({ S: text });
  }

  /** The placeholder of a number. */
  number(value: number | bigint): string {
    return this.attributeValue({ N: String(value) });
  }

  /** The placeholder of a stored value. */
  attributeValue(value: AttributeValue): string {
    this.#valueCount += 1;
    const placeholder = `:v${this.#valueCount}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  /** The part of a request that resolves them; DynamoDB refuses empty ones, so those are left out. */
  toInput(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: AttributeMap } {
    const names = Object.fromEntries(Array.from(this.#names, ([attribute, placeholder]) => [placeholder, attribute]));
    return {
      ...(this.#names.size > 0 ? { ExpressionAttributeNames: names } : {}),
      ...(this.#valueCount > 0 ? { ExpressionAttributeValues: this.#values } : {}),
    };
  }
}
