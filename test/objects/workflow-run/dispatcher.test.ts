import { runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { Dispatcher } from '../../../src/objects/workflow-run/dispatcher.ts';
import { Inbox } from '../../../src/objects/workflow-run/inbox.ts';
import type { Delivered } from '../../../src/runs/messages.ts';
import { StorageFixture } from '../../contract/workflow-storage/fixture.ts';
import { nativeStub, newScope, openStorage } from './run-fixture.ts';

const FLOW = '__wkf_workflow_add';
const STEP = '__wkf_step_one';

afterEach(() => vi.useRealTimers());

it('while many steps are under way a replay waits eight times as long as the last one has taken, or until they are few', async () => {
  const scope = newScope();
  const fixture = new StorageFixture();
  fixture.open(await openStorage(scope, 'WORKFLOW_RUN'));
  const runId = await fixture.newRun();
  await runInDurableObject(nativeStub(scope, runId, 'WORKFLOW_RUN'), async (_, { storage }) => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const inbox = new Inbox(storage.sql, false);
    const delivered: Record<string, (() => void)[]> = { [FLOW]: [], [STEP]: [] };
    const dispatcher = new Dispatcher({
      inbox,
      deliver: ({ queue }) => {
        const { promise, resolve } = Promise.withResolvers<() => Delivered>();
        delivered[queue]?.push(() => resolve(() => ({ kind: 'done' })));
        return promise;
      },
      wakeAt: () => undefined,
      announce: () => undefined,
      backstopMs: 60_000,
    });
    const put = (queue: string) => {
      const body = queue === FLOW ? { runId } : { workflowRunId: runId, stepId: 'step_1' };
      inbox.put({ queue, body, idempotencyKey: null, delayMs: 0 }, Date.now(), dispatcher.underWay);
      dispatcher.pump();
    };
    const end = async (queue: string) => {
      delivered[queue]?.at(-1)?.();
      await vi.advanceTimersByTimeAsync(0);
    };
    const replays = () => delivered[FLOW]?.length;

    for (let step = 0; step < 8; step++) put(STEP);
    put(FLOW);
    await vi.advanceTimersByTimeAsync(200);
    await end(FLOW);
    put(FLOW);
    expect(replays()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_599);
    expect(replays()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(replays()).toBe(2);

    await vi.advanceTimersByTimeAsync(200);
    await end(FLOW);
    put(FLOW);
    expect(replays()).toBe(2);
    await end(STEP);
    expect(replays()).toBe(3);
  });
});
