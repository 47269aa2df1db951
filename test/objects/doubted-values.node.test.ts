import { expect, test } from 'vitest';
import { DoubtedValues } from '../../src/objects/tenant-store/doubted-values.ts';

const [OLD, NEW, OTHER] = ['{"v":{"S":"old"}}', '{"v":{"S":"new"}}', '{"v":{"S":"other"}}'];

function doubted(leaves: string | null | undefined, before: string | null | undefined): DoubtedValues {
  const values = new DoubtedValues();
  values.expect('k', leaves, before);
  return values;
}

test('a row that shows what the write leaves shows that it was applied, once', () => {
  const values = doubted(NEW, OLD);
  expect(values.isApplied('k', OLD)).toBe(false);
  expect(values.isApplied('other key', NEW)).toBe(false);
  expect(values.isApplied('k', NEW)).toBe(true);
  expect(values.isApplied('k', NEW)).toBe(false);
});

test('a row that is gone shows that a delete was applied', () => {
  expect(doubted(null, OLD).isApplied('k', null)).toBe(true);
});

test('a row that is as nobody else left it shows that an update was applied', () => {
  const values = doubted(undefined, OLD);
  expect(values.isApplied('k', OLD)).toBe(false);
  values.changed('k', OTHER);
  expect(values.isApplied('k', OTHER)).toBe(false);
  expect(values.isApplied('k', NEW)).toBe(true);
});

test.each([
  ['the row was not known before', NEW, undefined],
  ['the row was the same before', NEW, '{"v":{"S":"new"}}'],
  ['there was no row to delete', null, null],
  ['the row is large', `"${'x'.repeat(64 * 1024)}"`, null],
])('nothing is told when %s', (_name, leaves, before) => {
  expect(doubted(leaves, before).isApplied('k', leaves)).toBe(false);
});

test.each([
  ['left the same', NEW],
  ['left something that is not known', undefined],
])('nothing is told after another write has %s', (_name, text) => {
  const values = doubted(NEW, OLD);
  values.changed('k', text);
  expect(values.isApplied('k', NEW)).toBe(false);
});

test('after another write has left something else, what the write leaves still shows', () => {
  const values = doubted(NEW, OLD);
  values.changed('k', OTHER);
  expect(values.isApplied('k', NEW)).toBe(true);
});

test('nothing is told after somebody else may have written, or after a second write in doubt', () => {
  const values = doubted(NEW, OLD);
  values.forget('k');
  expect(values.isApplied('k', NEW)).toBe(false);
  const twice = doubted(NEW, OLD);
  twice.expect('k', OTHER, undefined);
  expect([twice.isApplied('k', NEW), twice.isApplied('k', OTHER)]).toEqual([false, false]);
});

test('the oldest are forgotten when there are many', () => {
  const values = doubted(NEW, OLD);
  for (let count = 0; count < 1_000; count++) values.expect(`k${count}`, NEW, OLD);
  expect(values.isApplied('k', NEW)).toBe(false);
  expect(values.isApplied('k999', NEW)).toBe(true);
});
