/** The JSON of maps and lists: each part in its field's own form, and everything that is wrong said at once. */
import { describeValue } from '../../lib/describe-value.ts';
import type { FieldIssue } from '../../lib/errors.ts';
import type { FromJson, JsonForm, JsonValue } from '../../wire/json-forms.ts';
import type { JsonSchema } from '../../wire/route.ts';
import { pointerOf } from '../json-pointer.ts';
import type { BaoField } from './field.ts';

type MemberMap = ReadonlyMap<string, BaoField>;

/** The form of a map: an object of the members that are set. */
export function mapForm(members: MemberMap): JsonForm {
  return {
    toJson: (native) => membersToJson(members, native as Readonly<Record<string, unknown>>), // what the field holds
    fromJson: (json) => membersFromJson(members, json),
    fromText: noText,
    schema: mapSchema(members),
  };
}

/** The form of a list. */
export function listForm(element: BaoField): JsonForm {
  const { jsonForm } = element;
  return {
    toJson: (native) => (native as readonly unknown[]).map((part) => jsonForm.toJson(part)), // what the field holds
    fromJson: (json) => elementsFromJson(element, json),
    fromText: noText,
    schema: listSchema(element),
  };
}

/** An object of the members, as JSON Schema. */
export function mapSchema(members: MemberMap): JsonSchema {
  const required = [...members].filter(([, field]) => field.required && (field.defaultValue ?? null) === null).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(Array.from(members, ([name, field]) => [name, orNull(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** A list of elements, as JSON Schema. */
export function listSchema(element: BaoField): JsonSchema {
  return { type: 'array', items: element.jsonSchema };
}

/** The values that a field takes in JSON: null clears an optional one. */
export function orNull(field: BaoField): JsonSchema {
  return field.required ? field.jsonSchema : { anyOf: [field.jsonSchema, { type: 'null' }] };
}

function membersToJson(members: MemberMap, native: Readonly<Record<string, unknown>>): JsonValue {
  const set = [...members].filter(([name]) => native[name] !== null && native[name] !== undefined);
  return Object.fromEntries(set.map(([name, field]) => [name, field.jsonForm.toJson(native[name])]));
}

function membersFromJson(members: MemberMap, json: unknown): FromJson {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { reason: `expected an object, got ${describeValue(json)}` };
  const parts = Object.entries(json).map(([name, part]) => {
    const field = members.get(name);
    const unknown = { reason: `unknown member; expected one of ${[...members.keys()].join(', ')}` };
    return [name, field === undefined ? unknown : partFromJson(field, part)] as const;
  });
  return together(parts, (values) => Object.fromEntries(values));
}

function elementsFromJson(element: BaoField, json: unknown): FromJson {
  if (!Array.isArray(json)) return { reason: `expected an array, got ${describeValue(json)}` };
  const parts = json.map((part: unknown, at) => [String(at), element.jsonForm.fromJson(part)] as const);
  return together(parts, (values) => values.map(([, value]) => value));
}

function partFromJson(field: BaoField, json: unknown): FromJson {
  if (json !== null) return field.jsonForm.fromJson(json);
  return field.required ? { reason: 'expected a value, got null' } : { value: null };
}

function together(parts: readonly (readonly [string, FromJson])[], join: (values: (readonly [string, unknown])[]) => unknown): FromJson {
  const issues = parts.flatMap(([step, part]): readonly FieldIssue[] => {
    if ('value' in part) return [];
    const path = pointerOf([step]);
    return part.issues?.map((issue) => ({ path: `${path}${issue.path}`, reason: issue.reason })) ?? [{ path, reason: part.reason }];
  });
  const [first] = issues;
  if (first !== undefined) return { reason: `${first.path.slice(1).replaceAll('/', '.')}: ${first.reason}`, issues };
  return { value: join(parts.map(([step, part]) => [step, 'value' in part ? part.value : undefined])) };
}

function noText(): FromJson {
  return { reason: 'expected a field that can stand in a path' };
}
