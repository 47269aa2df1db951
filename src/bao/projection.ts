/** Reading a part of a row: which attributes have to come along for it to be an object. */
import { describeValue } from '../lib/describe-value.ts';
import { PARTITION_KEY_FIELD, SORT_KEY_FIELD } from './constants.ts';
import { QueryError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { OnlyOption } from './visibility.ts';

/**
 * The attributes that are read for the named fields: the key, in the table and as fields, and what decides whether the row is shown.
 * undefined: the whole row, of a model of which only its upcasters know what a field of an earlier row is made of.
 *
 * @param only the option of that name
 * @throws QueryError for a field that the model does not have
 */
export function projectedAttributes(
  { fields, keyFields, hiding, versions }: ModelDefinition,
  names: readonly string[],
  only: OnlyOption['only'] = null,
): string[] | undefined {
  const unknown = names.find((name) => !fields.has(name));
  if (unknown !== undefined) throw new QueryError(`Unknown field in fields: ${describeValue(unknown)}`, null, unknown);
  if (versions !== null) return undefined;
  const keys = keyFields.map(({ name }) => name);
  const shown = [...hiding.map(({ field }) => field), ...Object.keys(only ?? {})];
  return [...new Set([PARTITION_KEY_FIELD, SORT_KEY_FIELD, ...keys, ...shown, ...names])];
}

/** The expression that reads these attributes. */
export function projectionExpression(attributes: readonly string[], placeholders: Placeholders): string {
  return attributes.map((name) => placeholders.name(name)).join(', ');
}
