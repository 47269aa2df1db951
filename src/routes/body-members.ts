/** Bodies that list members: each is read by itself, and what is wrong with it is said with its place. */
import { describeValue } from '../lib/describe-value.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import type { JsonSchema } from '../wire/route.ts';
import { keyOfParts } from './model-route.ts';
import type { ServedModel } from './model-route.ts';

/** An id in a body: its text, or the texts of both parts of a composite key. */
export const ID_SCHEMA: JsonSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 }],
};

/** The key that an id in a body names. @throws ServiceError `invalid_input` */
export function keyOfId(served: ServedModel, id: unknown): Record<string, unknown> {
  const parsed = keyOfParts(served, Array.isArray(id) ? id : [id]);
  if ('reason' in parsed) throw new ServiceError('invalid_input', `id: ${parsed.reason}.`);
  return parsed.key;
}

/** The list of a body under a name; the names besides it that may stand there are `others`. @throws ServiceError `invalid_input` */
export function readMembers(body: unknown, name: string, max: number, others: readonly string[] = []): unknown[] {
  const object = asObject(body);
  const unknown = Object.keys(object).find((key) => key !== name && !others.includes(key));
  if (unknown !== undefined)
    throw new ServiceError('invalid_input', `Expected {"${name}": […]}, got also ${JSON.stringify(unknown.slice(0, 80))}.`);
  const members = object[name] ?? (others.length > 0 ? [] : undefined);
  if (!Array.isArray(members)) throw new ServiceError('invalid_input', `/${name}: expected an array, got ${describeValue(members)}.`);
  if (members.length > max) throw tooMany(name, max, members.length);
  return members;
}

/** The error of a list that is too long. */
export function tooMany(what: string, max: number, got: number): ServiceError {
  return new ServiceError('invalid_input', `${what}: expected at most ${max}, got ${got}.`);
}

/** @throws ServiceError `invalid_input` for anything but an object */
export function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ServiceError('invalid_input', `Expected an object, got ${describeValue(value)}.`);
}

/** Reads one member of a list; what is wrong with it is said with its place. */
export function at<Result>(name: string, position: number, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isServiceError(error)) throw error;
    const place = `/${name}/${position}`;
    const issues = error.issues.map((issue) => ({ ...issue, path: `${place}${issue.path}` }));
    throw new ServiceError(error.code, `${place}: ${error.message}`, { cause: error, issues });
  }
}
