/** Reads the block `fields:` of a model. */
import type { FieldDefinition, Literal } from './definitions.ts';
import { FIELD_TYPES, type FieldType, RULE_WORDS, satisfies, type ValueRule } from './field-types.ts';
import { asMap, describe, type MapReader, suggestion } from './map-reader.ts';
import { whyNotAFieldName } from './names.ts';
import type { IssueList, SourceEntry } from './source.ts';

/**
 * The fields of a model by name, in the order of the file. What is wrong is reported and left out.
 *
 * @param defaultType the type of a field that names none; undefined: the type is required
 */
export function parseFields(block: MapReader, defaultType: string | undefined, issues: IssueList): Map<string, FieldDefinition> {
  const fields = new Map<string, FieldDefinition>();
  for (const [name, entry] of block.entries()) {
    const reason = whyNotAFieldName(name);
    if (reason !== null) issues.error(entry.at, `${block.what}: "${name}" can be no field; ${reason}`);
    const field = parseField(name, entry, block.what, defaultType, issues);
    if (field !== null && reason === null) fields.set(name, field);
  }
  return fields;
}

function parseField(
  name: string,
  entry: SourceEntry,
  owner: string,
  defaultType: string | undefined,
  issues: IssueList,
): FieldDefinition | null {
  const reader = asMap(entry, `${owner}: field "${name}"`, issues);
  if (reader === null) return null;
  const typeName = reader.entry('type') === undefined ? defaultType : reader.text('type')?.value;
  if (typeName === undefined) {
    if (reader.entry('type') === undefined) reader.missing('type', `one of ${Object.keys(FIELD_TYPES).join(', ')}`);
    return null;
  }
  const type = Object.hasOwn(FIELD_TYPES, typeName) ? FIELD_TYPES[typeName] : undefined;
  if (type === undefined) {
    const at = reader.entry('type')?.value.at ?? entry.at;
    issues.error(at, `${reader.what}: unknown type "${typeName}"; ${suggestion(typeName, Object.keys(FIELD_TYPES))}`);
    return null;
  }
  return { ...readField(name, typeName, type, reader, issues), at: entry.at };
}

function readField(name: string, typeName: string, type: FieldType, reader: MapReader, issues: IssueList): Omit<FieldDefinition, 'at'> {
  const options = new Map<string, Literal>();
  const required = reader.boolean('required')?.value ?? false;
  for (const [option, rule] of Object.entries(type.options)) readOption(option, rule, reader, options, issues);
  if (type.defaultValue !== null) readOption('defaultValue', type.defaultValue, reader, options, issues);
  else if (reader.entry('defaultValue') !== undefined) {
    issues.error(reader.entry('defaultValue')?.at ?? reader.at, `${reader.what}: a ${typeName} takes no "defaultValue"`);
  }
  const model = type.kind === 'related' ? reader.text('model') : undefined;
  if (type.kind === 'related' && reader.entry('model') === undefined) reader.missing('model', 'the name of the model it points to');
  checkTtlName(name, type, reader, issues);
  reader.finish();
  return {
    name,
    type: typeName,
    kind: type.kind,
    required,
    options,
    model: model === undefined ? null : { name: model.value, at: model.at },
  };
}

function readOption(option: string, rule: ValueRule, reader: MapReader, options: Map<string, Literal>, issues: IssueList): void {
  const entry = reader.entry(option);
  if (entry === undefined) return;
  const { value } = entry;
  if (value.kind === 'scalar' && value.value !== null && satisfies(rule, value.value)) {
    options.set(option, value.value);
    return;
  }
  issues.error(value.at, `${reader.what}: "${option}" expected ${RULE_WORDS[rule]}, got ${describe(value)}`);
}

function checkTtlName(name: string, type: FieldType, reader: MapReader, issues: IssueList): void {
  if (type.kind === 'ttl' && name !== 'ttl') {
    issues.error(reader.at, `${reader.what}: a TtlField must be named "ttl", the attribute that the table expires rows by`);
  }
  if (type.kind !== 'ttl' && name === 'ttl') {
    issues.warning(reader.at, `${reader.what}: the table expires rows by the attribute "ttl", and this is no TtlField`);
  }
}
