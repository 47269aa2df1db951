/** What several objects in one operation have to have in common, and may not. */
import { ConfigurationError, ValidationError } from './errors.ts';
import { rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { nameOfModel } from './naming.ts';
import type { StoreSession } from './store-session.ts';

/**
 * The session of an operation on several models, of which there is at least one.
 *
 * @throws ConfigurationError when the models are not of one configuration: one request has one table and one tenant
 */
export function onlySession(targets: readonly { readonly model: ModelClass; readonly session: StoreSession }[]): StoreSession {
  const [first] = targets;
  if (first === undefined) throw new TypeError('expected at least one model');
  const other = targets.find(({ session }) => session.manager !== first.session.manager);
  if (other)
    throw new ConfigurationError('one operation on several models needs them configured by one initModels', nameOfModel(other.model));
  return first.session;
}

/**
 * Checks that every action is about an object of its own; null stands for an action that is not sent.
 *
 * @throws ValidationError when two actions are about one object: DynamoDB refuses it, and neither order would be clear
 */
export function checkDistinct(keys: readonly (RowKey | null)[]): void {
  const positions = new Map<string, number>();
  for (const [position, key] of keys.entries()) {
    if (key === null) continue;
    const other = positions.get(rowIdentity(key));
    if (other !== undefined) throw new ValidationError(`actions ${other + 1} and ${position + 1} are about the same object`);
    positions.set(rowIdentity(key), position);
  }
}
