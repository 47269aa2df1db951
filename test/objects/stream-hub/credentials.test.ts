import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { streamDirectoryStub } from '../../../src/objects/index.ts';
import { CREDENTIAL_SOCKETS_SCHEMA, CredentialSockets } from '../../../src/objects/stream-hub/credential-sockets.ts';
import { readerFrom } from '../../../src/objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../../../src/objects/upgrade-url.ts';
import { append, follow, hubOf, nativeStub, newStream, tenant } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const directory = () => streamDirectoryStub(env.STREAM_DIRECTORY, tenant);
const newCredential = () => `key:${crypto.randomUUID()}`;
const relayOf = (name: string) => env.STREAM_RELAY.getByName(`${tenant}/${name}#0`);

test('a credential that is no more takes its sockets with it, on every stream and relay, and no others', async () => {
  const credential = newCredential();
  const [one, two] = [await newStream(), await newStream()];
  const ended = [
    await follow(one.hub, 0, { credential }),
    await follow(one.hub, 0, { credential, member: { kind: 'user', id: 'ann', data: null } }),
    await follow(two.hub, 0, { credential }),
    await follow(two.hub, 0, { credential, at: relayOf(two.name) }),
  ];
  const others = [await follow(one.hub, 0, { credential: newCredential() }), await follow(two.hub, 0, { at: relayOf(two.name) })];
  await evictDurableObject(nativeStub(one.name), { webSockets: 'hibernate' });
  await evictDurableObject(nativeStub(two.name), { webSockets: 'hibernate' });
  await directory().endSockets(credential);
  const codes = (await Promise.all(ended.map(({ closed }) => closed))).map(({ code }) => code);
  expect(codes).toEqual([4401, 4401, 4401, 4401]);
  await append(hubOf(one.name), 1);
  await append(hubOf(two.name), 1);
  await eventually(() => expect(others.map(({ values }) => values)).toEqual([[1], [1]]));
  expect(await hubOf(one.name).presence()).toEqual({ kind: 'members', members: [] });
  for (const { socket } of others) socket.close();
});

test('a credential that is no more opens no socket, also where it had one before', async () => {
  const credential = newCredential();
  const { name, hub } = await newStream();
  const fresh = await newStream();
  const reader = await follow(hub, 0, { credential });
  await directory().endSockets(credential);
  await reader.closed;
  const open = async (to: string) => {
    const url = upgradeUrl({ ...readerFrom({ epoch: 0, position: 0 }), credential });
    return (await hubOf(to).fetch(url, { headers: { upgrade: 'websocket' } })).status;
  };
  expect([await open(name), await open(fresh.name)]).toEqual([401, 401]);
  await evictDurableObject(nativeStub(name));
  expect(await open(name)).toBe(401);
});

test.each([
  ["at the stream's object", nativeStub],
  ['at a relay', relayOf],
])('of sockets that are opened %s while their credential ends none is left', async (_title, objectOf) => {
  const credential = newCredential();
  const { name } = await newStream();
  const url = upgradeUrl({ ...readerFrom({ epoch: 0, position: 0 }), credential });
  const open = () => objectOf(name).fetch(url, { headers: { upgrade: 'websocket' } });
  const first = await open();
  const opening = Array.from({ length: 20 }, open);
  const ending = directory().endSockets(credential);
  for (const { webSocket } of [first, ...(await Promise.all(opening))]) webSocket?.accept();
  await ending;
  await eventually(() =>
    runInDurableObject(objectOf(name), (_, ctx) => {
      expect(ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN)).toEqual([]);
    }),
  );
  expect((await open()).status).toBe(401);
});

test('of sockets that are opened while their stream is deleted none is left', async () => {
  const { name, hub } = await newStream();
  const upgrade = { headers: { upgrade: 'websocket' } };
  const opening = Array.from({ length: 20 }, () =>
    hub.fetch(upgradeUrl({ ...readerFrom({ epoch: 0, position: 0 }), credential: newCredential() }), upgrade),
  );
  const removing = hub.remove();
  for (const { webSocket } of await Promise.all(opening)) webSocket?.accept();
  await removing;
  await eventually(() =>
    runInDurableObject(nativeStub(name), (_, ctx) => {
      expect(ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN)).toEqual([]);
    }),
  );
});

test('a stream that cannot be reached is told again, and what nobody needs any more is forgotten', async () => {
  const stub = env.STREAM_DIRECTORY.getByName(`s-${crypto.randomUUID()}`);
  await runInDurableObject(stub, async (_, { storage: { sql } }) => {
    sql.exec(CREDENTIAL_SOCKETS_SCHEMA);
    let isAway = true;
    const told: string[] = [];
    const credentials = new CredentialSockets(sql, async (stream, credential) => {
      if (isAway && stream === 'away') throw new Error('away');
      told.push(`${credential} on ${stream}`);
    });
    const count = (table: string) => sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows;
    for (const stream of ['here', 'away']) credentials.note('key:k', stream, 1_000_000);
    credentials.note('key:other', 'here', 3_000_000);
    credentials.end('key:k', 0);
    expect(await credentials.settle(0)).toBe(5_000);
    isAway = false;
    expect(await credentials.settle(5_000)).toBe(960_000);
    expect([told, credentials.note('key:k', 'here', 1)]).toEqual([['key:k on here', 'key:k on away'], false]);
    expect(await credentials.settle(960_000)).toBe(3_000_000);
    expect(await credentials.settle(3_000_000)).toBeNull();
    expect([count('sockets'), count('ended')]).toEqual([0, 0]);
  });
});

test('a directory that knows of nothing but a credential that is no more forgets it, and stops existing', async () => {
  const stub = env.STREAM_DIRECTORY.getByName(`s-${crypto.randomUUID()}`);
  await stub.endSockets('key:k');
  vi.useFakeTimers({ now: Date.now() + 17 * 60_000, toFake: ['Date'] });
  try {
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
  const tables = await runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'ended'").toArray(),
  );
  expect(tables).toEqual([]);
});
