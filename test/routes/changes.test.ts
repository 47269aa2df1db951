import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService } from '../../src/service.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { newOperator } from '../objects/tenant-store-fixture.ts';
import { clientOf, createTenant, type KeyHolder, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const SCOPES = ['models:read', 'models:write', 'streams:read', 'streams:write'] as const;
const RESULT = { benchmarkId: 'b', systemId: 's', value: 1, machine: 'm', measuredAt: '2026-01-01T00:00:00.000Z' };

let acme: RestClient;
let dynamo: ProxyControl;
beforeAll(async () => {
  acme = await createTenant(SCOPES);
  dynamo = proxyControl(inject('dynamodbProxy'), acme.tenant);
});
afterEach(async () => {
  vi.useRealTimers();
  await dynamo.reset();
});

const store = ({ tenant }: RestClient) => env.TENANT_STORE.getByName(`${tenant}/0/0`);
const hub = ({ tenant }: RestClient) => env.STREAM_HUB.getByName(`${tenant}/changes/results`);

/** Runs the alarms of the tenant's object as if it were a minute later, until changes of these types are told. */
async function toldAMinuteLater(client: RestClient, types: readonly string[]): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
  await eventually(async () => {
    await runDurableObjectAlarm(store(client));
    expect(await typesOf(client)).toEqual(types);
  });
  vi.useRealTimers();
}

interface Change {
  type: string;
  id?: string | string[];
  item?: Record<string, unknown>;
}

async function changesOf(client: RestClient, id?: string): Promise<Change[]> {
  const { status, body } = await client.call('GET', '/streams/changes/results');
  if (status === 404) return [];
  expect(status).toBe(200);
  return (body as Change[]).filter((change) => id === undefined || change.id?.[1] === id);
}
const typesOf = async (client: RestClient, id?: string) => (await changesOf(client, id)).map(({ type }) => type);

test('what is written of a model appears in the stream of its changes, each write once, in the form that REST has', async () => {
  const created = await acme.call('POST', '/results', { ...RESULT, systemId: 'told' });
  expect(created.status).toBe(201);
  const changed = await acme.call('PATCH', '/results/b/told', { value: 2 });
  await acme.call('DELETE', '/results/b/told');
  await eventually(async () => expect(await changesOf(acme, 'told')).toHaveLength(3));
  const id = ['b', 'told'];
  expect(await changesOf(acme, 'told')).toEqual([
    { type: 'put', id, item: created.body },
    { type: 'put', id, item: changed.body },
    { type: 'delete', id },
  ]);
});

test('nothing is told of models that do not ask for it, of writes that were refused, and of rows that are no items', async () => {
  const quiet = await createTenant(SCOPES);
  await quiet.call('POST', '/benchmarks', { benchmarkId: 'b', title: 't', unit: 'ms', better: 'lower', area: 'a' });
  await quiet.call('POST', '/results', RESULT);
  expect((await quiet.call('POST', '/results', RESULT)).status).toBe(409);
  await quiet.call('PATCH', '/results/b/s', { value: 3 });
  await eventually(async () => expect(await typesOf(quiet)).toEqual(['put', 'put']));
  expect((await quiet.call('GET', '/streams?prefix=changes/')).body.items.map(({ name }: { name: string }) => name)).toEqual([
    'changes/results',
  ]);
});

test('a write whose answer does not tell what it left is told as one that has to be read', async () => {
  await acme.call('POST', '/results', { ...RESULT, systemId: 'named' }, { 'idempotency-key': 'k-1' });
  await acme.call('POST', '/results', { ...RESULT, systemId: 'named' }, { 'idempotency-key': 'k-1' });
  await eventually(async () => expect(await changesOf(acme, 'named')).toEqual([{ type: 'refresh', id: ['b', 'named'] }]));
});

test('writes at once are told once each, those of one item in their order', async () => {
  const busy = await createTenant(SCOPES);
  const writes = Array.from({ length: 60 }, (_, n) => ({ ...RESULT, systemId: `s${n % 6}`, value: n }));
  await Promise.all(writes.map(async (result) => busy.call('PUT', `/results/b/${result.systemId}`, result)));
  await eventually(async () => expect(await changesOf(busy)).toHaveLength(writes.length));
  const changes = await changesOf(busy);
  expect(new Set(changes.map(({ item }) => item?.['value']))).toEqual(new Set(writes.map(({ value }) => value)));
  const last = new Map(changes.map(({ id, item }) => [id?.[1], item?.['value']]));
  for (const [system, value] of last) expect((await busy.call('GET', `/results/b/${system}`)).body.value).toBe(value);
});

test('a tenant with several objects is told of as one: each write once, whichever object has made it, and over a change of their number', async () => {
  const divided = await createTenant(SCOPES);
  const ids = Array.from({ length: 8 }, (_, n) => `b${n}`);
  const transact = (value: number) =>
    divided.call('POST', '/transact', {
      actions: ids.map((benchmarkId) => ({ action: 'replace', model: 'results', item: { ...RESULT, benchmarkId, value } })),
    });
  const toldOf = async (n: number) => eventually(async () => expect(await changesOf(divided)).toHaveLength(n));
  await divided.call('PUT', '/results/b0/s', { ...RESULT, benchmarkId: 'b0' });
  await newOperator().divide(divided.tenant, 4);
  expect((await transact(1)).status).toBe(200);
  await toldOf(9);
  for (const benchmarkId of ids) await divided.call('PATCH', `/results/${benchmarkId}/s`, { value: 2 });
  await newOperator().divide(divided.tenant, 3);
  expect((await transact(3)).status).toBe(200);
  await toldOf(25);
  const changes = await changesOf(divided);
  for (const benchmarkId of ids.slice(1)) expect(changes.filter(({ id }) => id?.[0] === benchmarkId)).toHaveLength(3);
});

describe('an object that is lost', () => {
  test('before its changes are stored leaves them to the next, which tells each once', async () => {
    const lost = await createTenant(SCOPES);
    await lost.call('POST', '/results', { ...RESULT, systemId: 'before' });
    await eventually(async () => expect(await typesOf(lost)).toEqual(['put']));
    // The stream has only heard of the first: it is as it was, and so is what it knows of the producer.
    const { seq } = await runInDurableObject(hub(lost), (_, { storage }) =>
      storage.sql.exec<{ seq: number }>("SELECT seq FROM producers WHERE id = 'shard-0'").one(),
    );
    await lost.call('POST', '/results', { ...RESULT, systemId: 'after' });
    await eventually(async () => expect(await typesOf(lost)).toEqual(['put', 'put']));
    await runInDurableObject(hub(lost), (_, { storage }) => {
      storage.sql.exec('DELETE FROM log WHERE position = 1');
      storage.sql.exec('UPDATE producers SET seq = ?', seq);
    });
    await evictDurableObject(hub(lost));
    await evictDurableObject(store(lost));
    await lost.call('POST', '/results', { ...RESULT, systemId: 'later' });
    // Of the one whose end was not written down nobody knows whether it may still be applied.
    await toldAMinuteLater(lost, ['put', 'refresh', 'put']);
    expect((await changesOf(lost)).map(({ id }) => id?.[1])).toEqual(['before', 'after', 'later']);
  });

  test('when its changes are stored leaves nothing to tell again', async () => {
    const lost = await createTenant(SCOPES);
    for (let n = 0; n < 5; n++) {
      await lost.call('POST', '/results', { ...RESULT, systemId: `s${n}` });
      await eventually(async () => expect(await changesOf(lost)).toHaveLength(n + 1));
      await evictDurableObject(store(lost));
      await runDurableObjectAlarm(store(lost));
    }
    expect(await typesOf(lost)).toEqual(Array.from({ length: 5 }, () => 'put'));
  });
});

test('a write of which nobody knows whether it was applied is told once, when it cannot be applied any more', async () => {
  const doubtful = await createTenant(SCOPES);
  const proxy = proxyControl(inject('dynamodbProxy'), doubtful.tenant);
  await doubtful.call('POST', '/results', RESULT);
  await eventually(async () => expect(await typesOf(doubtful)).toEqual(['put']));
  await proxy.inject({ kind: 'drop', moment: 'after', operation: 'UpdateItem' });
  expect((await doubtful.call('PATCH', '/results/b/s', { value: 7 })).body.code).toBe('outcome_unknown');
  await doubtful.call('POST', '/results', { ...RESULT, systemId: 'behind' });
  expect(await typesOf(doubtful)).toEqual(['put']);
  await toldAMinuteLater(doubtful, ['put', 'refresh', 'put']);
});

describe('who may read changes', () => {
  const words = ['key', 'role:auditor'] as const;
  const fields = { machine: { read: ['key'] as const } };
  const access = { read: words, create: words, update: words, delete: words, owner: null, fields };
  const service = createService({ models, tableProfile, modelOptions: { Result: { access, cacheControl: null } } });

  const clientFor = async (who: KeyHolder, scopes: Parameters<typeof createTenant>[0] = SCOPES) =>
    clientOf(service, await createTenant(scopes, acme.tenant, who));

  test('is who may read all of every item of the model, and no others by any way', async () => {
    const backend = await clientFor({});
    expect((await backend.call('GET', '/streams/changes/results')).status).toBe(200);
    for (const client of [await clientFor({ role: 'auditor', subject: 'u1' }), await clientFor({}, ['streams:read', 'streams:write'])]) {
      expect(await client.call('GET', '/streams/changes/results')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect(await client.call('HEAD', '/streams/changes/results')).toMatchObject({ status: 403 });
      expect(await client.call('GET', '/streams/changes/results?offset=-1&live=sse')).toMatchObject({ status: 403 });
      const fork = { 'stream-forked-from': `/v1/${acme.tenant}/streams/changes/results` };
      expect(await client.call('PUT', '/streams/copy', undefined, fork)).toMatchObject({ status: 403 });
    }
  });

  test('keeps that right on a socket with a ticket', async () => {
    const { ticket } = (await acme.call('POST', '/stream-tickets', { stream: 'changes/results' })).body as { ticket: string };
    const { status, webSocket } = await exports.default.fetch(
      `https://steamer.test/v1/${acme.tenant}/streams/changes/results?offset=-1&ticket=${ticket}`,
      { headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' } },
    );
    webSocket?.accept();
    webSocket?.close();
    expect(status).toBe(101);
  });
});

test('the stream of a model that asks for it is there before the first change, and that of another is not', async () => {
  const early = await createTenant(SCOPES);
  expect(await early.call('GET', '/streams/changes/results')).toMatchObject({ status: 200, body: [] });
  expect(await early.call('HEAD', '/streams/changes/benchmarks')).toMatchObject({ status: 404 });
  await early.call('POST', '/results', RESULT);
  await eventually(async () => expect(await typesOf(early)).toEqual(['put']));
});

test('nobody but the service writes changes', async () => {
  expect(await acme.call('POST', '/streams/changes/results', [1])).toMatchObject({ status: 403 });
  expect(await acme.call('DELETE', '/streams/changes/results')).toMatchObject({ status: 403 });
});
