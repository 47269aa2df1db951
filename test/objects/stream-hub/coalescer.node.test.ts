import { expect, test } from 'vitest';
import { Coalescer } from '../../../src/objects/stream-hub/coalescer.ts';

/** A coalescer in a time of its own; `flushes` has what each one took, with its time. */
function newCoalescer() {
  let nowMs = 1_000;
  let waiting: number[] = [];
  let timers: { atMs: number; work: () => void }[] = [];
  const flushes: { atMs: number; messages: number; waitedMs: number }[] = [];
  const coalescer = new Coalescer({
    nowMs: () => nowMs,
    later: (work, delayMs) => void timers.push({ atMs: nowMs + delayMs, work }),
    flush: () => {
      flushes.push({ atMs: nowMs, messages: waiting.length, waitedMs: nowMs - (waiting[0] ?? nowMs) });
      waiting = [];
    },
  });
  return {
    flushes,
    armed: () => timers.length,
    offer() {
      waiting.push(nowMs);
      coalescer.offer(1, 200);
    },
    wait(ms: number) {
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { work } of due) work();
    },
  };
}

test('a single message is sent at once, and leaves no timer', () => {
  const { flushes, offer, wait, armed } = newCoalescer();
  for (let n = 0; n < 10; n++) {
    offer();
    wait(50);
  }
  expect(flushes).toEqual(Array.from({ length: 10 }, (_, n) => ({ atMs: 1_000 + n * 50, messages: 1, waitedMs: 0 })));
  expect(armed()).toBe(0);
});

test('a burst is sent in frames of at most 64 messages, and the last of it within 10 ms', () => {
  const { flushes, offer, wait, armed } = newCoalescer();
  for (let n = 0; n < 500; n++) offer();
  wait(10);
  expect(flushes.reduce((sum, { messages }) => sum + messages, 0)).toBe(500);
  expect(Math.max(...flushes.map(({ messages }) => messages))).toBe(64);
  expect(flushes.length).toBe(9);
  expect(armed()).toBe(0);
});

test('while many come they are joined, and none waits longer than 10 ms', () => {
  const { flushes, offer, wait } = newCoalescer();
  for (let n = 0; n < 1_000; n++) {
    offer();
    offer();
    wait(1);
  }
  for (let n = 0; n < 10; n++) wait(1);
  expect(Math.max(...flushes.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(10);
  expect(flushes.length).toBeLessThan(150);
});
