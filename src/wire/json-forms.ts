/** The form of each kind of field in JSON: the same in REST bodies, the API description, streams and the client. */
import { fromBase64 } from '../lib/base64.ts';
import { describeValue } from '../lib/describe-value.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { parseIsoDate } from '../lib/iso-date.ts';
import { whatJsonExpects } from '../lib/json-value.ts';
import type { FieldKind } from './field-kinds.ts';
import { bytesToJson, instantToJson, integerToJson, stringSetToJson } from './native-json.ts';
import type { JsonValue } from './native-json.ts';
import type { JsonSchema } from './route.ts';

export type { JsonValue } from './native-json.ts';

/** A native value, or what was expected and what came; `issues` says it for each wrong part, by JSON Pointer below the value. */
export type FromJson = { value: unknown } | { reason: string; issues?: readonly FieldIssue[] };

/** One kind's form: null never reaches it. */
export interface JsonForm {
  /** a native value of the field as JSON */
  toJson(native: unknown): JsonValue;
  /** a native value from JSON that came from outside */
  fromJson(json: unknown): FromJson;
  /** a native value from text, as it stands in a path or a query parameter */
  fromText(text: string): FromJson;
  /** the form as JSON Schema 2020-12 */
  schema: JsonSchema;
}

/** The form of a kind. */
export function jsonFormOf(kind: FieldKind): JsonForm {
  return JSON_FORMS[kind];
}

/** The text of a value in a path or a query parameter; `fromText` reads it back. */
export function toText(form: JsonForm, native: unknown): string {
  const json = form.toJson(native);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

const DECIMAL_INTEGER = /^-?(?:0|[1-9]\d{0,19})$/;
const DECIMAL_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INCREMENT = /^[+-]\d{1,19}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{9}[0-9A-Z]{16}$/;

const text: JsonForm = {
  toJson: asIs,
  fromJson: (json) => (typeof json === 'string' && json.isWellFormed() ? { value: json } : refuse('a string', json)),
  fromText: (value) => text.fromJson(value),
  schema: { type: 'string' },
};

const id: JsonForm = {
  ...text,
  fromJson: (json) => (typeof json === 'string' && json !== '' && json.isWellFormed() ? { value: json } : refuse('an id', json)),
  fromText: (value) => id.fromJson(value),
  schema: { type: 'string', minLength: 1 },
};

const ulid: JsonForm = {
  toJson: asIs,
  fromJson: (json) => (typeof json === 'string' && ULID.test(json) ? { value: json } : refuse('a ULID of 26 characters', json)),
  fromText: (value) => ulid.fromJson(value),
  schema: { type: 'string', pattern: ULID.source },
};

const integer: JsonForm = {
  toJson: integerToJson,
  fromJson(json) {
    if (typeof json === 'number' && Number.isSafeInteger(json)) return { value: json === 0 ? 0 : json };
    if (typeof json === 'string' && DECIMAL_INTEGER.test(json) && !Number.isSafeInteger(Number(json))) return { value: BigInt(json) };
    return refuse('a whole number (as a string of digits beyond 2^53)', json);
  },
  fromText: (value) => (DECIMAL_INTEGER.test(value) ? { value: narrow(BigInt(value)) } : refuse('a whole number', value)),
  schema: {
    anyOf: [
      { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: DECIMAL_INTEGER.source },
    ],
  },
};

const counter: JsonForm = {
  ...integer,
  fromJson: (json) => (typeof json === 'string' && INCREMENT.test(json) ? { value: json } : integer.fromJson(json)),
  schema: {
    anyOf: [
      { type: 'integer' },
      { type: 'string', pattern: INCREMENT.source, description: 'an increment: "+1" is added to the stored value' },
    ],
  },
};

const float: JsonForm = {
  toJson: asIs,
  fromJson: (json) => (typeof json === 'number' && Number.isFinite(json) ? { value: json } : refuse('a number', json)),
  fromText: (value) =>
    DECIMAL_NUMBER.test(value) && Number.isFinite(Number(value)) ? { value: Number(value) } : refuse('a number', value),
  schema: { type: 'number' },
};

const boolean: JsonForm = {
  toJson: asIs,
  fromJson: (json) => (typeof json === 'boolean' ? { value: json } : refuse('true or false', json)),
  fromText: (value) => (value === 'true' || value === 'false' ? { value: value === 'true' } : refuse('true or false', value)),
  schema: { type: 'boolean' },
};

const instant: JsonForm = {
  toJson: instantToJson,
  fromJson(json) {
    const date = typeof json === 'string' ? parseIsoDate(json) : null;
    return date === null ? refuse('a date in ISO 8601 ("2026-11-20" or "2026-11-20T08:00:00Z")', json) : { value: date };
  },
  fromText: (value) => instant.fromJson(value),
  schema: { type: 'string', format: 'date-time' },
};

const bytes: JsonForm = {
  toJson: bytesToJson,
  fromJson: (json) => (typeof json === 'string' && BASE64.test(json) ? { value: fromBase64(json) } : refuse('base64 with padding', json)),
  fromText: (value) => bytes.fromJson(value),
  schema: { type: 'string', contentEncoding: 'base64' },
};

const stringSet: JsonForm = {
  toJson: stringSetToJson,
  fromJson(json) {
    const members =
      Array.isArray(json) && json.every((member): member is string => typeof member === 'string' && member.isWellFormed()) ? json : null;
    if (members === null) return refuse('an array of strings', json);
    return new Set(members).size === members.length
      ? { value: new Set(members) }
      : { reason: 'expected members that differ, got one twice' };
  },
  fromText: (value) => text.fromJson(value),
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true },
};

const anyJson: JsonForm = {
  toJson: asIs,
  fromJson(value) {
    const expected = whatJsonExpects(value);
    return expected === null ? { value } : refuse(expected, value);
  },
  fromText: () => ({ reason: 'expected a field that can stand in a path' }),
  schema: {},
};

const JSON_FORMS: Readonly<Record<FieldKind, JsonForm>> = {
  string: text,
  integer,
  float,
  boolean,
  'date-time': instant,
  'create-date': instant,
  'modified-date': instant,
  version: ulid,
  ulid,
  related: id,
  counter,
  binary: bytes,
  ttl: instant,
  'string-set': stringSet,
  // What the members and elements are only the field itself knows.
  map: { ...anyJson, schema: { type: 'object' } },
  list: { ...anyJson, schema: { type: 'array' } },
  json: anyJson,
};

function refuse(expected: string, got: unknown): { reason: string } {
  return { reason: `expected ${expected}, got ${describeValue(got)}` };
}

function asIs(native: unknown): JsonValue {
  return native as JsonValue; // the native values of the kinds that use it are JSON values
}

function narrow(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
