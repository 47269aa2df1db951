/** The forms of fields in JSON that comes from outside, and in JSON Schema: those of their kinds, with what only a field itself knows. */
import { describeValue } from '../../lib/describe-value.ts';
import type { FieldIssue } from '../../lib/errors.ts';
import { jsonFormOf } from '../../wire/json-forms.ts';
import type { FromJson, JsonForm } from '../../wire/json-forms.ts';
import type { JsonSchema } from '../../wire/route.ts';
import { pointerOf } from '../json-pointer.ts';
import { schemaAsJsonSchema } from '../standard-schemas.ts';
import type { BaoField } from './field.ts';
import { JsonFieldClass } from './json-field.ts';
import { ListFieldClass } from './list-field.ts';
import { MapFieldClass } from './map-field.ts';
import { NumberFieldClass } from './number-fields.ts';
import type { NumberFieldOptions } from './number-fields.ts';
import { StringFieldClass } from './text-fields.ts';

type MemberMap = ReadonlyMap<string, BaoField>;

/** The form of a field's values in JSON; of maps and lists each part in its field's own form, and everything that is wrong said at once. */
export function formOfField(field: BaoField): JsonForm {
  const toJson = (native: unknown) => field.toJson(native);
  if (field instanceof MapFieldClass)
    return { toJson, fromJson: (json) => membersFromJson(field.members, json), fromText: noText, schema: mapSchema(field.members) };
  if (isList(field))
    return { toJson, fromJson: (json) => elementsFromJson(field.element, json), fromText: noText, schema: listSchema(field) };
  const fromJson = field.fromJson?.bind(field);
  if (fromJson === undefined) return jsonFormOf(field.kind);
  return { toJson, fromJson, fromText: (text) => fromTextBy(fromJson, text), schema: field.jsonSchema ?? {} };
}

/** Text stands for itself, or for the JSON that it is. */
function fromTextBy(fromJson: JsonForm['fromJson'], text: string): FromJson {
  const asText = fromJson(text);
  if ('value' in asText) return asText;
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return asText;
  }
}

/** The form as JSON Schema, with the limits of the field. */
export function schemaOfField(field: BaoField): JsonSchema {
  const { schema } = formOfField(field);
  if (field.fromJson !== undefined) return schema;
  if (isText(field)) return { ...schema, ...textLimits(field) };
  if (field instanceof NumberFieldClass) return withLimits(schema, field.options);
  if (field instanceof JsonFieldClass) return (field.schema && schemaAsJsonSchema(field.schema)) ?? schema;
  return schema;
}

/** The values that a field takes in JSON: null clears an optional one. */
export function orNull(field: BaoField): JsonSchema {
  return field.required ? schemaOfField(field) : { anyOf: [schemaOfField(field), { type: 'null' }] };
}

function isList(field: BaoField): field is ListFieldClass {
  return field instanceof ListFieldClass;
}

function isText(field: BaoField): field is StringFieldClass {
  return field instanceof StringFieldClass;
}

function mapSchema(members: MemberMap): JsonSchema {
  const required = [...members].filter(([, field]) => field.required && (field.defaultValue ?? null) === null).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(Array.from(members, ([name, field]) => [name, orNull(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function listSchema({ element, options: { minItems, maxItems } }: ListFieldClass): JsonSchema {
  return {
    type: 'array',
    items: schemaOfField(element),
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function textLimits({ minLength, maxLength, pattern, values, required }: StringFieldClass): JsonSchema {
  const shortest = Math.max(minLength, required ? 1 : 0);
  return {
    ...(shortest === 0 ? {} : { minLength: shortest }),
    ...(maxLength === null ? {} : { maxLength }),
    ...(pattern === null ? {} : { pattern: pattern.source }),
    ...(values === null ? {} : { enum: values }),
  };
}

/** The limits stand where the number does: a form may have text for what is no number of JSON. */
function withLimits(schema: JsonSchema, { minimum, maximum }: NumberFieldOptions): JsonSchema {
  const limits = { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
  const { anyOf } = schema;
  if (!Array.isArray(anyOf)) return { ...schema, ...limits };
  return { ...schema, anyOf: anyOf.map((form: JsonSchema) => (form['type'] === 'integer' ? { ...form, ...limits } : form)) };
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
  const parts = json.map((part: unknown, at) => [String(at), formOfField(element).fromJson(part)] as const);
  return together(parts, (values) => values.map(([, value]) => value));
}

function partFromJson(field: BaoField, json: unknown): FromJson {
  if (json !== null) return formOfField(field).fromJson(json);
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
