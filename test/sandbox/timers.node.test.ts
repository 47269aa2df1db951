import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installJoinedTimers, withJoinedTimers as withTimersJoined } from '../../src/sandbox/timers.ts';

const { setTimeout: hostSetTimeout, clearTimeout: hostClearTimeout } = globalThis;
const { nextTick: hostNextTick } = process;
let armed = 0;
beforeAll(() => {
  installJoinedTimers();
});
afterAll(() => {
  Object.assign(globalThis, { setTimeout: hostSetTimeout, clearTimeout: hostClearTimeout });
  process.nextTick = hostNextTick;
});

/** Node's own later turn. */
const withJoinedTimers = <Result>(work: () => Result) => withTimersJoined((queue) => void setImmediate(queue), work);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const settled = async () => {
  for (let count = 0; count < 5; count++) await new Promise<void>((resolve) => hostSetTimeout(resolve, 1));
};

describe('timers of a replay', () => {
  it('of no delay run in their order, each after what the one before has settled', async () => {
    const order: string[] = [];
    withJoinedTimers(() => {
      setTimeout(() => {
        order.push('one');
        void Promise.resolve().then(() => order.push('settled'));
      }, 0);
      setTimeout((name: string) => order.push(name), 0, 'two');
    });
    await settled();
    expect(order).toEqual(['one', 'settled', 'two']);
  });

  it('are cleared as others are', async () => {
    withJoinedTimers(() => {
      const timer = setTimeout(() => (armed += 1), 0);
      clearTimeout(timer);
      clearTimeout(setTimeout(() => (armed += 1), 5));
    });
    clearTimeout(setTimeout(() => (armed += 1), 0));
    await settled();
    expect(armed).toBe(0);
  });

  it('that are armed by others come in the next turn', async () => {
    const order: number[] = [];
    withJoinedTimers(() => {
      setTimeout(() => {
        setTimeout(() => order.push(3), 0);
        order.push(1);
      }, 0);
      setTimeout(() => order.push(2), 0);
    });
    await settled();
    await turn();
    expect(order).toEqual([1, 2, 3]);
  });

  it('of less than no delay run in the same turn outside of replays, unless they are cleared', async () => {
    const order: unknown[] = [];
    setTimeout((value: string) => order.push(value), -1, 'first');
    clearTimeout(setTimeout(() => order.push('cleared'), -1));
    await Promise.resolve();
    expect(order).toEqual(['first']);
  });

  it('outside of deliveries, and with a delay, are the host’s', async () => {
    const order: string[] = [];
    setTimeout(() => order.push('outside'), 0);
    withJoinedTimers(() => setTimeout(() => order.push('later'), 2));
    await settled();
    expect(order.toSorted()).toEqual(['later', 'outside']);
  });
});

describe('looks at the log in a later tick', () => {
  it('are one while none of them has begun, and the next one afterwards', async () => {
    let looks = 0;
    let others = 0;
    const consume = () => void (looks += 1);
    const other = () => void (others += 1);
    const tick = () => [consume, consume, other, other].forEach((callback) => process.nextTick(callback));
    installJoinedTimers(); // Vitest puts Node's own back before each test
    withJoinedTimers(tick);
    await settled();
    expect([looks, others]).toEqual([1, 2]);
    tick();
    await settled();
    expect([looks, others]).toEqual([3, 4]);
  });
});
