/** Workflows of the SDK, as it is on npm, in an application in Node, whose runs a service on workerd keeps. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTaggedJson } from '../../src/lib/tagged-json.ts';
import { WorldCaller } from '../../src/remote-world/caller.ts';
import type { CallbackKeys } from '../../src/remote-world/deployment.ts';
import { createRemoteWorld, type RemoteWorld } from '../../src/remote-world/remote-world.ts';
import { SIGNATURE_HEADER, signBody } from '../../src/wire/sender-signature.ts';
import { beginRun, endedRun } from './app-runs.ts';
import { buildNodeApp, inspect, startNodeApp, type NodeApp } from './node-app.ts';
import { startService, type RunningService } from './remote-service.ts';

const WAIT = { timeout: 300_000, interval: 100 };
let service: RunningService;
let app: NodeApp;
let world: RemoteWorld;
let caller: WorldCaller;
let variables: Record<string, string>;
beforeAll(async () => {
  service = await startService();
  const access = await service.tenant('acme');
  variables = {
    STEAMER_URL: access.url,
    STEAMER_KEY: access.key,
    STEAMER_DEPLOYMENT_ID: 'dpl_1',
    WORKFLOW_SECRET: 'd29ya2Zsb3ctc2VjcmV0LW9mLXRoZS10ZXN0LXN1aXRlLTE=',
  };
  world = createRemoteWorld(async () => access);
  caller = new WorldCaller(async () => ({ url: `${access.url}/workflows/apps/default`, key: access.key }));
  buildNodeApp();
  app = await startNodeApp(variables);
}, 300_000);
afterAll(async () => {
  await app.kill();
  await service.stop();
});

const begin = (workflow: string, ...values: unknown[]) => beginRun(app, workflow, values);
const ended = (runId: string) => endedRun(app, runId, WAIT);
const resultOf = async (workflow: string, ...values: unknown[]): Promise<unknown> => ended(await begin(workflow, ...values));
/** How many events of a type a run has, and of how many parts. */
async function countOf(runId: string, type: string): Promise<[number, number]> {
  const ids: (string | undefined)[] = [];
  for (let cursor: string | null = null, hasMore = true; hasMore;) {
    const page = await world.events.list({ runId, pagination: { limit: 1000, cursor }, resolveData: 'none' });
    ids.push(...page.data.filter(({ eventType }) => eventType === type).map(({ correlationId }) => correlationId));
    ({ cursor, hasMore } = page);
  }
  return [ids.length, new Set(ids).size];
}

describe('a workflow in Node', () => {
  it.each([
    ['addition', [2, 3], 5],
    ['additionOfWords', [2, 3], '2 and 3'],
    ['sequential', [10], 10],
    ['racing', [], ['fast', 'other']],
    // What a replay is handed in Node is of another realm than its own classes.
    ['failed', [], 'caught FatalError: on purpose'],
    ['retried', [], 3],
    ['sleeping', [], 'awake'],
    ['growing', ['x'.repeat(1_100_000)], 4_400_000],
    ['bytes', [], 'null byte \0'],
    ['higherOrder', [], 42],
  ])('%s comes to what it should', async (workflow, values, value) => {
    expect(await resultOf(workflow, ...values)).toEqual({ status: 'completed', value });
  });

  it('fails of what nobody catches', async () => {
    const runId = await begin('uncaught');
    expect(await ended(runId)).toEqual({ status: 'failed' });
  });

  it('has 200 steps side by side, each completed once', async () => {
    const runId = await begin('parallel', 200);
    expect(await ended(runId)).toMatchObject({ value: 20_100 });
    expect(await countOf(runId, 'step_completed')).toEqual([200, 200]);
  });

  it('goes on with each payload that its hook is sent, and takes a request by its webhook', async () => {
    const token = `order/${crypto.randomUUID()}`;
    const runId = await begin('hooked', token);
    for (const value of [1, 2, 3])
      await vi.waitFor(async () => expect((await app.fetch(`/hook/${encodeURIComponent(token)}`, { value })).status).toBe(200), WAIT);
    expect(await ended(runId)).toMatchObject({ value: [1, 2, 3] });
    const webhooked = await begin('webhooked');
    const url = JSON.parse(await (await app.fetch(`/stream/${webhooked}`)).text()) as string; // the address that the workflow tells
    expect((await app.fetch(new URL(url).pathname, { paid: true })).status).toBe(202);
    expect(await ended(webhooked)).toMatchObject({ value: { paid: true } });
  });

  it.each([
    ['result', 'step_completed: expected at most 8388608 bytes'],
    ['input', 'step_created: expected at most 8388608 bytes'],
    ['chunk', 'Chunk: expected at most 1048576 bytes'],
  ])('fails a step whose %s is too large with the reason, which its workflow catches', async (kind, reason) => {
    // No request may be as large as the second.
    for (const bytes of [9_000_000, 20_000_000])
      expect(await resultOf('oversized', kind, bytes)).toEqual({ status: 'completed', value: expect.stringContaining(reason) });
  });

  it.each([
    ['what it answers is too large', ['oversized', 'output', 9_000_000], 'run_completed: expected at most 8388608 bytes'],
    ['nothing was built of it', ['nowhere'], 'is not registered'],
  ] as const)('fails with the reason when %s', async (_, [workflow, ...values], reason) => {
    const runId = await begin(workflow, ...values);
    expect(await ended(runId)).toEqual({ status: 'failed' });
    expect(await (await app.fetch(`/error/${runId}`)).json()).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('takes calls of the service only, and one that comes again changes nothing', async () => {
    const runId = await begin('sequential', 2);
    await ended(runId);
    const { data: events } = await world.events.list({ runId });
    const { data: steps } = await world.steps.list({ runId });
    const step = steps[0] ?? expect.fail('the run has steps');
    const message = { workflowName: 'w', workflowRunId: runId, workflowStartedAt: 1, stepId: step.stepId };
    const body = writeTaggedJson({
      runId,
      queue: `__wkf_step_${step.stepName}`,
      messageId: 'msg_1',
      attempt: 1,
      body: message,
      deploymentId: 'dpl_1',
      start: null,
    });
    const { keys } = await caller.call<{ keys: CallbackKeys }>('write', 'registerDeployment', ['dpl_keys', 'http://localhost:1']);
    const [[id, secret]] = Object.entries(keys) as [[string, Uint8Array]]; // the service has one
    const call = async (signature: string) => {
      const headers = { [SIGNATURE_HEADER]: signature };
      const response = await fetch(`http://127.0.0.1:${app.port}/.well-known/workflow/v1/step`, { method: 'POST', body, headers });
      return [response.status, JSON.parse(await response.text())] as const;
    };
    expect(await call('')).toMatchObject([401, { detail: expect.stringContaining('expected t=') }]);
    const other = crypto.getRandomValues(new Uint8Array(32));
    expect(await call(await signBody(body, { id, secret: other }, Date.now()))).toMatchObject([401, {}]);
    expect(await call(await signBody(body, { id, secret }, Date.now() - 3_600_000))).toMatchObject([401, {}]);
    const signature = await signBody(body, { id, secret }, Date.now());
    const done = { delivered: { kind: 'done' }, writes: { events: [], messages: [] }, isStartTaken: false };
    expect(await call(signature)).toEqual([200, done]);
    expect(await call(signature)).toEqual([200, done]);
    expect((await world.events.list({ runId })).data).toEqual(events);
  });

  it('streams what a step writes, chunk by chunk, from any place on', async () => {
    const runId = await begin('streaming', 25);
    const lines = async (start: number) => (await (await app.fetch(`/stream/${runId}?start=${start}`)).text()).trimEnd().split('\n');
    const all = Array.from({ length: 25 }, (_, index) => JSON.stringify({ index }));
    expect(await lines(0)).toEqual(all);
    expect(await lines(-2)).toEqual(all.slice(23));
    expect(await ended(runId)).toMatchObject({ value: 'written' });
  });

  it('is encrypted where it is kept, with a key that only the app has', async () => {
    const runId = await begin('values', { name: 'Ada' });
    await ended(runId);
    const { input } = await world.runs.get(runId);
    expect(new TextDecoder().decode((input as Uint8Array).subarray(0, 4))).toBe('encr');
  });

  it('is shown by the command line of the SDK as it is', async () => {
    const runId = await begin('addition', 4, 5);
    await ended(runId);
    const shown = async (...args: string[]): Promise<unknown> => JSON.parse(await inspect(variables, ...args, '--json'));
    // A list is some moments old, and each command loads all of them.
    await vi.waitFor(async () => expect((await world.runs.list()).data).toContainEqual(expect.objectContaining({ runId })), WAIT);
    const [runs, run, steps] = await Promise.all([shown('runs'), shown('run', runId, '--decrypt'), shown('steps', '--run', runId)]);
    expect(runs).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ runId })]) });
    expect(run).toMatchObject({ runId, status: 'completed', output: 9 });
    expect(steps).toMatchObject([{ status: 'completed' }]);
  });
});

describe('an app that is killed', () => {
  it('finishes what it has begun when it is started again, elsewhere too, with each step completed once', async () => {
    const runIds = await Promise.all([begin('slowSequence', 8), begin('slowTogether', 12), begin('sleeping')]);
    await app.kill();
    app = await startNodeApp(variables);
    expect(await ended(runIds[0])).toMatchObject({ value: 8 });
    expect(await ended(runIds[1])).toMatchObject({ value: 12 });
    expect(await ended(runIds[2])).toMatchObject({ value: 'awake' });
    expect(await countOf(runIds[0], 'step_completed')).toEqual([8, 8]);
    expect(await countOf(runIds[1], 'step_completed')).toEqual([12, 12]);
  });

  it('leaves its runs to no other deployment', async () => {
    const runId = await begin('slowSequence', 10);
    const { port } = app;
    await app.kill();
    const other = await startNodeApp({ ...variables, STEAMER_DEPLOYMENT_ID: 'dpl_2' }, port);
    app = other;
    // Its own go on, at the very address where the other one was called.
    expect(await resultOf('sequential', 10)).toMatchObject({ value: 10 });
    expect(['pending', 'running']).toContain((await world.runs.get(runId, { resolveData: 'none' })).status);
    await other.kill();
    app = await startNodeApp(variables);
    expect(await ended(runId)).toMatchObject({ status: 'completed', value: 10 });
  });
});
