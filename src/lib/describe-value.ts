import { isPlainObject } from './plain-object.ts';

/** What a value looks like in an error message: text and numbers as they are, cut at 80 characters; anything larger by its type. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString();
  const { constructor } = value;
  if (typeof constructor === 'function' && constructor !== Object) return `a ${constructor.name}`;
  return isPlainObject(value) ? 'an object' : 'an object with a prototype of its own';
}
