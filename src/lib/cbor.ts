/** CBOR (RFC 8949) of plain values with bytes and dates in them, one behind the other (RFC 8742). */
import { decodeFirst, encode, Token, Type } from 'cborg';
import type { DecodeOptions, EncodeOptions } from 'cborg';

/** Tag 1: seconds since 1970. */
const DATE_TAG = 1;

const WRITING: EncodeOptions = {
  typeEncoders: { Date: (date: Date) => [new Token(Type.tag, DATE_TAG), new Token(Type.float, date.getTime() / 1000)] },
  ignoreUndefinedProperties: true,
};
const READING: DecodeOptions = {
  tags: { [DATE_TAG]: (content) => new Date(Math.round(Number(content()) * 1000)) },
  rejectDuplicateMapKeys: true,
};

/** The bytes of a value. Members that are undefined are left out. @throws Error for what CBOR cannot say */
export function writeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode(value, WRITING));
}

/** The values of bytes; bytes in them are copies. @throws Error when they are not CBOR, or have other tags */
export function readCborSequence(bytes: Uint8Array): unknown[] {
  const values: unknown[] = [];
  for (let left: Uint8Array = bytes; left.byteLength > 0;) {
    const [value, rest] = decodeFirst(left, READING) as [unknown, Uint8Array];
    values.push(value);
    left = rest;
  }
  return values;
}
