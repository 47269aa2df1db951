import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChunkStream } from '../../src/objects/stream-hub/chunk-stream.ts';
import { streamHubStub, workflowRunStub } from '../../src/objects/stubs.ts';
import { eraseDeployments, findCallbackUrl, putDeployment } from '../../src/runs/deployments.ts';
import type { EventResult } from '../../src/runs/entities.ts';
import type { Outcome } from '../../src/runs/world-error.ts';
import { makeWorldCalls, readWorldCalls, type CalledWorld } from '../../src/world/world-calls.ts';
import { createWorld } from '../../src/world/world.ts';
import { CONFLICT, creation, INPUT, newRunId, newToken, StorageFixture } from '../contract/workflow-storage/fixture.ts';
import { newScope, openStorage } from '../objects/workflow-run/run-fixture.ts';

const scope = newScope();
const world: CalledWorld = {
  ...createWorld({
    deploymentId: 'dpl_1',
    scope: () => scope,
    run: (address) => workflowRunStub(env.WORKFLOW_RUN, address),
    stream: ({ tenant }, name) => new ChunkStream(() => streamHubStub(env.STREAM_HUB, { tenant, name }), 3_600),
    index: () => env.WORKFLOW_DB,
    secret: () => null,
  }),
  registerDeployment: async () => ({ keys: {} }),
};
const fixture = new StorageFixture();
beforeEach(async () => fixture.open(await openStorage(scope)));

interface Call {
  id: string;
  method: string;
  args: unknown[];
}

const event = (id: string, runId: string, data: Record<string, unknown>): Call => ({ id, method: 'events.create', args: [runId, data] });

async function made(...calls: Call[]): Promise<Outcome<EventResult>[]> {
  const read = readWorldCalls(calls, 'write');
  if (!read.ok) throw new Error(read.error.message);
  return (await makeWorldCalls(world, read.value)) as Outcome<EventResult>[]; // of events.create
}

/** Makes a call twice, as one whose answer was lost is. */
async function twice(call: Call): Promise<EventResult[]> {
  const outcomes = [...(await made(call)), ...(await made(call))];
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value;
  });
}

describe('a call that is made again', () => {
  it('begins, starts and ends a run once, and is answered as the first time', async () => {
    const runId = newRunId();
    const [created, again] = await twice(event('c1', runId, { eventType: 'run_created', eventData: creation }));
    expect(again).toEqual(created);
    const [started, startedAgain] = await twice(event('c2', runId, { eventType: 'run_started' }));
    expect(startedAgain).toEqual(started);
    expect(started?.events).toHaveLength(2);
    const [ended, endedAgain] = await twice(event('c3', runId, { eventType: 'run_completed', eventData: { output: INPUT } }));
    expect(endedAgain).toEqual(ended);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'run_completed']);
  });

  it('starts a run that there is not once, with what it brings', async () => {
    const runId = newRunId();
    const [first, again] = await twice(event('c1', runId, { eventType: 'run_started', eventData: creation }));
    expect(again).toEqual(first);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
  });

  it('is no second attempt of a step', async () => {
    const { runId, stepId } = await fixture.newStep();
    const [first, again] = await twice(event('c1', runId, { eventType: 'step_started', correlationId: stepId }));
    expect([first?.step?.attempt, again]).toEqual([1, first]);
    expect(again?.step?.input).toEqual(INPUT);
  });

  it('creates a hook once, hands it one payload, and disposes of it once', async () => {
    const runId = await fixture.newRun();
    const token = newToken();
    const hook = { correlationId: 'hook_1' };
    const [created, again] = await twice(event('c1', runId, { ...hook, eventType: 'hook_created', eventData: { token } }));
    expect(again).toEqual(created);
    await twice(event('c2', runId, { ...hook, eventType: 'hook_received', eventData: { token, payload: INPUT } }));
    await twice(event('c3', runId, { ...hook, eventType: 'hook_disposed' }));
    await twice(event('c1', runId, { ...hook, eventType: 'hook_created', eventData: { token } }));
    expect((await fixture.log(runId)).slice(2)).toEqual(['hook_created', 'hook_received', 'hook_disposed']);
    const other = await fixture.newRun();
    expect((await fixture.hook(other, 'hook_1', token)).event?.eventType).toBe('hook_created');
  });

  it('is told of a token that is taken as the first time', async () => {
    const [owner, runId] = [await fixture.newRun(), await fixture.newRun()];
    const token = newToken();
    await fixture.hook(owner, 'hook_1', token);
    const [first, again] = await twice(event('c1', runId, { eventType: 'hook_created', correlationId: 'hook_1', eventData: { token } }));
    expect(first?.event?.eventType).toBe('hook_conflict');
    expect(again).toEqual(first);
  });
});

describe('calls of the World', () => {
  it('are made side by side, and each has its outcome', async () => {
    const { runId, stepId } = await fixture.newStep();
    const step = { correlationId: stepId, eventData: { stepName: 'step//./w//one' } };
    const outcomes = await made(
      event('c1', runId, { ...step, eventType: 'step_created' }),
      event('c2', runId, { eventType: 'step_started', correlationId: stepId }),
      { id: 'c3', method: 'writeToStreamMulti', args: ['s', runId, ['text', 5]] },
    );
    expect(outcomes[0]).toEqual({ ok: false, error: { ...CONFLICT, message: expect.any(String) } });
    expect(outcomes[1]).toMatchObject({ ok: true, value: { step: { attempt: 1 } } });
    expect(outcomes[2]).toMatchObject({
      ok: false,
      error: { name: 'WorkflowWorldError', status: 400, message: expect.stringContaining('args') },
    });
  });

  it('are some of those that there are, of one access, and no more than fit', () => {
    const read = { id: 'c1', method: 'runs.get', args: [] };
    const write = { id: 'c1', method: 'queue', args: [] };
    expect(readWorldCalls([write], 'write').ok).toBe(true);
    for (const [calls, access] of [
      [[], 'read'],
      [[write], 'read'],
      [[read], 'write'],
      [Array.from({ length: 5 }, () => read), 'read'],
      [Array.from({ length: 51 }, () => write), 'write'],
      [[{ ...read, method: 'constructor' }], 'read'],
      [[{ method: 'runs.get', args: [] }], 'read'],
      [[{ ...read, id: 'x'.repeat(256) }], 'read'],
      ['runs.get', 'read'],
    ] as const)
      expect(readWorldCalls(calls, access)).toMatchObject({ ok: false, error: { status: 400 } });
  });
});

describe('deployments', () => {
  it('are where they last said, each for its app, until their tenant is erased', async () => {
    const deployment = { ...newScope(), deploymentId: 'dpl_1', callbackUrl: 'https://one.test' };
    await putDeployment(env.WORKFLOW_DB, deployment, 1);
    await putDeployment(env.WORKFLOW_DB, { ...deployment, callbackUrl: 'https://two.test' }, 2);
    const at = (app: string, id = 'dpl_1') => findCallbackUrl(env.WORKFLOW_DB, { tenant: deployment.tenant, app }, id);
    expect([await at('shop'), await at('shop', 'dpl_2'), await at('other')]).toEqual(['https://two.test', null, null]);
    expect(await eraseDeployments(env.WORKFLOW_DB, deployment.tenant)).toBe(1);
    expect(await at('shop')).toBeNull();
  });
});
