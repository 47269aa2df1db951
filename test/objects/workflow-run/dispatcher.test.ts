import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Dispatcher } from '../../../src/objects/workflow-run/dispatcher.ts';
import { Inbox } from '../../../src/objects/workflow-run/inbox.ts';
import type { Delivered } from '../../../src/runs/messages.ts';
import { StorageFixture } from '../../contract/workflow-storage/fixture.ts';
import { nativeStub, newScope, openStorage } from './run-fixture.ts';

const FLOW = '__wkf_workflow_add';
const STEP = '__wkf_step_one';
const HOUR_MS = 3_600_000;

/** A dispatcher of a run whose deliveries end when a test says so, and whose time a test lets pass. */
class Deliveries {
  readonly dispatcher: Dispatcher;
  readonly #inbox: Inbox;
  readonly #ends: Record<string, ((delivered: Delivered) => void)[]> = { [FLOW]: [], [STEP]: [] };

  constructor(sql: SqlStorage) {
    this.#inbox = new Inbox(sql, false);
    this.dispatcher = new Dispatcher({
      inbox: this.#inbox,
      deliver: ({ queue }) => {
        const { promise, resolve } = Promise.withResolvers<() => Delivered>();
        this.#ends[queue]?.push((delivered) => resolve(() => delivered));
        return promise;
      },
      wakeAt: () => undefined,
      announce: () => undefined,
      backstopMs: 60_000,
    });
  }

  count(queue: string): number {
    return this.#ends[queue]?.length ?? 0;
  }

  put(queue: string, delayMs = 0): void {
    const body = queue === FLOW ? {} : { stepId: 'step_1' };
    this.#inbox.put({ queue, body, idempotencyKey: null, delayMs }, Date.now(), this.dispatcher.underWay);
    this.dispatcher.pump();
  }

  /** Ends the last delivery of a queue. */
  async end(queue: string, delivered: Delivered = { kind: 'done' }): Promise<void> {
    this.#ends[queue]?.at(-1)?.(delivered);
    await vi.advanceTimersByTimeAsync(0);
  }
}

async function withDeliveries(test: (deliveries: Deliveries) => Promise<void>): Promise<void> {
  const scope = newScope();
  const fixture = new StorageFixture();
  fixture.open(await openStorage(scope, 'WORKFLOW_RUN'));
  const runId = await fixture.newRun();
  await runInDurableObject(nativeStub(scope, runId, 'WORKFLOW_RUN'), async (_, { storage }) => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const deliveries = new Deliveries(storage.sql);
    await test(deliveries);
    deliveries.dispatcher.stop();
    storage.sql.exec('DELETE FROM inbox'); // the object's own dispatcher would deliver them for an hour
  });
}

afterEach(() => vi.useRealTimers());

describe('while many steps are under way', () => {
  it('a replay waits eight times as long as the last one has taken, or until they are few', () =>
    withDeliveries(async (deliveries) => {
      for (let step = 0; step < 8; step++) deliveries.put(STEP);
      deliveries.put(FLOW);
      await vi.advanceTimersByTimeAsync(200);
      await deliveries.end(FLOW);
      deliveries.put(FLOW);
      expect(deliveries.count(FLOW)).toBe(1);
      await vi.advanceTimersByTimeAsync(1_599);
      expect(deliveries.count(FLOW)).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(deliveries.count(FLOW)).toBe(2);

      await vi.advanceTimersByTimeAsync(200);
      await deliveries.end(FLOW);
      deliveries.put(FLOW);
      expect(deliveries.count(FLOW)).toBe(2);
      await deliveries.end(STEP);
      expect(deliveries.count(FLOW)).toBe(3);
    }));

  it('a replay waits no longer where they have become many after the last one', () =>
    withDeliveries(async (deliveries) => {
      deliveries.put(FLOW);
      await vi.advanceTimersByTimeAsync(200);
      await deliveries.end(FLOW);
      for (let step = 0; step < 8; step++) deliveries.put(STEP);
      deliveries.put(FLOW);
      expect(deliveries.count(FLOW)).toBe(1);
      await vi.advanceTimersByTimeAsync(1_600);
      expect(deliveries.count(FLOW)).toBe(2);
    }));
});

describe('while an alarm waits for a step that takes long', () => {
  it('what comes meanwhile is delivered when it is due', () =>
    withDeliveries(async (deliveries) => {
      deliveries.put(STEP);
      void deliveries.dispatcher.drive(Date.now() + HOUR_MS);
      await vi.advanceTimersByTimeAsync(1_000);
      deliveries.put(FLOW);
      await deliveries.end(FLOW, { kind: 'again', afterMs: 2_000 });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(deliveries.count(FLOW)).toBe(2);
    }));

  it('it is over when the run is deleted', () =>
    withDeliveries(async (deliveries) => {
      deliveries.put(STEP);
      const isOver = vi.fn<() => void>();
      void deliveries.dispatcher.drive(Date.now() + HOUR_MS).then(isOver);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(isOver).not.toHaveBeenCalled();
      deliveries.dispatcher.stop();
      await vi.advanceTimersByTimeAsync(0);
      expect(isOver).toHaveBeenCalled();
    }));

  it('another one goes on where it has delivered as much as one may', () =>
    withDeliveries(async (deliveries) => {
      const isOver = vi.fn<() => void>();
      deliveries.put(STEP);
      void deliveries.dispatcher.drive(Date.now() + HOUR_MS).then(isOver);
      for (let replay = 0; replay < 201; replay++) {
        deliveries.put(FLOW);
        await deliveries.end(FLOW);
      }
      expect(isOver).toHaveBeenCalled();
      expect([deliveries.count(FLOW), deliveries.dispatcher.wakeAtMs]).toEqual([200, Date.now()]);
    }));
});

it('is woken for what is due next, also while something else waits for its turn', () =>
  withDeliveries(async (deliveries) => {
    deliveries.put(FLOW);
    deliveries.put(FLOW);
    deliveries.put(STEP, 2_000);
    expect(deliveries.dispatcher.wakeAtMs).toBe(Date.now() + 2_000);
  }));
