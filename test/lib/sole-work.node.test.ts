import { expect, test } from 'vitest';
import { SoleWork } from '../../src/lib/sole-work.ts';

test('work that comes late to its end does not end what was begun in its place', async () => {
  const sole = new SoleWork();
  const [lost, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = sole.begin(0, () => lost.promise);
  expect([sole.underWay(29_999) === first, sole.underWay(30_000)]).toEqual([true, null]);
  const second = sole.begin(30_000, () => other.promise);
  lost.resolve();
  await first;
  expect(sole.underWay(30_001)).toBe(second);
  other.resolve();
  await second;
  expect(sole.underWay(30_002)).toBeNull();
});

test('work that says that it goes on is not taken for lost', () => {
  const sole = new SoleWork();
  const begun = sole.begin(0, () => new Promise(() => undefined));
  sole.goesOn(20_000);
  expect([sole.underWay(49_999) === begun, sole.underWay(50_000)]).toEqual([true, null]);
});
