import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { streamDirectoryStub, streamHubStub } from '../../../src/objects/index.ts';
import { formatOffset } from '../../../src/wire/stream-offset.ts';
import {
  APPEND,
  append,
  follow,
  hubOf,
  json,
  nativeStub,
  NEW,
  newStream,
  atTimeIn,
  runAlarmIn,
  tenant,
  valuesOf,
} from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const readersDueInMs = ({ sql }: DurableObjectStorage) =>
  sql.exec<{ at_ms: number }>("SELECT at_ms FROM timers WHERE name = 'readers'").one().at_ms - Date.now();

test('to look for a stream that does not exist leaves nothing behind', async () => {
  const name = crypto.randomUUID();
  expect(await hubOf(name).read('start', 0)).toEqual({ kind: 'absent' });
  expect(await append(hubOf(name), 1)).toEqual({ kind: 'absent' });
  const tables = await runInDurableObject(nativeStub(name), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
  );
  expect(tables).toEqual([]);
});

test('what was appended survives eviction, with the boundaries of its messages and the state of its producers', async () => {
  const { name, hub } = await newStream();
  const producer = { id: 'p', epoch: 0, seq: 0 };
  await hub.append({ ...APPEND, messages: json({ n: 1 }, [2], 'drei'), producer });
  await evictDurableObject(nativeStub(name));
  const part = await hubOf(name).read('start', 0);
  expect(part).toMatchObject({ messages: { data: '{"n":1},[2],"drei"', lengths: [7, 3, 6] }, isUpToDate: true });
  expect(await hubOf(name).append({ ...APPEND, messages: json(4), producer })).toMatchObject({
    kind: 'duplicate',
    producer: { epoch: 0, seq: 0 },
  });
  expect(await valuesOf(hubOf(name))).toEqual([{ n: 1 }, [2], 'drei']);
});

test('of 100 simultaneous appends of one producer number one is written', async () => {
  const { hub } = await newStream();
  const results = await Promise.all(
    Array.from({ length: 100 }, () => hub.append({ ...APPEND, messages: json(1), producer: { id: 'p', epoch: 0, seq: 0 } })),
  );
  expect(results.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
  expect(await valuesOf(hub)).toEqual([1]);
});

test('appends that come while their stream is deleted are stored before, or find none', async () => {
  const { hub } = await newStream();
  const before = Array.from({ length: 20 }, (_, n) => append(hub, n));
  const removing = hub.remove();
  const behind = Array.from({ length: 20 }, (_, n) => append(hub, n));
  const results = await Promise.all([...before, ...behind]);
  expect(new Set(['absent', 'appended', ...results.map(({ kind }) => kind)]).size).toBe(2);
  expect([await removing, await hub.describe()]).toEqual([{ kind: 'removed' }, { kind: 'absent' }]);
});

test('a batch of many messages is read whole, and from its middle on', async () => {
  const { hub } = await newStream();
  const values = Array.from({ length: 5_000 }, (_, n) => ({ n, text: 'x'.repeat(200) }));
  await append(hub, ...values);
  const read: unknown[] = [];
  for (let at = 0; at < values.length;) {
    const part = await hub.read({ epoch: 0, position: at }, 0);
    if (part.kind !== 'part') throw new Error(part.kind);
    read.push(...(JSON.parse(`[${String(part.messages.data)}]`) as unknown[]));
    at = part.next.position;
  }
  expect(read).toEqual(values);
  const middle = await hub.read({ epoch: 0, position: 4_321 }, 0);
  expect(middle).toMatchObject({ from: { position: 4_321 } });
});

test('a deleted stream leaves nothing behind, and its offsets are refused by the next one of its name', async () => {
  const { name, hub } = await newStream({ lifetime: { ttlSec: 3600, expiresAtMs: null } });
  await append(hub, 1);
  const before = await hub.read('now', 0);
  expect(await hub.remove()).toEqual({ kind: 'removed' });
  await runInDurableObject(nativeStub(name), async (_, { storage }) => {
    expect(await storage.getAlarm()).toBeNull();
    expect(storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'log'").toArray()).toEqual([]);
  });
  expect(await hub.create(NEW)).toMatchObject({ kind: 'created' });
  if (before.kind !== 'part') throw new Error(before.kind);
  expect(await hub.read({ ...before.next, position: 0 }, 0)).toEqual({ kind: 'expired' });
});

test('the alarm ends a stream whose time is over, with everything it had', async () => {
  const { name, hub } = await newStream({ lifetime: { ttlSec: null, expiresAtMs: Date.now() + 60_000 } });
  await append(hub, 1);
  await runAlarmIn(61_000, name);
  await runInDurableObject(nativeStub(name), async (_, { storage }) => {
    expect(storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'log'").toArray()).toEqual([]);
    expect(await storage.getAlarm()).toBeNull();
  });
});

test('a stream that lives from its last use lives while somebody follows it, asleep or awake, and its time from then on', async () => {
  const { name, hub } = await newStream({ lifetime: { ttlSec: 60, expiresAtMs: null } });
  const reader = await follow(hub, 0);
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await runAlarmIn(70_000, name);
  await atTimeIn(140_000, async () => expect(await hub.describe()).toMatchObject({ kind: 'stream' }));
  reader.socket.close();
  await reader.closed;
  await eventually(async () => expect(await hub.countReaders()).toBe(0));
  await atTimeIn(205_000, async () => expect(await hub.describe()).toMatchObject({ kind: 'stream' }));
  await runAlarmIn(210_000, name);
  expect(await hub.describe()).toEqual({ kind: 'absent' });
});

test('a socket that hibernates is sent what is appended later', async () => {
  const { name, hub } = await newStream({ messages: json('first') });
  const reader = await follow(hub, 0);
  await eventually(() => expect(reader.values).toEqual(['first']));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await append(hubOf(name), 'second');
  await eventually(() => expect(reader.values).toEqual(['first', 'second']));
  reader.socket.close();
});

test('a reader that acknowledges nothing is sent a bounded part, and goes on from there when it does', async () => {
  const { hub } = await newStream();
  const reader = await follow(hub, 0, { acks: false });
  const values = Array.from({ length: 40 }, (_, n) => `${n}${'x'.repeat(50_000)}`);
  for (const value of values) await append(hub, value);
  await eventually(() => expect(reader.values.length).toBeGreaterThan(8));
  expect(reader.values.length).toBeLessThan(14);
  await eventually(() => {
    reader.ack();
    expect(reader.values).toEqual(values);
  });
  await append(hub, 'live again');
  await eventually(() => expect(reader.values.at(-1)).toBe('live again'));
  reader.socket.close();
});

test('a reader that has nothing acknowledged for too long is sent away with the offset to go on from', async () => {
  const { name, hub } = await newStream({ messages: json('first') });
  const reader = await follow(hub, 0, { acks: false });
  await eventually(() => expect(reader.values).toHaveLength(1));
  reader.ack();
  for (let n = 0; n < 15; n++) await append(hub, 'x'.repeat(50_000));
  await eventually(() => runInDurableObject(nativeStub(name), (_, { storage }) => expect(readersDueInMs(storage)).toBeLessThan(31_000)));
  await runAlarmIn(31_000, name);
  const { code, reason } = await reader.closed;
  expect([code, reason]).toEqual([4408, expect.stringMatching(/go on from \d{16}_0000000000000001$/)]);
  const timersLeft = await runInDurableObject(nativeStub(name), (_, { storage: { sql } }) =>
    sql.exec("SELECT 1 FROM timers WHERE name = 'readers'").toArray(),
  );
  expect(timersLeft).toEqual([]);
});

test('a socket lives for a quarter of an hour, and its reader is told where to go on', async () => {
  const { name, hub } = await newStream({ messages: json('first') });
  const reader = await follow(hub, 0);
  await eventually(() => expect(reader.values).toHaveLength(1));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await runAlarmIn(15 * 60_000 + 1_000, name);
  expect(await reader.closed).toEqual({ code: 1012, reason: expect.stringMatching(/go on from \d{16}_0{15}[01]$/) as string });
});

test('everybody reads a burst in one order, whenever they came', async () => {
  const { hub } = await newStream();
  const early = await follow(hub, 0);
  const appends = Array.from({ length: 300 }, (_, n) => append(hub, n));
  const late = await follow(hub, 0);
  await Promise.all(appends);
  const stored = await valuesOf(hub);
  await eventually(() => {
    expect(early.values).toEqual(stored);
    expect(late.values).toEqual(stored);
  });
  early.socket.close();
  late.socket.close();
});

test.each([
  ['nonsense', 1, 'x', 4400],
  ['acknowledgements of nothing new', 101, JSON.stringify({ type: 'ack', offset: formatOffset({ epoch: 1, position: 0 }) }), 4429],
  [
    'acknowledgements of what is still to come',
    101,
    JSON.stringify({ type: 'ack', offset: formatOffset({ epoch: 1, position: 10 ** 9 }) }),
    4429,
  ],
])('a reader that sends %s is sent away, and the others stay', async (_title, times, frame, expected) => {
  const { hub } = await newStream();
  const [bad, good] = [await follow(hub, 0), await follow(hub, 0)];
  for (let n = 0; n < times; n++) bad.socket.send(frame);
  expect(await bad.closed).toMatchObject({ code: expected });
  await append(hub, 'for the others');
  await eventually(() => expect(good.values).toEqual(['for the others']));
  good.socket.close();
});

test('a heartbeat is answered without waking the object', async () => {
  const { name, hub } = await newStream();
  const reader = await follow(hub, 0);
  const answer = Promise.withResolvers<unknown>();
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  reader.socket.addEventListener('message', ({ data }) => answer.resolve(data));
  reader.socket.send('ping');
  expect(await answer.promise).toBe('pong');
  reader.socket.close();
});

test('readers are told that a stream is closed behind its last message, and that one is deleted', async () => {
  const { hub } = await newStream();
  const closing = await follow(hub, 0);
  await hub.append({ ...APPEND, messages: json('last'), closes: true });
  expect(await closing.closed).toMatchObject({ code: 1000 });
  expect(closing.values).toEqual(['last']);
  const { hub: other } = await newStream();
  const deleted = await follow(other, 0);
  await other.remove();
  expect(await deleted.closed).toMatchObject({ code: 4404 });
});

test('a fork whose end was interrupted before its source heard of it is ended by its alarm', async () => {
  const { name: source, hub } = await newStream({ messages: json(1) });
  const { name: fork } = await newStream({ fork: { name: source, at: null, subOffset: 0 } });
  await runInDurableObject(nativeStub(fork), async (_, { storage }) => {
    storage.sql.exec('UPDATE stream SET is_deleted = 1');
    storage.sql.exec("INSERT INTO timers VALUES ('end', 1)");
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(nativeStub(fork));
  expect(await runDurableObjectAlarm(nativeStub(fork))).toBe(true);
  expect(await hub.remove()).toEqual({ kind: 'removed' });
  expect(await hub.describe()).toEqual({ kind: 'absent' });
});

test('of forks that are created at once under one name, those that lose hold their sources no longer', async () => {
  const sources = await Promise.all(Array.from({ length: 3 }, async () => newStream({ messages: json(1) })));
  const fork = hubOf(crypto.randomUUID());
  const forks = sources.map(async ({ name }) => fork.create({ ...NEW, fork: { name, at: null, subOffset: 0 } }));
  expect((await Promise.all(forks)).map(({ kind }) => kind).toSorted()).toEqual(['created', 'differs', 'differs']);
  await Promise.all(sources.map(async ({ hub }) => hub.remove()));
  expect(await valuesOf(fork)).toEqual([1]);
  await fork.remove();
  for (const { hub } of sources) expect(await hub.describe()).toEqual({ kind: 'absent' });
});

test('a source that is deleted keeps nothing for a fork whose creation was interrupted, and everything for one that exists', async () => {
  const { name, hub } = await newStream({ messages: json(1) });
  const asked = { name, at: null, subOffset: 0 };
  const { hub: fork } = await newStream({ fork: asked });
  await hub.holdFor(crypto.randomUUID(), asked, null);
  await hub.remove();
  await runDurableObjectAlarm(nativeStub(name)); // false where it has rung by itself
  expect([await hub.describe(), await valuesOf(fork)]).toEqual([{ kind: 'gone' }, [1]]);
  await fork.remove();
  await eventually(async () => expect(await hub.describe()).toEqual({ kind: 'absent' }));
});

test('the directory knows streams from when they are created until they are gone, how large they have become, and how many readers they have', async () => {
  const { name, hub } = await newStream();
  const directory = streamDirectoryStub(env.STREAM_DIRECTORY, tenant);
  const listed = async () => (await directory.list(name, '', 10)).map(({ next, size, readers }) => [next.position, size, readers]);
  expect(await listed()).toEqual([[0, 0, 0]]);
  await append(hub, 'x', 'y');
  await runAlarmIn(6_000, name);
  expect(await listed()).toEqual([[2, 7, 0]]);
  const reader = await follow(hub, 2);
  await runAlarmIn(6_000, name);
  expect(await listed()).toEqual([[2, 7, 1]]);
  reader.socket.close();
  await reader.closed;
  await eventually(async () => {
    await runAlarmIn(6_000, name);
    expect(await listed()).toEqual([[2, 7, 0]]);
  });
  await runAlarmIn(16 * 60_000, name);
  expect(await runInDurableObject(nativeStub(name), (_, { storage }) => storage.getAlarm())).toBeNull();
  await hub.remove();
  expect(await listed()).toEqual([]);
});

test('readers whose runtime was killed are listed no longer than they could have lived', async () => {
  const { name, hub } = await newStream();
  const directory = streamDirectoryStub(env.STREAM_DIRECTORY, tenant);
  const readersListed = async () => (await directory.list(name, '', 1))[0]?.readers;
  await follow(hub, 0);
  await runAlarmIn(6_000, name);
  expect(await readersListed()).toBe(1);
  await evictDurableObject(nativeStub(name), { webSockets: 'close' });
  expect(await readersListed()).toBe(1);
  await runAlarmIn(16 * 60_000, name);
  await runAlarmIn(17 * 60_000, name);
  expect(await readersListed()).toBe(0);
});

test('what is appended while the creation of its stream is reported is reported, too', async () => {
  const name = crypto.randomUUID();
  const directory = streamDirectoryStub(env.STREAM_DIRECTORY, tenant);
  const created = hubOf(name).create(NEW);
  await hubOf(name).create(NEW); // exists, and says so while it is reported
  await append(hubOf(name), 1);
  await created;
  await eventually(async () => {
    await atTimeIn(6_000, async () => void (await runDurableObjectAlarm(nativeStub(name))));
    expect((await directory.list(name, '', 1))[0]?.next.position).toBe(1);
  });
});

test('a stream whose directory could not be told that it is gone tells it by its alarm', async () => {
  const { name } = await newStream();
  await runInDurableObject(nativeStub(name), async (_, { storage }) => {
    storage.sql.exec('UPDATE stream SET is_deleted = 1');
    storage.sql.exec("INSERT OR REPLACE INTO timers VALUES ('end', 1)");
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(nativeStub(name));
  expect(await runDurableObjectAlarm(nativeStub(name))).toBe(true);
  expect(await streamDirectoryStub(env.STREAM_DIRECTORY, tenant).list(name, '', 10)).toEqual([]);
});

test('a directory without streams stops existing', async () => {
  const own = `s-${crypto.randomUUID()}`;
  const hub = streamHubStub(env.STREAM_HUB, { tenant: own, name: 'only' });
  await hub.create(NEW);
  await hub.remove();
  const tables = await runInDurableObject(env.STREAM_DIRECTORY.getByName(own), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'streams'").toArray(),
  );
  expect(tables).toEqual([]);
});
