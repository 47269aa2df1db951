/** Reads `searchable:` of a model. The texts are dynamo-bao's, which applications match on. */
import type { FieldDefinition, SearchDefinition } from './definitions.ts';
import type { MapReader } from './map-reader.ts';
import type { IssueList, Position, SourceEntry, SourceValue } from './source.ts';

const OPTIONS = ['fields', 'caseSensitive', 'minTermLength', 'dedupe'];

/** What is searched and how, or null when the model is not searchable or what it says is wrong. */
export function parseSearch(model: MapReader, fields: ReadonlyMap<string, FieldDefinition>, issues: IssueList): SearchDefinition | null {
  const entry = model.entry('searchable');
  if (entry === undefined) return null;
  const { value } = entry;
  if (value.kind === 'scalar' && value.value === false) return null;
  if (value.kind === 'scalar' && value.value === true) {
    issues.error(value.at, `${model.what}: \`searchable: true\` is not supported. Provide an object with \`fields\` instead.`);
    return null;
  }
  if (value.kind !== 'map') {
    issues.error(value.at, `${model.what}: \`searchable\` must be either a boolean or an object`);
    return null;
  }
  return readSearch(model.what, value.entries, value.at, fields, issues);
}

function readSearch(
  what: string,
  entries: ReadonlyMap<string, SourceEntry>,
  at: Position,
  fields: ReadonlyMap<string, FieldDefinition>,
  issues: IssueList,
): SearchDefinition {
  const search: SearchDefinition = { fields: searchedFields(what, entries.get('fields')?.value, at, fields, issues) };
  for (const [key, { value, at: keyAt }] of entries) {
    const literal = value.kind === 'scalar' ? value.value : undefined;
    if (!OPTIONS.includes(key)) issues.error(keyAt, `${what}: \`searchable\` has unknown option "${key}"`);
    else if (key === 'minTermLength') {
      if (Number.isSafeInteger(literal) && Number(literal) >= 1) search.minTermLength = Number(literal);
      else issues.error(value.at, `${what}: \`searchable.minTermLength\` must be a positive integer`);
    } else if (key === 'caseSensitive' || key === 'dedupe') {
      if (typeof literal === 'boolean') search[key] = literal;
      else issues.error(value.at, `${what}: \`searchable.${key}\` must be a boolean`);
    }
  }
  return search;
}

function searchedFields(
  what: string,
  value: SourceValue | undefined,
  at: Position,
  fields: ReadonlyMap<string, FieldDefinition>,
  issues: IssueList,
): string[] {
  if (value?.kind !== 'list' || value.items.length === 0) {
    issues.error(value?.at ?? at, `${what}: \`searchable.fields\` must be a non-empty array`);
    return [];
  }
  return value.items.flatMap((item) => {
    const name = item.kind === 'scalar' ? String(item.value) : '';
    const field = fields.get(name);
    if (field?.kind === 'string') return [name];
    if (field === undefined) issues.error(item.at, `${what}: \`searchable.fields\` references "${name}" but that field is not defined`);
    else issues.error(item.at, `${what}: \`searchable.fields\` entry "${name}" must be a StringField, got ${field.type}`);
    return [];
  });
}
