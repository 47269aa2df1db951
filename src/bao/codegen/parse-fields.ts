/** Reads the block `fields:` of a model. */
import { checkOptions } from './check-options.ts';
import type { FieldDefinition, Literal } from './definitions.ts';
import { type FieldType, KINDS_OF_ROWS_ONLY, RULE_WORDS, satisfies, type ValueRule } from './field-types.ts';
import { asMap, describe, type MapReader, suggestion } from './map-reader.ts';
import { whyNotAFieldName } from './names.ts';
import type { IssueList, SourceEntry, SourceValue } from './source.ts';

type FieldTypes = Readonly<Record<string, FieldType>>;

/** What can stand in a path to it. */
const MEMBER_NAME = /^[A-Za-z_][\w-]*$/;

/**
 * The fields of a model by name, in the order of the file. What is wrong is reported and left out.
 *
 * @param defaultType the type of a field that names none; undefined: the type is required
 */
export function parseFields(
  block: MapReader,
  defaultType: string | undefined,
  types: FieldTypes,
  issues: IssueList,
): Map<string, FieldDefinition> {
  const fields = new Map<string, FieldDefinition>();
  for (const [name, entry] of block.entries()) {
    const reason = whyNotAFieldName(name);
    if (reason !== null) issues.error(entry.at, `${block.what}: "${name}" can be no field; ${reason}`);
    const field = parseField(name, entry, block.what, defaultType, types, issues);
    if (field !== null && reason === null) fields.set(name, field);
  }
  return fields;
}

function parseField(
  name: string,
  entry: SourceEntry,
  owner: string,
  defaultType: string | undefined,
  types: FieldTypes,
  issues: IssueList,
): FieldDefinition | null {
  const reader = asMap(entry, `${owner}: field "${name}"`, issues);
  if (reader === null) return null;
  const typeName = reader.entry('type') === undefined ? defaultType : reader.text('type')?.value;
  if (typeName === undefined) {
    if (reader.entry('type') === undefined) reader.missing('type', `one of ${Object.keys(types).join(', ')}`);
    return null;
  }
  const type = Object.hasOwn(types, typeName) ? types[typeName] : undefined;
  if (type === undefined) {
    const at = reader.entry('type')?.value.at ?? entry.at;
    issues.error(
      at,
      `${reader.what}: unknown type "${typeName}"; ${suggestion(typeName, Object.keys(types))} (for one of your own, --fields names the folder it is in)`,
    );
    return null;
  }
  return { ...readField(name, typeName, type, reader, types, issues), at: entry.at };
}

function readField(
  name: string,
  typeName: string,
  type: FieldType,
  reader: MapReader,
  types: FieldTypes,
  issues: IssueList,
): Omit<FieldDefinition, 'at'> {
  const options = new Map<string, Literal>();
  const required = reader.boolean('required')?.value ?? false;
  for (const [option, rule] of Object.entries(type.options)) readOption(option, rule, reader, options, issues);
  if (type.defaultValue !== null) readOption('defaultValue', type.defaultValue, reader, options, issues);
  else if (type.module !== undefined) readCustomOptions(reader, options, issues);
  else if (reader.entry('defaultValue') !== undefined) {
    issues.error(reader.entry('defaultValue')?.at ?? reader.at, `${reader.what}: a ${typeName} takes no "defaultValue"`);
  }
  if (type.module === undefined) checkOptions(options, reader, issues);
  const model = type.kind === 'related' ? reader.text('model') : undefined;
  if (type.kind === 'related' && reader.entry('model') === undefined) reader.missing('model', 'the name of the model it points to');
  checkTtlName(name, type, reader, issues);
  const members = type.kind === 'map' && type.module === undefined ? parseMembers(reader, types, issues) : null;
  const element = type.kind === 'list' && type.module === undefined ? parseElement(reader, types, issues) : null;
  reader.finish();
  return {
    name,
    type: typeName,
    rules: type,
    kind: type.kind,
    required,
    options,
    model: model === undefined ? null : { name: model.value, at: model.at },
    members,
    element,
  };
}

/** A field of the application's own takes whatever options it likes. */
function readCustomOptions(reader: MapReader, options: Map<string, Literal>, issues: IssueList): void {
  for (const [option, { value }] of reader.entries()) {
    if (['type', 'required', 'model'].includes(option)) continue;
    reader.entry(option);
    if (value.kind === 'scalar' && value.value !== null) options.set(option, value.value);
    else issues.error(value.at, `${reader.what}: "${option}" expected a string, a number, true or false, got ${describe(value)}`);
  }
}

function readOption(option: string, rule: ValueRule, reader: MapReader, options: Map<string, Literal>, issues: IssueList): void {
  const entry = reader.entry(option);
  if (entry === undefined) return;
  const { value } = entry;
  const read = literalOf(value);
  if (read !== null && satisfies(rule, read)) {
    options.set(option, read);
    return;
  }
  issues.error(value.at, `${reader.what}: "${option}" expected ${RULE_WORDS[rule]}, got ${describe(value)}`);
}

/** A scalar, or a list of strings. */
function literalOf(value: SourceValue): Literal | null {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'map') return null;
  const words = value.items.flatMap((item) => (item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : []));
  return words.length === value.items.length ? words : null;
}

/** The block `fields:` of a MapField. */
function parseMembers(map: MapReader, types: FieldTypes, issues: IssueList): Map<string, FieldDefinition> {
  const block = map.map('fields');
  if (block === null) {
    if (map.entry('fields') === undefined) map.missing('fields', 'the fields of its members');
    return new Map();
  }
  const members = new Map<string, FieldDefinition>();
  for (const [name, entry] of block.entries()) {
    if (!MEMBER_NAME.test(name))
      issues.error(entry.at, `${block.what}: "${name}" can be no member; expected letters, digits, "_" and "-", a letter first`);
    const member = parseField(name, entry, block.what, undefined, types, issues);
    if (member !== null) members.set(name, checkPart(member, map, issues));
  }
  return members;
}

/** The block `of:` of a ListField. */
function parseElement(list: MapReader, types: FieldTypes, issues: IssueList): FieldDefinition | null {
  const entry = list.entry('of');
  if (entry === undefined) list.missing('of', 'the field of its elements: { type: StringField }');
  const element = entry === undefined ? null : parseField('of', entry, list.what, undefined, types, issues);
  return element && checkPart(element, list, issues);
}

function checkPart(part: FieldDefinition, owner: MapReader, issues: IssueList): FieldDefinition {
  if (KINDS_OF_ROWS_ONLY.has(part.kind) || part.options.get('autoAssign') === true)
    issues.error(part.at, `${owner.what}: a ${part.type} that fills itself in can be no part of another field`);
  return part;
}

function checkTtlName(name: string, type: FieldType, reader: MapReader, issues: IssueList): void {
  if (type.kind === 'ttl' && name !== 'ttl') {
    issues.error(reader.at, `${reader.what}: a TtlField must be named "ttl", the attribute that the table expires rows by`);
  }
  if (type.kind !== 'ttl' && name === 'ttl') {
    issues.warning(reader.at, `${reader.what}: the table expires rows by the attribute "ttl", and this is no TtlField`);
  }
}
