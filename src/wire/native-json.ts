/** Native values of fields as JSON, where they are not JSON by themselves. */
import { toBase64 } from '../lib/base64.ts';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** A whole number; as digits where a number would not be exact. */
export function integerToJson(native: unknown): JsonValue {
  if (typeof native !== 'bigint') return native as JsonValue; // what fields of such kinds hold besides is a number
  return Number.isSafeInteger(Number(native)) ? Number(native) : native.toString();
}

/** An instant in ISO 8601. */
export function instantToJson(native: unknown): JsonValue {
  return new Date(native instanceof Date ? native : Number(native)).toISOString();
}

/** Bytes in base64. */
export function bytesToJson(native: unknown): JsonValue {
  return toBase64(native as Uint8Array); // what fields of the kind hold
}

/** The members of a set of strings, in order. */
export function stringSetToJson(native: unknown): JsonValue {
  return [...(native as ReadonlySet<string>)].toSorted(); // what fields of the kind hold
}
