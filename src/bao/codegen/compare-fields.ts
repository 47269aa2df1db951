/** What changes of fields mean for rows that are there. */
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { Tell } from './compare-models.ts';
import type { FieldDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';

type Form = 'text' | 'whole numbers' | 'fractions' | 'truth values' | 'bytes' | 'sets' | 'maps' | 'lists' | 'JSON' | 'seconds';

/** How values are stored: those of one form are read by all its kinds. */
const FORMS: Readonly<Record<FieldKind, Form>> = {
  string: 'text',
  version: 'text',
  ulid: 'text',
  related: 'text',
  integer: 'whole numbers',
  counter: 'whole numbers',
  'date-time': 'whole numbers',
  'create-date': 'whole numbers',
  'modified-date': 'whole numbers',
  float: 'fractions',
  boolean: 'truth values',
  binary: 'bytes',
  'string-set': 'sets',
  map: 'maps',
  list: 'lists',
  json: 'JSON',
  ttl: 'seconds',
};

/** How the parts of a key are written, by the kinds of their fields. */
export function keyFormOf({ fields }: ModelDefinition, { partitionKey, sortKey }: KeyDefinition): string {
  return [partitionKey, sortKey].flatMap((part) => formOf(fields.get(part)) ?? []).join(' and ');
}

/** Tells what fields have become. A model whose `schemaVersion` is higher brings its rows up to date itself. */
export function compareFields(before: ModelDefinition, after: ModelDefinition, tell: Tell): void {
  const isUpcast = after.schemaVersion > before.schemaVersion;
  for (const [name, field] of after.fields) {
    const same = before.fields.get(name);
    const [was, is] = [formOf(same), formOf(field)];
    if (same !== undefined && was !== is && !isUpcast)
      tell(
        'breaks',
        field.at,
        `${name} was of ${was}, and is of ${is}: raise schemaVersion, and bring rows that are there up to date by an upcaster`,
      );
    const isNeeded = field.required && !isFilledIn(field) && same?.required !== true;
    if (isNeeded && !isUpcast)
      tell(
        'backfill',
        field.at,
        `${name} is required now: rows without it are read, and refuse changes until backfill(${after.name}, { change }) has set it`,
      );
  }
  for (const name of before.fields.keys())
    if (!after.fields.has(name)) tell('clients', after.at, `the field ${name} is gone: rows that are there keep it, unseen`);
}

function isFilledIn({ rules, options }: FieldDefinition): boolean {
  return rules.isAutomatic || options.has('defaultValue') || options.has('autoAssign');
}

function formOf(field: FieldDefinition | undefined): Form | null {
  return field === undefined ? null : FORMS[field.kind];
}
