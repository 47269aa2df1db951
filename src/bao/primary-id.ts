/** Which row a caller's id names. */
import { describeValue } from '../lib/describe-value.ts';
import { ValidationError } from './errors.ts';
import { parsePrimaryId, primaryIdParts, rowKey } from './layout.ts';
import type { PrimaryIdParts, RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';

/**
 * The encoded parts of an id: of the id itself, of both encoded parts as `{ pk, sk }`, or of the key's fields with native values.
 *
 * @throws ValidationError when it is no id of the model
 */
export function partsOfId(definition: ModelDefinition, id: unknown): PrimaryIdParts {
  if (typeof id === 'string') return parsePrimaryId(definition, id);
  if (typeof id !== 'object' || id === null)
    throw new ValidationError(`primaryId must be a string or an object. Got ${id === null ? 'null' : typeof id}`);
  const values = id as Record<string, unknown>; // any object may have the key's fields
  const isKeyField = definition.keyFields.some(({ name }) => name === 'pk');
  if (typeof values['pk'] === 'string' && !isKeyField)
    return { pk: values['pk'], sk: typeof values['sk'] === 'string' ? values['sk'] : definition.prefix };
  const unknown = Object.keys(values).find((name) => !definition.fields.has(name));
  if (unknown !== undefined) throw new ValidationError(`primaryId: ${describeValue(unknown)} is not a field of ${definition.name}`);
  return primaryIdParts(definition, (name) => values[name]);
}

/** The row of an id. @throws ValidationError as `partsOfId` */
export function rowOfId(definition: ModelDefinition, tenant: string | null, id: unknown): RowKey {
  return rowKey(definition, tenant, partsOfId(definition, id));
}
