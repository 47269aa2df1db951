import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../src/lib/sha256.ts';

const expected = (text: string) => createHash('sha256').update(text).digest('hex');

it('is that of the standard: of nothing, of "abc", and of every length around whole blocks', () => {
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  for (let length = 0; length < 200; length++) expect(sha256Hex('x'.repeat(length))).toBe(expected('x'.repeat(length)));
});

it('is that of Node of any text', () => {
  const text = fc.string({ unit: 'binary', maxLength: 2_000 });
  fc.assert(fc.property(text, (given) => sha256Hex(given) === expected(given)));
});
