/** Which TypeScript types the fields of a model have, as they are read, created and updated. */
import { MODEL_PREFIX } from '../constants.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { FieldDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import type { ImportList } from './import-list.ts';
import { propertyName, quoted } from './literals.ts';
import { isPattern, type NestedPart, partsOf, withParts } from './nested-fields.ts';

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
  map: 'Record<string, unknown>',
  list: 'unknown[]',
  json: 'unknown',
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
  /** with `isPattern` what stands in a template literal type */
  name: string;
  isPattern?: boolean;
  isOptional: boolean;
  type: string;
}

/** Every field as it is read; null stands for an optional field that is not set. */
export function attributeTypes(model: ModelDefinition): PropertyType[] {
  return [...model.fields.values()].map((field) => {
    const isNullable = !isAlwaysSet(field, model) && !isReadWithDefault(field);
    return { name: field.name, isOptional: false, type: isNullable ? orNull(readType(field)) : readType(field) };
  });
}

/** The parts of nested fields by path, as filters compare them. */
export function partTypes(model: ModelDefinition): PropertyType[] {
  return partsOf(model.fields.values()).map((part) => {
    const type = part.field === null ? 'unknown' : orNull(readType(part.field));
    return { name: part.path, isPattern: isPattern(part), isOptional: false, type };
  });
}

/** What the types of a model's file are made of, where it has fields of the application's own: by the specifier of each module. */
export function importFieldTypes(model: ModelDefinition, types: string, bao: string, imports: ImportList): void {
  for (const helper of ['InputOf', 'ValueOf']) if (types.includes(`${helper}<typeof `)) imports.type(bao, helper);
  for (const { rules, type } of withParts(model.fields.values())) if (rules.module !== undefined) imports.type(rules.module, type);
}

/** What `create` takes. */
export function createTypes(model: ModelDefinition): PropertyType[] {
  return [...model.fields.values()]
    .filter((field) => !KINDS_NEVER_GIVEN.has(field.kind))
    .map((field) => {
      const fillsItself = isAutomatic(field) || field.options.has('defaultValue');
      const isOptional = fillsItself || !isAlwaysSet(field, model);
      return { name: field.name, isOptional, type: isOptional ? orUndefined(orNull(writeType(field))) : writeType(field) };
    });
}

/** What `update` takes: any part of what may change, and null for what may be cleared. */
export function updateTypes(model: ModelDefinition): PropertyType[] {
  const changed = [...model.fields.values()]
    .filter((field) => !KINDS_NEVER_UPDATED.has(field.kind) && !isKeyField(field, model.primaryKey))
    .map((field): PropertyType => {
      // DynamoDB itself adds "+1" to a counter.
      const type = field.kind === 'counter' ? `${writeType(field)} | \`+\${number}\` | \`-\${number}\`` : writeType(field);
      return { name: field.name, isOptional: true, type: orUndefined(isAlwaysSet(field, model) ? type : orNull(type)) };
    });
  return [...changed, ...partsOf(model.fields.values()).map(changedPart)];
}

function changedPart(part: NestedPart): PropertyType {
  const { path: name, field } = part;
  const type = field === null ? 'unknown' : orUndefined(field.required || name.endsWith(']') ? writeType(field) : orNull(writeType(field)));
  // An element is not cleared but taken out of its list. A pattern has no question mark: what matches it may be there or not.
  return { name, isPattern: isPattern(part), isOptional: !isPattern(part), type };
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

function readType(field: FieldDefinition): string {
  const { kind, members, element } = field;
  if (field.rules.module !== undefined) return `ValueOf<typeof ${field.type}>`;
  if (members !== null)
    return objectOf(members, (member) => [member.name, isReadUnset(member) ? orNull(readType(member)) : readType(member)]);
  if (element !== null) return `${inBrackets(readType(element))}[]`;
  return kind === 'string' ? (wordsOf(field) ?? READ_TYPES[kind]) : READ_TYPES[kind];
}

function writeType(field: FieldDefinition): string {
  const { members, element } = field;
  if (field.rules.module !== undefined) return `InputOf<typeof ${field.type}>`;
  if (members !== null) {
    return objectOf(members, (member) => {
      const isNeeded = member.required && !member.options.has('defaultValue');
      return isNeeded ? [member.name, writeType(member)] : [`${member.name}?`, orUndefined(orNull(writeType(member)))];
    });
  }
  if (element !== null) return `readonly ${inBrackets(writeType(element))}[]`;
  if (field.kind === 'string') return wordsOf(field) ?? READ_TYPES.string;
  if (field.kind === 'related') return 'string | { getPrimaryId(): string }';
  return WRITE_TYPES[field.kind] ?? READ_TYPES[field.kind];
}

function isKeyField(field: FieldDefinition, key: KeyDefinition): boolean {
  return field.name === key.partitionKey || field.name === key.sortKey;
}

function isAutomatic(field: FieldDefinition): boolean {
  return field.rules.isAutomatic || field.options.get('autoAssign') === true;
}

/** True for fields that every stored object has. */
function isAlwaysSet(field: FieldDefinition, model: ModelDefinition): boolean {
  const isForced = KINDS_NEVER_UPDATED.has(field.kind) || field.kind === 'ulid';
  return field.required || isForced || isKeyField(field, model.primaryKey);
}

function isReadWithDefault(field: FieldDefinition): boolean {
  const { readsUnset } = field.rules;
  if (readsUnset !== undefined) return readsUnset(Object.fromEntries(field.options));
  if (field.kind === 'string-set' || field.kind === 'counter' || field.kind === 'list') return true;
  // Unset it reads as the defaults of its members, where they make a whole value.
  if (field.members !== null) {
    const members = [...field.members.values()];
    return members.some(hasDefault) && members.every((member) => !member.required || hasDefault(member));
  }
  return KINDS_READ_WITH_DEFAULT.has(field.kind) && field.options.has('defaultValue');
}

/** Whether a member of a map reads as null while it is not set. */
function isReadUnset(member: FieldDefinition): boolean {
  return !member.required && !isReadWithDefault(member);
}

function hasDefault(field: FieldDefinition): boolean {
  return field.options.has('defaultValue');
}

/** The values of a text that has a list of them. */
function wordsOf({ options }: FieldDefinition): string | null {
  const words = options.get('enum');
  return Array.isArray(words) ? words.map((word: string) => quoted(word)).join(' | ') : null;
}

function objectOf(members: ReadonlyMap<string, FieldDefinition>, property: (member: FieldDefinition) => readonly [string, string]): string {
  const properties = Array.from(members.values(), (member) => {
    const [name, type] = property(member);
    return `${name.endsWith('?') ? `${propertyName(name.slice(0, -1))}?` : propertyName(name)}: ${type}`;
  });
  return `{ ${properties.join('; ')} }`;
}

function inBrackets(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

function orNull(type: string): string {
  return type === 'unknown' ? type : `${type} | null`;
}

function orUndefined(type: string): string {
  return type === 'unknown' ? type : `${type} | undefined`;
}
