/** Objects by a unique value: through the guard row to the object. */
import { ConfigurationError, ValidationError } from './errors.ts';
import { findById } from './find.ts';
import type { FindOptions } from './find.ts';
import { guardedId } from './guards.ts';
import { guardKey } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { readRow } from './read-rows.ts';
import { openSession } from './store-session.ts';

/**
 * The object that holds a unique value, or ObjectNotFound. The empty text of an optional field is a value like any other: it has a guard row.
 *
 * @throws ConfigurationError for an unknown constraint, ValidationError for no value, or one of another kind
 */
export async function findByUniqueValue<Model extends ModelClass>(
  model: Model,
  constraintName: string,
  value: unknown,
  options: FindOptions = {},
): Promise<Model['prototype'] | ObjectNotFound> {
  const definition = definitionOf(model);
  const constraint = definition.uniqueConstraints.find((candidate) => candidate.constraintName === constraintName);
  if (!constraint) throw new ConfigurationError(`Unknown unique constraint: ${constraintName}`, definition.name);
  const { name, field } = constraint;
  if (field.isUnset(value)) throw new ValidationError(`${name} value is required`, name, value);
  const expected = field.expectation(value);
  if (expected !== null) throw new ValidationError(`${name}: expected ${expected}`, name, value);
  const session = openSession(model, undefined, options);
  const { row, readUnits } = await readRow(session, guardKey(definition, session.tenant, constraint, value), {
    consistent: options.consistent === true,
    bypassCache: options.bypassCache === true,
  });
  const id = row && guardedId(row);
  return id === null ? new ObjectNotFound(readUnits) : session.within(() => findById(model, id, options));
}
