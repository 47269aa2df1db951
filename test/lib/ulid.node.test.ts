import { expect, test } from 'vitest';
import { isUlid, newUlid, ulidAfter, ulidTimeMs } from '../../src/lib/ulid.ts';

const LAST_MS = 2 ** 48 - 1;

test('writes the time as the specification does', () => {
  // The example of https://github.com/ulid/spec.
  expect(newUlid(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41');
  expect(newUlid(0).slice(0, 10)).toBe('0000000000');
  expect(newUlid(LAST_MS).slice(0, 10)).toBe('7ZZZZZZZZZ');
});

test('is of the current time by default', () => {
  const [before, ulid, after] = [newUlid(Date.now()), newUlid(), newUlid(Date.now())].map((each) => each.slice(0, 10));
  expect([before, ulid, after].toSorted((one, other) => ((one ?? '') < (other ?? '') ? -1 : 1))).toEqual([before, ulid, after]);
});

test('makes ULIDs that differ, with every digit in every random place', () => {
  const ulids = Array.from({ length: 5_000 }, () => newUlid(0));
  expect(new Set(ulids).size).toBe(ulids.length);
  expect(ulids.every(isUlid)).toBe(true);
  for (let at = 10; at < 26; at++) expect(new Set(ulids.map((ulid) => ulid[at])).size).toBe(32);
});

test('tells ULIDs from other text', () => {
  expect(isUlid('01ARYZ6S41TSV4RRFFQ69G5FAV')).toBe(true);
  for (const other of [
    '8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
    '01ARYZ6S41TSV4RRFFQ69G5FA',
    '01aryz6s41tsv4rrffq69g5fav',
    'U1ARYZ6S41TSV4RRFFQ69G5FAV',
    1,
    null,
  ]) {
    expect(isUlid(other)).toBe(false);
  }
});

test('reads the time back', () => {
  for (const atMs of [0, 1_469_918_176_385, LAST_MS]) expect(ulidTimeMs(newUlid(atMs))).toBe(atMs);
});

test('makes ULIDs in order, whatever the clock does', () => {
  let previous = ulidAfter(null, 1_000);
  for (const atMs of [1_000, 1_000, 999, 0, 1_001, 500]) {
    const next = ulidAfter(previous, atMs);
    expect(next > previous).toBe(true);
    expect(ulidTimeMs(next)).toBe(Math.max(ulidTimeMs(previous), atMs));
    previous = next;
  }
});

test('counts on behind the last ULID of a millisecond', () => {
  expect(ulidAfter('0000000001ZZZZZZZZZZZZZZZZ', 0)).toBe('00000000020000000000000000');
  expect(ulidAfter('000000000100000000000000YZ', 0)).toBe('000000000100000000000000Z0');
});
