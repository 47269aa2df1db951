/** The field types a definitions file may name, and the options each one takes. */
import type { FieldKind } from '../../wire/field-kinds.ts';

/** What a YAML value has to be: for options, and for the default values of a type. */
export type ValueRule = 'boolean' | 'text' | 'integer' | 'number' | 'positive' | 'count' | 'digits' | 'date' | 'pattern' | 'words';

export interface FieldType {
  kind: FieldKind;
  /** the specifier of the module that exports the factory; absent for the layer's own */
  module?: string;
  /** the options besides `required`, `defaultValue` and, of a RelatedField, `model` */
  options: Readonly<Record<string, ValueRule>>;
  /** whether a field of the application's own, with these options, reads as a value while it is unset; absent: its kind says it */
  readsUnset?: (options: Readonly<Record<string, unknown>>) => boolean;
  /** what a default value has to be; null: the type takes none */
  defaultValue: ValueRule | null;
  /** whether it is set without being given, so that it is always there and need not be given on create */
  isAutomatic: boolean;
  /** `index`: may be part of an index but not of the primary key, because every write changes it */
  keyUse: 'any' | 'index' | 'none';
}

const LIMITS = { minimum: 'number', maximum: 'number' } as const;
const INTEGER_LIMITS = { minimum: 'integer', maximum: 'integer' } as const;

/** By the name of the factory in `fields`. */
export const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  StringField: {
    kind: 'string',
    options: { minLength: 'count', maxLength: 'positive', pattern: 'pattern', enum: 'words' },
    defaultValue: 'text',
    isAutomatic: false,
    keyUse: 'any',
  },
  IntegerField: { kind: 'integer', options: INTEGER_LIMITS, defaultValue: 'integer', isAutomatic: false, keyUse: 'any' },
  FloatField: { kind: 'float', options: { precision: 'digits', ...LIMITS }, defaultValue: 'number', isAutomatic: false, keyUse: 'any' },
  BooleanField: { kind: 'boolean', options: {}, defaultValue: 'boolean', isAutomatic: false, keyUse: 'any' },
  DateTimeField: { kind: 'date-time', options: {}, defaultValue: 'date', isAutomatic: false, keyUse: 'any' },
  CreateDateField: { kind: 'create-date', options: {}, defaultValue: null, isAutomatic: true, keyUse: 'any' },
  ModifiedDateField: { kind: 'modified-date', options: {}, defaultValue: null, isAutomatic: true, keyUse: 'index' },
  VersionField: { kind: 'version', options: {}, defaultValue: null, isAutomatic: true, keyUse: 'index' },
  UlidField: { kind: 'ulid', options: { autoAssign: 'boolean' }, defaultValue: null, isAutomatic: false, keyUse: 'any' },
  RelatedField: { kind: 'related', options: {}, defaultValue: 'text', isAutomatic: false, keyUse: 'any' },
  CounterField: { kind: 'counter', options: INTEGER_LIMITS, defaultValue: 'integer', isAutomatic: true, keyUse: 'index' },
  BinaryField: { kind: 'binary', options: {}, defaultValue: null, isAutomatic: false, keyUse: 'none' },
  TtlField: { kind: 'ttl', options: {}, defaultValue: null, isAutomatic: false, keyUse: 'none' },
  StringSetField: {
    kind: 'string-set',
    options: { maxStringLength: 'positive', maxMemberCount: 'positive' },
    defaultValue: null,
    isAutomatic: false,
    keyUse: 'none',
  },
  MapField: { kind: 'map', options: {}, defaultValue: null, isAutomatic: false, keyUse: 'none' },
  ListField: { kind: 'list', options: { minItems: 'count', maxItems: 'positive' }, defaultValue: null, isAutomatic: false, keyUse: 'none' },
  JsonField: { kind: 'json', options: {}, defaultValue: null, isAutomatic: false, keyUse: 'none' },
};

/** Kinds that cannot be a part of a nested field: they fill themselves in, or are DynamoDB's own. */
export const KINDS_OF_ROWS_ONLY: ReadonlySet<FieldKind> = new Set(['create-date', 'modified-date', 'version', 'counter', 'ttl']);

/** A day, or a time with its zone: one without would be another instant on another machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** The words of a message for what a rule accepts. */
export const RULE_WORDS: Readonly<Record<ValueRule, string>> = {
  boolean: 'true or false',
  text: 'a string',
  integer: 'a whole number',
  number: 'a number',
  positive: 'a whole number of 1 or more',
  count: 'a whole number of 0 or more',
  digits: 'a whole number from 0 to 100',
  date: 'a date in ISO 8601 ("2026-11-20", "2026-11-20T08:00:00Z") or milliseconds since 1970',
  pattern: 'a regular expression (JavaScript, without slashes)',
  words: 'a list of strings that differ',
};

/** True when a scalar of a definitions file, or a list of scalars, satisfies the rule. */
export function satisfies(rule: ValueRule, value: unknown): boolean {
  switch (rule) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'positive':
      return Number.isSafeInteger(value) && Number(value) >= 1;
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'pattern':
      return typeof value === 'string' && isPattern(value);
    case 'words':
      return (
        Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string') && new Set(value).size === value.length
      );
    case 'digits':
      return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 100;
    case 'date':
      return Number.isSafeInteger(value) || (typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)));
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false; // not what the field could use
  }
}
