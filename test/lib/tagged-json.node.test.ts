import { expect, it } from 'vitest';
import { readTaggedJson, writeTaggedJson } from '../../src/lib/tagged-json.ts';

it('brings back bytes and dates, wherever they stand', () => {
  const value = { a: new Uint8Array([0, 255]), list: [new Date(5), { deep: new Uint8Array() }], text: 'x', none: null, n: 1.5 };
  expect(readTaggedJson(writeTaggedJson(value))).toEqual(value);
});

it('leaves out what is undefined, as JSON does', () => {
  expect(writeTaggedJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});

it('refuses what is no JSON', () => {
  expect(() => readTaggedJson('{')).toThrow(SyntaxError);
});
