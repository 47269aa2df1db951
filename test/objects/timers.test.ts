import { runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { Timers, type TimerHandler } from '../../src/objects/alarms.ts';
import { stubOf } from './tenant-store-fixture.ts';

type Handlers = ConstructorParameters<typeof Timers<'first' | 'second'>>[1];

function withTimers<R>(
  handlers: Handlers,
  use: (timers: Timers<'first' | 'second'>, storage: DurableObjectStorage) => Promise<R>,
): Promise<R> {
  return runInDurableObject(stubOf(`a-${crypto.randomUUID()}`), (_instance, { storage }) => use(new Timers(storage, handlers), storage));
}

const LATER_MS = 4_000_000_000_000;

test('the alarm is set for the earliest timer, moves with it, and is removed with the last', async () => {
  await withTimers({ first: () => null, second: () => null }, async (timers, storage) => {
    await timers.set('second', LATER_MS + 20);
    await timers.set('first', LATER_MS + 10);
    expect(await storage.getAlarm()).toBe(LATER_MS + 10);
    await timers.set('first', LATER_MS + 30);
    expect(await storage.getAlarm()).toBe(LATER_MS + 20);
    await timers.set('second', null);
    await timers.set('first', null);
    expect(await storage.getAlarm()).toBeNull();
  });
});

test('a timer later than any alarm can be has one, which rings early and is set again', async () => {
  const first = vi.fn<TimerHandler>(() => null);
  await withTimers({ first, second: () => null }, async (timers, storage) => {
    await timers.set('first', Number.MAX_SAFE_INTEGER);
    const alarmAtMs = await storage.getAlarm();
    expect(alarmAtMs).toBeGreaterThan(LATER_MS);
    await storage.deleteAlarm();
    await timers.run(alarmAtMs ?? 0);
    expect([first.mock.calls, await storage.getAlarm()]).toEqual([[], alarmAtMs]);
  });
});

test('what is due runs, and runs again when it says so', async () => {
  const first = vi.fn<TimerHandler>((nowMs) => nowMs + 5);
  const second = vi.fn<TimerHandler>(() => null);
  await withTimers({ first, second }, async (timers, storage) => {
    await timers.set('first', LATER_MS);
    await timers.set('second', LATER_MS + 50);
    await timers.run(LATER_MS);
    expect([first.mock.calls, second.mock.calls]).toEqual([[[LATER_MS]], []]);
    expect(await storage.getAlarm()).toBe(LATER_MS + 5);
    await timers.run(LATER_MS + 60);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 1]);
    expect(timers.dueAtMs('second')).toBeNull();
  });
});

test('a handler that fails is tried again and does not stop the others', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const second = vi.fn<TimerHandler>(() => null);
  const first = () => {
    throw new Error('broken');
  };
  await withTimers({ first, second }, async (timers, storage) => {
    await timers.set('first', LATER_MS);
    await timers.set('second', LATER_MS);
    await timers.run(LATER_MS);
    expect(second).toHaveBeenCalledOnce();
    expect(await storage.getAlarm()).toBe(LATER_MS + 60_000);
  });
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});

test('a timer that this version does not know is forgotten', async () => {
  await withTimers({ first: () => null, second: () => null }, async (timers, storage) => {
    storage.sql.exec("INSERT INTO timers VALUES ('of another version', 1)");
    await timers.run(LATER_MS);
    expect(await storage.getAlarm()).toBeNull();
  });
});
