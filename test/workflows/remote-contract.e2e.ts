/** The World of an app in Node, against a service on workerd: the contract over the wire, and what the service refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCbor } from '../../src/lib/cbor.ts';
import { WorldCaller } from '../../src/remote-world/caller.ts';
import { createRemoteWorld } from '../../src/remote-world/remote-world.ts';
import { WORLD_REQUEST_MAX_BYTES } from '../../src/wire/limits.ts';
import { describeWorkflowStorage } from '../contract/workflow-storage.ts';
import { INPUT, newRunId } from '../contract/workflow-storage/fixture.ts';
import { startService, type RunningService } from './remote-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describeWorkflowStorage('A service, by calls over HTTP,', async () => {
  const access = await service.tenant('contract');
  return createRemoteWorld(async () => access);
});

describe('streams over HTTP', () => {
  it('have each chunk as it was written, and are read as they are written', async () => {
    const access = await service.tenant('streaming');
    const world = createRemoteWorld(async () => access);
    const [runId, name] = [newRunId(), 'strm_1'];
    const reader = (await world.readFromStream(name)).getReader();
    const first = reader.read();
    await Promise.all(['a', new Uint8Array([0, 1]), 'c'].map((chunk) => world.writeToStream(name, runId, chunk)));
    expect(new TextDecoder().decode((await first).value)).toBe('a');
    expect([...((await reader.read()).value ?? [])]).toEqual([0, 1]);
    await world.closeStream(name, runId);
    expect(await world.getStreamInfo(name, runId)).toEqual({ tailIndex: 2, done: true });
    const last = (await world.readFromStream(name, -1)).getReader();
    expect([(await last.read()).value?.byteLength, (await last.read()).done]).toEqual([1, true]);
  });
});

describe('the routes of the World', () => {
  const post = async (path: string, key: string, body: unknown, type = 'application/cbor-seq') => {
    const { url } = await service.tenant('guarded');
    const content = body instanceof Uint8Array ? new Uint8Array(body) : writeCbor(body);
    const headers = { authorization: `Bearer ${key}`, 'content-type': type };
    const response = await fetch(`${url}/workflows/apps/${path}`, { method: 'POST', headers, body: content });
    const text = await response.text();
    return { status: response.status, detail: response.ok ? '' : (JSON.parse(text) as { detail: string }).detail };
  };
  const read = { id: 'c1', method: 'runs.list', args: [] };
  const register = (url: string) => ({ id: 'c1', method: 'registerDeployment', args: ['dpl_1', url] });

  it('are for keys of the tenant with the scopes, and nobody else', async () => {
    const { key: reading } = await service.tenant('guarded', ['workflows:read']);
    const { key: foreign } = await service.tenant('foreign');
    expect((await post('shop/read', reading, read)).status).toBe(200);
    expect(await post('shop/write', reading, register('http://localhost:1'))).toMatchObject({ status: 403 });
    expect(await post('shop/read', foreign, read)).toMatchObject({ status: 404, detail: 'There is no tenant "guarded" here.' });
    expect((await post('shop/read', 'stm_live_nothing', read)).status).toBe(401);
  });

  it('say what is wrong with a request', async () => {
    const { key } = await service.tenant('guarded');
    expect((await post('Shop/read', key, read)).status).toBe(400);
    expect((await post('shop/read', key, read, 'application/json')).status).toBe(415);
    expect((await post('shop/read', key, new Uint8Array([0xff]))).status).toBe(400);
    expect((await post('shop/read', key, new Uint8Array())).status).toBe(400);
    expect((await post('shop/read', key, { ...read, method: 'queue' })).detail).toContain('expected one that reads');
    expect((await post('shop/write', key, new Uint8Array(WORLD_REQUEST_MAX_BYTES + 1))).status).toBe(413);
  });

  it('keep the runs of apps and tenants apart', async () => {
    const [one, other] = [await service.tenant('apart'), await service.tenant('apart-too')];
    const callers = [`${one.url}/workflows/apps/shop`, `${one.url}/workflows/apps/desk`, `${other.url}/workflows/apps/shop`].map(
      (url, at) => new WorldCaller(async () => ({ url, key: at === 2 ? other.key : one.key })),
    );
    const runId = newRunId();
    const eventData = { deploymentId: 'd', workflowName: 'w', input: INPUT };
    await callers[0]?.call('write', 'events.create', [runId, { eventType: 'run_created', eventData }]);
    const found = await Promise.allSettled(callers.map((caller) => caller.call('read', 'runs.get', [runId])));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    // Nor is a hook found, or handed anything, by its token, its id or its run.
    const hook = { correlationId: 'hook_1', eventData: { token: 'order/1' } };
    await callers[0]?.call('write', 'events.create', [runId, { eventType: 'hook_created', ...hook }]);
    const received = { eventType: 'hook_received', correlationId: 'hook_1', eventData: { token: 'order/1', payload: INPUT } };
    for (const [method, access, args] of [
      ['hooks.getByToken', 'read', ['order/1']],
      ['hooks.get', 'read', ['hook_1']],
      ['events.create', 'write', [runId, received]],
      ['events.create', 'write', [runId, { eventType: 'run_cancelled' }]],
      ['steps.list', 'read', [{ runId }]],
    ] as const) {
      const tried = await Promise.allSettled(callers.slice(1).map((caller) => caller.call(access, method, args)));
      expect(tried.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { status: number }).status : 200))).toEqual([
        404, 404,
      ]);
    }
    expect(await callers[0]?.call('read', 'hooks.getByToken', ['order/1'])).toMatchObject({ runId });
  });

  it('refuse a message that is too large and a URL that is not an app’s, and nothing beside them', async () => {
    const { url, key } = await service.tenant('guarded');
    const caller = new WorldCaller(async () => ({ url: `${url}/workflows/apps/shop`, key }));
    const outcomes = await Promise.allSettled([
      caller.call('write', 'registerDeployment', ['dpl_1', 'http://169.254.169.254']),
      caller.call('write', 'writeToStreamMulti', ['s', newRunId(), [new Uint8Array(2 * 1024 * 1024)]]),
      caller.call<{ keys: object }>('write', 'registerDeployment', ['dpl_1', 'http://localhost:1']),
    ]);
    expect(outcomes[0]).toMatchObject({ reason: { status: 400, message: expect.stringContaining('callbackUrl: expected https') } });
    expect(outcomes[1]).toMatchObject({ reason: { name: 'WorkflowWorldError', status: 413 } });
    expect(outcomes[2]).toMatchObject({ value: { keys: { k1: expect.any(Uint8Array) } } });
  });
});
