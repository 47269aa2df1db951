/** Data for a model from JSON that came from outside: everything that is wrong is said at once, nothing is guessed. */
import type { FieldIssue } from '../lib/errors.ts';
import { describeValue } from '../lib/describe-value.ts';
import type { FromJson } from '../wire/json-forms.ts';
import { fieldAt } from './document-path.ts';
import { ValidationError } from './errors.ts';
import type { BaoField } from './fields/field.ts';
import { formOfField } from './fields/json-forms.ts';
import { pointerOf } from './json-pointer.ts';
import type { ModelDefinition } from './model-definition.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/** `create` and `replace` need every required field; `update` takes some, and null clears an optional one. */
export type JsonInputMode = 'create' | 'replace' | 'update';

/** Native values by field, or what is wrong. */
export type JsonInput = { data: Record<string, unknown> } | { issues: FieldIssue[] };

/** Enough for any form; a body of nothing but mistakes gets an answer of a bounded size. */
const MAX_ISSUES = 50;

/**
 * Reads a body as data of the model. In mode `replace` what only the service sets is checked and not taken, so that what was read can be put back.
 *
 * @param optional fields that need no value although the model demands one: the caller gives them theirs
 */
export function parseJsonInput(
  { fields, keyFields }: ModelDefinition,
  body: unknown,
  mode: JsonInputMode,
  optional: ReadonlySet<string> = new Set(),
): JsonInput {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { issues: [{ path: '', reason: `expected an object, got ${describeValue(body)}` }] };
  }
  const issues: FieldIssue[] = [];
  const data: Record<string, unknown> = {};
  for (const [name, json] of Object.entries(body)) {
    // An update may name a part of a nested field by its path.
    const field = mode === 'update' ? fieldAt(fields, name)?.field : fields.get(name);
    const isKey = keyFields.some((key) => key.name === name);
    const parsed = field ? fieldFromJson(field, json, mode, isKey) : { reason: unknownField(fields), kind: 'unknown_field' as const };
    if ('reason' in parsed) issues.push(...issuesAt(name, parsed));
    else if (!field?.isReadOnly) data[name] = parsed.value;
    if (issues.length >= MAX_ISSUES) return { issues: issues.slice(0, MAX_ISSUES) };
  }
  if (mode !== 'update') issues.push(...missingFields(fields, body, optional));
  return issues.length > 0 ? { issues } : { data };
}

function fieldFromJson(field: BaoField, json: unknown, mode: JsonInputMode, isKey: boolean): FromJson {
  if (field.isReadOnly && mode !== 'replace') return { reason: 'expected no value, as the service sets this field' };
  if (isKey && mode === 'update') return { reason: 'expected no value, as the key of an object cannot change' };
  if (mode === 'update' && isOperator(field, json)) return { value: json };
  if (json === null) return field.required ? { reason: 'expected a value, got null' } : { value: null };
  const parsed = formOfField(field).fromJson(json);
  if ('reason' in parsed) return parsed;
  try {
    field.validate(parsed.value);
    return parsed;
  } catch (error) {
    if (error instanceof ValidationError) return { reason: error.message, issues: error.issues };
    throw error;
  }
}

/** `{"$add": 1}` and its like: the update itself checks the operator and its operand. An object that the field takes as it is, is its value. */
function isOperator(field: BaoField, json: unknown): boolean {
  return isPlainObject(json) && Object.keys(json).some((key) => key.startsWith('$')) && field.expectation(json) !== null;
}

/** What is wrong with a field, or with each of its parts that is. */
function issuesAt(name: string, { issues = [], ...own }: Omit<FieldIssue, 'path'> & { issues?: readonly FieldIssue[] }): FieldIssue[] {
  const pointer = pointerOf([name]);
  return issues.length === 0 ? [{ path: pointer, ...own }] : issues.map((issue) => ({ ...issue, path: `${pointer}${issue.path}` }));
}

function missingFields(fields: ReadonlyMap<string, BaoField>, body: object, optional: ReadonlySet<string>): FieldIssue[] {
  const missing = [...fields].filter(([name, field]) => isNeeded(field) && !Object.hasOwn(body, name) && !optional.has(name));
  return missing.map(([name]) => ({ path: pointerOf([name]), reason: 'expected a value, got none' }));
}

/** Whether an object cannot be created without a value for the field. */
export function isNeeded(field: BaoField): boolean {
  return field.required && !field.isAutomatic && (field.defaultValue === undefined || field.defaultValue === null);
}

function unknownField(fields: ReadonlyMap<string, BaoField>): string {
  return `unknown field; expected one of ${[...fields.keys()].join(', ')}`;
}
