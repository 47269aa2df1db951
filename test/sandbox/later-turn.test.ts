import { expect, it } from 'vitest';
import { inLaterTurn } from '../../src/sandbox/later-turn.ts';

it('a later turn comes behind everything that settles in this one, in the order in which turns were asked for', async () => {
  const order: string[] = [];
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  inLaterTurn(() => order.push('first'));
  inLaterTurn(() => resolve());
  void (async () => {
    for (let count = 0; count < 1_000; count++) await Promise.resolve();
    order.push('settled');
  })();
  process.nextTick(() => process.nextTick(() => order.push('ticks')));
  void crypto.subtle.digest('SHA-256', new Uint8Array(1_000)).then(() => order.push('digest'));
  await isOver;
  expect(order.toSorted()).toEqual(['digest', 'first', 'settled', 'ticks']);
  expect(order.at(-1)).toBe('first');
});
