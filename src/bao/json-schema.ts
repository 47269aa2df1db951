/** A model as JSON Schema: what its objects are in JSON, and what writes of them take. */
import type { JsonSchema } from '../wire/route.ts';
import { jsonFormOf } from '../wire/json-forms.ts';
import type { JsonForm } from '../wire/json-forms.ts';
import { fieldAt } from './document-path.ts';
import type { BaoField } from './fields/field.ts';
import { formOfField, orNull, schemaOfField } from './fields/json-forms.ts';
import { isNeeded } from './json-input.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';

/** `read`: an object in answers. The others: the body of a create, a replace, an update. */
export type JsonSchemaUse = 'read' | 'create' | 'replace' | 'update';

/** Which fields a schema is about. */
export interface ShownPart {
  shows(field: string): boolean;
  /** of those that the model demands, whether it is demanded here */
  requires(field: string): boolean;
}

const WHOLE: ShownPart = { shows: () => true, requires: () => true };

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The JSON Schema (2020-12) of a model, as plain data with no references. What it accepts `parseJson` accepts in the same mode, but for
 * checks that JSON Schema has no words for: those of Standard Schemas whose library does not describe them, and limits of bytes. An update
 * may also name parts of nested fields by their paths, and have operators in the place of values.
 *
 * @param part default: all fields
 */
export function jsonSchemaOf(model: ModelClass, use: JsonSchemaUse, part: ShownPart = WHOLE): JsonSchema {
  const { name, fields, keyFields } = definitionOf(model);
  const keyNames = new Set(keyFields.map((key) => key.name));
  const shown = [...fields].filter(([field, { isReadOnly }]) => {
    if (!part.shows(field)) return false;
    if (use === 'read' || use === 'replace') return true; // what was read can be put back
    return !isReadOnly && !(use === 'update' && keyNames.has(field));
  });
  const needed = shown.filter(([, field]) => (use === 'read' ? field.required : use !== 'update' && isNeeded(field)));
  const required = needed.filter(([field]) => part.requires(field));
  const nested = shown.filter(([, { parts }]) => parts !== null).map(([field]) => field);
  return {
    $schema: DIALECT,
    title: use === 'read' ? name : `${name} (${use})`,
    type: 'object',
    properties: Object.fromEntries(shown.map(([field, value]) => [field, use === 'read' ? readSchema(value) : writeSchema(value, use)])),
    ...(required.length === 0 ? {} : { required: required.map(([field]) => field) }),
    ...(use === 'update' && nested.length > 0 ? { patternProperties: { [`^(?:${nested.map(escaped).join('|')})[.[]`]: {} } } : {}),
    additionalProperties: false,
  };
}

/** The JSON form of a field, or of the part of one that a path names ("address.city"); null when the model has neither. */
export function jsonFormAt(model: ModelClass, name: string): JsonForm | null {
  const part = fieldAt(definitionOf(model).fields, name);
  return part && formOfField(part.field);
}

function readSchema(field: BaoField): JsonSchema {
  // A counter is written as an increment, too, and read as what it counts.
  const schema = field.kind === 'counter' ? jsonFormOf('integer').schema : schemaOfField(field);
  return field.isReadOnly ? { ...schema, readOnly: true } : schema;
}

function writeSchema(field: BaoField, use: 'create' | 'replace' | 'update'): JsonSchema {
  const { defaultValue } = field;
  const isPlain = defaultValue !== undefined && defaultValue !== null && typeof defaultValue !== 'function';
  if (field.isReadOnly) return readSchema(field);
  if (use === 'update') return withOperators(field);
  return { ...orNull(field), ...(isPlain ? { default: field.toJson(defaultValue) } : {}) };
}

/** A value of the field, or an operator that DynamoDB applies to the stored one. */
function withOperators(field: BaoField): JsonSchema {
  const operators = operandsOf(field).map(([operator, operand]) => {
    return { type: 'object', properties: { [operator]: operand }, required: [operator], additionalProperties: false };
  });
  if (operators.length === 0) return orNull(field);
  return { anyOf: [schemaOfField(field), ...(field.required ? [] : [{ type: 'null' }]), ...operators] };
}

function operandsOf(field: BaoField): [operator: string, operand: JsonSchema][] {
  const some = { ...schemaOfField(field), minItems: 1 };
  switch (field.kind) {
    case 'integer':
    case 'counter':
      return [['$add', { type: 'integer' }]];
    case 'float':
      return [['$add', { type: 'number' }]];
    case 'string-set':
      return [
        ['$add', some],
        ['$delete', some],
      ];
    case 'list':
      return [
        ['$append', some],
        ['$prepend', some],
        ['$remove', { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 }],
      ];
    default:
      return [];
  }
}

/** A name inside a regular expression. */
function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
