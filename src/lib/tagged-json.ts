/** JSON for values that have bytes and dates in them: `{"$bytes":"<base64>"}` and `{"$date":"<ISO>"}`. */
import { fromBase64, toBase64 } from './base64.ts';
import { isPlainObject } from './plain-object.ts';

/** The text of a value. Members that are undefined are left out. @throws TypeError for what JSON cannot say either */
export function writeTaggedJson(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/**
 * The value of a text of `writeTaggedJson`.
 *
 * @param read what other objects stand for: an instance whose `toJSON` has written one
 * @throws SyntaxError when it is no JSON
 */
export function readTaggedJson(text: string, read: (value: Record<string, unknown>) => unknown = (value) => value): unknown {
  return JSON.parse(text, (_, value: unknown) => untagged(value, read));
}

function tagged(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(tagged);
  return isPlainObject(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, tagged(member)])) : value;
}

function untagged(value: unknown, read: (value: Record<string, unknown>) => unknown): unknown {
  if (!isPlainObject(value)) return value;
  const { $bytes, $date } = value;
  if (typeof $bytes === 'string') return fromBase64($bytes);
  return typeof $date === 'string' ? new Date($date) : read(value);
}
