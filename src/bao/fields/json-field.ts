/** A field that holds any JSON. */
import { DynamoNumber } from '../../dynamo/dynamo-number.ts';
import { toBase64 } from '../../lib/base64.ts';
import { whatJsonExpects } from '../../lib/json-value.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import type { Difference } from '../field-operation.ts';
import { NESTED_PARTS } from '../nested-parts.ts';
import { isPlainObject } from '../../lib/plain-object.ts';
import type { BaoField } from './field.ts';
import { TypedField } from './typed-field.ts';

/**
 * JSON of any shape: objects, arrays, text, numbers, booleans. Stored as DynamoDB's own maps and lists, so that filters and updates
 * reach its parts by path. A `schema` says its shape, and its type. null unsets the field; inside an object or array it is a value.
 */
export class JsonFieldClass<Value = JsonValue> extends TypedField {
  declare readonly valueTypes: { read: Value; write: Value; presence: 'optional'; parts: { json: true } };
  override readonly kind: FieldKind = 'json';
  override readonly isMutable = true;
  override readonly parts = NESTED_PARTS;

  override differenceOf(name: string, loaded: AttributeValue, next: AttributeValue | undefined): Difference | null {
    return this.parts.between(this, name, loaded, next);
  }

  /** Any part is JSON again. */
  override partAt(_step: string | number): BaoField {
    return ANY_JSON;
  }

  override expectation(value: unknown): string | null {
    return whatJsonExpects(value);
  }

  override toDy(value: unknown): unknown {
    return value === undefined ? null : value;
  }

  override fromDy(value: unknown): unknown {
    return jsonOf(value ?? this.getInitialValue());
  }
}

const ANY_JSON = /* @__PURE__ */ new JsonFieldClass();

/** JSON of what is stored, made anew; other writers may have put things there that are none. */
function jsonOf(stored: unknown): unknown {
  if (typeof stored === 'bigint' || stored instanceof DynamoNumber) return Number(stored);
  if (stored instanceof Uint8Array) return toBase64(stored);
  if (stored instanceof Set) return Array.from(stored, jsonOf);
  if (Array.isArray(stored)) return stored.map(jsonOf);
  if (!isPlainObject(stored)) return stored;
  return Object.fromEntries(Object.entries(stored).map(([name, member]) => [name, jsonOf(member)]));
}
