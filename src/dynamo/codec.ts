/** Between JavaScript values and DynamoDB's attribute values, losing nothing in either direction. */
import { fromBase64, toBase64 } from '../lib/base64.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { DynamoNumber, fromDecimal, toDecimal } from './dynamo-number.ts';
import type { AttributeMap, AttributeValue } from './types.ts';

/** How deep DynamoDB lets lists and maps nest; here it only ends the walk through a cycle. */
const MAX_DEPTH = 32;

/**
 * The attribute value of a JavaScript value.
 *
 * - string → S, also ''; boolean → BOOL; null → NULL
 * - number, bigint and `DynamoNumber` → N
 * - Uint8Array → B (base64)
 * - array → L, whatever is in it: a list of strings never becomes a set
 * - Set of strings, of numbers, of Uint8Arrays → SS, NS, BS
 * - plain object → M, members that are undefined left out
 *
 * @throws TypeError naming the path, for what DynamoDB cannot hold: NaN and infinities, numbers of more than 38 digits or beyond its
 *   range, empty and mixed sets, undefined in a list, text with half a surrogate pair, dates, functions, symbols, instances of classes,
 *   and more than 32 levels
 */
export function marshall(value: unknown): AttributeValue {
  return encode(value, []);
}

/** The attributes of an item; those that are undefined are left out. @throws TypeError as `marshall` */
export function marshallItem(item: Readonly<Record<string, unknown>>): AttributeMap {
  return encodeMembers(item, []);
}

/**
 * The JavaScript value of an attribute value: what `marshall` was given. A number that a JavaScript number cannot hold exactly comes
 * back as a bigint when it is whole, else as a `DynamoNumber`; so does a bigint that a number holds exactly come back as that number.
 *
 * @throws TypeError when it is no attribute value
 */
export function unmarshall(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return fromDecimal(value.N);
  if ('M' in value) return unmarshallItem(value.M);
  if ('L' in value) return value.L.map(unmarshall);
  if ('BOOL' in value) return value.BOOL;
  if ('NULL' in value) return null;
  if ('B' in value) return fromBase64(value.B);
  if ('SS' in value) return new Set(value.SS);
  if ('NS' in value) return new Set(value.NS.map(fromDecimal));
  if ('BS' in value) return new Set(value.BS.map(fromBase64));
  throw new TypeError(`expected an attribute value, got one of kind ${JSON.stringify(Object.keys(value))}`);
}

/** The JavaScript values of an item's attributes. @throws TypeError as `unmarshall` */
export function unmarshallItem(item: AttributeMap): Record<string, unknown> {
  // fromEntries, not assignment: an attribute may be called "__proto__"
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, unmarshall(value)]));
}

/** Where a value stands: the names and positions that lead to it. */
type Path = readonly (string | number)[];

function encode(value: unknown, path: Path): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: wellFormed(value, path) };
    case 'number':
    case 'bigint':
      return { N: decimalOf(value, path) };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      return value === null ? { NULL: true } : encodeObject(value, path);
    default:
      throw unsupported(path, typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`);
  }
}

function encodeObject(value: object, path: Path): AttributeValue {
  if (value instanceof Uint8Array) return { B: toBase64(value) };
  if (value instanceof Set) return encodeSet([...value], path);
  if (value instanceof DynamoNumber) return { N: value.decimal };
  if (path.length > MAX_DEPTH) throw unsupported(path, `more than ${MAX_DEPTH} levels, or a cycle`);
  if (Array.isArray(value)) return { L: Array.from(value, (member, index) => encode(member, [...path, index])) };
  if (isPlainObject(value)) return { M: encodeMembers(value, path) };
  throw unsupported(path, `an instance of ${value.constructor?.name || 'an unnamed class'}`);
}

function encodeMembers(members: Readonly<Record<string, unknown>>, path: Path): AttributeMap {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [wellFormed(name, path), encode(value, [...path, name])]));
}

function encodeSet(members: readonly unknown[], path: Path): AttributeValue {
  if (members.length === 0) throw unsupported(path, 'an empty set');
  if (members.every((member) => typeof member === 'string')) return { SS: members.map((member) => wellFormed(member, path)) };
  // 1 and 1n are two members of a Set and one number
  if (members.every(isNumeric)) return { NS: [...new Set(members.map((member) => decimalOf(member, path)))] };
  if (members.every((member) => member instanceof Uint8Array)) return { BS: [...new Set(members.map(toBase64))] };
  throw unsupported(path, 'a set that is not all strings, all numbers or all Uint8Arrays');
}

function isNumeric(value: unknown): value is number | bigint | DynamoNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof DynamoNumber;
}

function decimalOf(value: number | bigint | DynamoNumber, path: Path): string {
  try {
    return toDecimal(value);
  } catch (cause) {
    throw new TypeError(`at ${pathText(path)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Half a surrogate pair has no UTF-8: DynamoDB would store something else. */
function wellFormed(text: string, path: Path): string {
  if (!text.isWellFormed()) throw unsupported(path, 'text with half a surrogate pair');
  return text;
}

function unsupported(path: Path, what: string): TypeError {
  return new TypeError(`at ${pathText(path)}: expected a value that DynamoDB can hold, got ${what}`);
}

function pathText(path: Path): string {
  if (path.length === 0) return 'the top';
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
