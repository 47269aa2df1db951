/**
 * Validation by any library that speaks Standard Schema (zod, valibot, arktype and others); none of them is imported.
 * `steamer/bao/standard-schemas` for programs of `steamer/bao/core`.
 */
import { describeValue } from '../lib/describe-value.ts';
import type { JsonSchema } from '../wire/route.ts';
import { ConfigurationError } from './errors.ts';
import { addFeature } from './features.ts';
import { invalidValue } from './fields/field-issues.ts';
import { pointerOf } from './json-pointer.ts';

/**
 * A schema of any such library.
 *
 * @see https://standardschema.dev, version 1
 */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** of libraries that describe their schemas: https://standardschema.dev/json-schema */
    readonly jsonSchema?: { readonly input: (options: { target: 'draft-2020-12' }) => Record<string, unknown> } | undefined;
  };
}

/** What a schema takes. A value is stored as it is given, so this is what it reads as, too. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** More issues of one value help nobody. */
const MAX_ISSUES = 20;

/** A schema that a field was given. @throws ConfigurationError when it is something else */
function checkSchema(given: unknown): StandardSchema {
  if (isStandardSchema(given)) return given;
  throw new ConfigurationError(`the options \`schema\` and \`validate\` take a Standard Schema, got ${describeValue(given)}`);
}

/**
 * Has the schema check a value. What a schema makes of the value is not used: a field is read as it was written.
 *
 * @param value what the schema sees of it
 * @throws ValidationError with the schema's issues, by JSON Pointer below the value; ConfigurationError for a schema that answers later: a
 *   write is checked as a whole before it is sent
 */
function validate(schema: StandardSchema, value: unknown, given: unknown): void {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined); // refused as a whole: what it would have said is of no interest
    throw new ConfigurationError(`the schema of a field has to answer at once; this one of ${schema['~standard'].vendor} is asynchronous`);
  }
  const issues = (result.issues ?? []).slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
    path: pointerOf(path.map((step) => String(typeof step === 'object' ? step.key : step))),
    reason: message,
  }));
  if (issues.length > 0) throw invalidValue(issues, given);
}

/** A schema in its own words as JSON Schema, or null where its library has none for it. */
export function schemaAsJsonSchema(schema: StandardSchema): JsonSchema | null {
  try {
    const described = schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
    if (described === undefined) return null;
    const { $schema: _dialect, ...rest } = described;
    return rest;
  } catch {
    return null; // libraries throw for what JSON Schema cannot say
  }
}

function isStandardSchema(value: unknown): value is StandardSchema {
  // arktype's schemas are functions
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && '~standard' in value;
}

addFeature('standard-schemas', { checkSchema, validate });
