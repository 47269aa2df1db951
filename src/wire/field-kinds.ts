/** The kinds of fields a model may have. One JSON form belongs to each (`json-forms.ts`). */
export const FIELD_KINDS = [
  'string',
  'integer',
  'float',
  'boolean',
  'date-time',
  'create-date',
  'modified-date',
  'version',
  'ulid',
  'related',
  'counter',
  'binary',
  'ttl',
  'string-set',
  'map',
  'list',
  'json',
] as const;

export type FieldKind = (typeof FIELD_KINDS)[number];
