/** Text, numbers and booleans as attribute values: what most attributes are, in little code. `codec.ts` has every type. */
import type { AttributeValue } from './types.ts';

/** The attribute value of a text, a number or a boolean that DynamoDB can hold; null for anything else. */
export function marshallScalar(value: unknown): AttributeValue | null {
  if (typeof value === 'string') return value.isWellFormed() ? { S: value } : null;
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'bigint' || Number.isFinite(value)) return { N: String(value).toUpperCase() };
  return null;
}

/** The text, number or boolean of an attribute value, null for NULL; undefined for another type, and for a number that JavaScript has not exactly. */
export function unmarshallScalar(value: AttributeValue): string | number | boolean | null | undefined {
  if ('S' in value) return value.S;
  if ('N' in value) return String(Number(value.N)) === value.N ? Number(value.N) : undefined;
  if ('BOOL' in value) return value.BOOL;
  return 'NULL' in value ? null : undefined;
}
