import { expect, test } from 'vitest';
import { findViolation, type Operation } from '../../../dev/faults/history.ts';

const applied = [
  { write: 'a', value: 'a' },
  { write: 'gone', value: null },
  { write: 'b', value: 'b' },
];
const op = (kind: Operation['kind'], value: string | null, startedAt: number, endedAt: number): Operation => ({
  key: 'k',
  kind,
  value,
  startedAt,
  endedAt,
});
const write = (value: string, startedAt: number, endedAt: number) => op('write', value, startedAt, endedAt);
const read = (value: string | null, startedAt: number, endedAt: number) => op('read', value, startedAt, endedAt);
const WRITES = [write('a', 0, 10), write('gone', 20, 30), write('b', 40, 50)];

test.each([
  ['reads between the writes', [...WRITES, read('a', 11, 12), read(null, 31, 32), read('b', 51, 52)]],
  ['an old value until the acknowledgement', [...WRITES, read('a', 21, 22), read(null, 41, 42)]],
  ['a new value before the acknowledgement', [...WRITES, read('b', 41, 42)]],
  ['nothing before the first write', [...WRITES, read(null, 0, 1)]],
  ['a write of unknown outcome that nobody saw', [...WRITES, write('lost', 5, Infinity)]],
  ['a write of unknown outcome that was applied late', [write('a', 0, Infinity), write('gone', 20, 30), read(null, 31, 32)]],
])('explains %s', (_name, history) => {
  expect(findViolation(history, applied)).toBeNull();
});

test.each([
  ['an old value after the acknowledgement', [...WRITES, read('a', 31, 32)]],
  ['a value that goes back', [...WRITES, read('b', 41, 42), read(null, 43, 44)]],
  ['nothing after a value was written', [...WRITES, read(null, 51, 52)]],
  ['nothing between two values', [...WRITES.slice(0, 1), read(null, 11, 12), read('a', 13, 14)]],
  ['an acknowledged write that was never applied', [...WRITES, write('lost', 60, 70)]],
  ['a value nobody wrote', [...WRITES, read('c', 51, 52)]],
  ['a value before its write began', [...WRITES, read('b', 31, 32)]],
])('refuses %s', (_name, history) => {
  expect(findViolation(history, applied)).not.toBeNull();
});

test('refuses a write that was applied more than once', () => {
  expect(findViolation(WRITES, [...applied, { write: 'a', value: 'a' }])?.reason).toBe('applied more than once');
});
