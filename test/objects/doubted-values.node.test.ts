import { expect, test } from 'vitest';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { DoubtedValues } from '../../src/objects/tenant-store/doubted-values.ts';

const [OLD, NEW, OTHER, THIRD] = ['old', 'new', 'other', 'third'].map((value) => `{"v":{"S":"${value}"}}`) as [
  string,
  string,
  string,
  string,
]; // as many as there are
const NOW_MS = 1_000;
const UNTIL_MS = 31_000;

function doubted(leaves: string | null | undefined, before: string | null | undefined): DoubtedValues {
  const values = new DoubtedValues(new MemoryBudget(1_000_000));
  values.expect('k', { leaves, untilMs: UNTIL_MS }, before, NOW_MS);
  return values;
}

/** What is seen one after the other. */
const see = (values: DoubtedValues, ...texts: (string | null)[]) => texts.map((text) => values.see('k', text, NOW_MS));

test('a row that shows what the write leaves shows that it was applied, once', () => {
  const values = doubted(NEW, OLD);
  expect(values.see('other key', NEW, NOW_MS)).toBe(null);
  expect(see(values, OLD, NEW, NEW)).toEqual([null, 0, null]);
});

test('a row that is gone shows that a delete was applied', () => {
  expect(see(doubted(null, OLD), null)).toEqual([0]);
});

test('a row that is as nobody else left it shows that an update was applied', () => {
  const values = doubted(undefined, OLD);
  expect(see(values, OLD)).toEqual([null]);
  values.changed('k', OTHER);
  expect(see(values, OTHER, NEW)).toEqual([null, 0]);
});

test.each([
  ['the row was not known before', NEW, undefined],
  ['the row was the same before', NEW, '{"v":{"S":"new"}}'],
  ['there was no row to delete', null, null],
])('nothing is told when %s, until it is seen to be something else', (_name, leaves, before) => {
  const values = doubted(leaves, before);
  expect(see(values, leaves, OTHER, leaves)).toEqual([null, null, 0]);
});

test('nothing is told of large rows', () => {
  const large = `"${'x'.repeat(64 * 1024)}"`;
  expect(see(doubted(large, null), large)).toEqual([null]);
});

test.each([
  ['left the same', NEW],
  ['left something that is not known', undefined],
])('nothing is told after another write has %s, until a third has left something else', (_name, text) => {
  const values = doubted(NEW, OLD);
  values.changed('k', text);
  expect(see(values, NEW)).toEqual([null]);
  values.changed('k', OTHER);
  expect(see(values, OTHER, NEW)).toEqual([null, 0]);
});

test('a row that was not known shows an update when it changes while nobody else writes', () => {
  expect(see(doubted(undefined, undefined), OLD, OLD, NEW)).toEqual([null, null, 0]);
});

test('after another write has left something else, what the write leaves still shows', () => {
  const values = doubted(NEW, OLD);
  values.changed('k', OTHER);
  expect(see(values, NEW)).toEqual([0]);
});

test('nothing is told after somebody else may have written', () => {
  const values = doubted(NEW, OLD);
  values.forget('k');
  expect(see(values, NEW)).toEqual([null]);
});

test('of several writes in doubt each shows by itself, and the others may be applied until their time is up', () => {
  const values = doubted(NEW, OLD);
  values.expect('k', { leaves: OTHER, untilMs: UNTIL_MS + 500 }, undefined, NOW_MS);
  expect(see(values, OTHER, OTHER, NEW)).toEqual([UNTIL_MS, null, 0]);
});

test('beside an update in doubt nothing else shows, since it may have left anything; it does', () => {
  const values = doubted(undefined, OLD);
  values.expect('k', { leaves: NEW, untilMs: UNTIL_MS + 500 }, undefined, NOW_MS);
  expect(see(values, NEW, OTHER, NEW)).toEqual([null, UNTIL_MS + 500, 0]);
  const twice = doubted(undefined, OLD);
  twice.expect('k', { leaves: undefined, untilMs: UNTIL_MS }, undefined, NOW_MS);
  expect(see(twice, OTHER)).toEqual([null]);
});

test('two writes in doubt that leave the same are not told apart', () => {
  const values = doubted(NEW, OLD);
  values.expect('k', { leaves: NEW, untilMs: UNTIL_MS }, undefined, NOW_MS);
  expect(see(values, NEW, OLD, NEW)).toEqual([null, null, null]);
});

test('a write whose time is up may have been applied unseen, and is waited for no more', () => {
  const values = doubted(NEW, OLD);
  values.expect('k', { leaves: THIRD, untilMs: UNTIL_MS + 500 }, undefined, NOW_MS);
  expect(values.see('k', THIRD, UNTIL_MS)).toBe(0);
});

test('the oldest are forgotten when there are many', () => {
  const values = doubted(NEW, OLD);
  for (let count = 0; count < 1_000; count++) values.expect(`k${count}`, { leaves: NEW, untilMs: UNTIL_MS }, OLD, NOW_MS);
  expect(values.see('k', NEW, NOW_MS)).toBe(null);
  expect(values.see('k999', NEW, NOW_MS)).toBe(0);
});
