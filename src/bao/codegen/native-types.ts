/** Which TypeScript types the fields of a model have, as they are read, created and updated. */
import { MODEL_PREFIX } from '../constants.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { FieldDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import { FIELD_TYPES } from './field-types.ts';

/** What a field is read as. */
const READ_TYPES: Readonly<Record<FieldKind, string>> = {
  string: 'string',
  integer: 'number | bigint',
  float: 'number',
  boolean: 'boolean',
  'date-time': 'Date',
  'create-date': 'Date',
  'modified-date': 'Date',
  version: 'string',
  ulid: 'string',
  related: 'string',
  counter: 'number | bigint',
  binary: 'Uint8Array',
  ttl: 'Date',
  'string-set': 'Set<string>',
};

/** What a field takes, where that is more than what it is read as. */
const WRITE_TYPES: Readonly<Partial<Record<FieldKind, string>>> = {
  'date-time': 'Date | number | string',
  'create-date': 'Date | number | string',
  ttl: 'Date | number | string',
  'string-set': 'ReadonlySet<string> | readonly string[]',
};

/** Kinds that answer their default value where a row has none. */
const KINDS_READ_WITH_DEFAULT: ReadonlySet<FieldKind> = new Set(['integer', 'float', 'boolean']);
/** Kinds that only the layer writes after an object was created. */
const KINDS_NEVER_UPDATED: ReadonlySet<FieldKind> = new Set(['create-date', 'modified-date', 'version']);
/** Kinds that only the layer writes. */
const KINDS_NEVER_GIVEN: ReadonlySet<FieldKind> = new Set(['modified-date', 'version']);

/** One property of an object type: its name, `?` or nothing, and its type. */
export interface PropertyType {
  name: string;
  isOptional: boolean;
  type: string;
}

/** Every field as it is read; null stands for an optional field that is not set. */
export function attributeTypes(model: ModelDefinition): PropertyType[] {
  return [...model.fields.values()].map((field) => {
    const isNullable = !isAlwaysSet(field, model) && !isReadWithDefault(field);
    return { name: field.name, isOptional: false, type: isNullable ? `${READ_TYPES[field.kind]} | null` : READ_TYPES[field.kind] };
  });
}

/** What `create` takes. */
export function createTypes(model: ModelDefinition): PropertyType[] {
  return [...model.fields.values()]
    .filter((field) => !KINDS_NEVER_GIVEN.has(field.kind))
    .map((field) => {
      const fillsItself = isAutomatic(field) || field.options.has('defaultValue');
      const isOptional = fillsItself || !isAlwaysSet(field, model);
      return { name: field.name, isOptional, type: isOptional ? `${writeType(field)} | null | undefined` : writeType(field) };
    });
}

/** What `update` takes: any part of what may change, and null for what may be cleared. */
export function updateTypes(model: ModelDefinition): PropertyType[] {
  return [...model.fields.values()]
    .filter((field) => !KINDS_NEVER_UPDATED.has(field.kind) && !isKeyField(field, model.primaryKey))
    .map((field) => {
      // DynamoDB itself adds "+1" to a counter.
      const type = field.kind === 'counter' ? `${writeType(field)} | \`+\${number}\` | \`-\${number}\`` : writeType(field);
      return { name: field.name, isOptional: true, type: `${type}${isAlwaysSet(field, model) ? '' : ' | null'} | undefined` };
    });
}

/** What the field takes as a part of a key: of its own model's, or in a query. */
export function keyPartType(part: string, model: ModelDefinition): string {
  const field = model.fields.get(part);
  return field === undefined ? 'string' : writeType(field);
}

/** The fields of a key, without `modelPrefix`. */
export function keyFields(key: KeyDefinition): string[] {
  return [key.partitionKey, key.sortKey].filter((part) => part !== MODEL_PREFIX);
}

function writeType(field: FieldDefinition): string {
  if (field.kind === 'related') return 'string | { getPrimaryId(): string }';
  return WRITE_TYPES[field.kind] ?? READ_TYPES[field.kind];
}

function isKeyField(field: FieldDefinition, key: KeyDefinition): boolean {
  return field.name === key.partitionKey || field.name === key.sortKey;
}

function isAutomatic(field: FieldDefinition): boolean {
  return FIELD_TYPES[field.type]?.isAutomatic === true || field.options.get('autoAssign') === true;
}

/** True for fields that every stored object has. */
function isAlwaysSet(field: FieldDefinition, model: ModelDefinition): boolean {
  const isForced = KINDS_NEVER_UPDATED.has(field.kind) || field.kind === 'ulid';
  return field.required || isForced || isKeyField(field, model.primaryKey);
}

function isReadWithDefault(field: FieldDefinition): boolean {
  if (field.kind === 'string-set' || field.kind === 'counter') return true;
  return KINDS_READ_WITH_DEFAULT.has(field.kind) && field.options.has('defaultValue');
}
