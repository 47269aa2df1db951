import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { defineStreamHub } from '../../../src/objects/index.ts';
import { RELAY_HEADER, readerFrom } from '../../../src/objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../../../src/objects/upgrade-url.ts';
import { append, APPEND, follow, hubOf, json, nativeStub, NEW, newStream, runAlarmIn, tenant, valuesOf } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const relayOf = (name: string, index: number) => env.STREAM_RELAY.getByName(`${tenant}/${name}#${index}`);
const relaysKnownTo = (name: string) =>
  runInDurableObject(nativeStub(name), (_, { storage }) =>
    storage.sql
      .exec<{ relay: number }>('SELECT relay FROM relays ORDER BY relay')
      .toArray()
      .map(({ relay }) => relay),
  );
const tablesOf = (name: string, index: number) =>
  runInDurableObject(relayOf(name, index), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'announced'").toArray(),
  );

test('readers of relays are sent the same in the same order as those of the stream itself, whenever they came', async () => {
  const { name, hub } = await newStream({ messages: json('before') });
  const at = (index: number) => follow(hub, 0, { at: relayOf(name, index) });
  const early = [await follow(hub, 0), await at(0), await at(1)];
  const appends = Array.from({ length: 200 }, (_, n) => append(hub, n));
  const late = [await at(0), await at(2)];
  await Promise.all(appends);
  const stored = await valuesOf(hub);
  await eventually(() => expect([...early, ...late].map(({ values }) => values)).toEqual(Array(5).fill(stored)));
  expect(await relaysKnownTo(name)).toEqual([0, 1, 2]);
  for (const { socket } of [...early, ...late]) socket.close();
});

test('a relay that hibernates, and a stream that does, go on where they were', async () => {
  const { name, hub } = await newStream({ messages: json(0) });
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  await append(hub, 1);
  await eventually(() => expect(reader.values).toEqual([0, 1]));
  await evictDurableObject(relayOf(name, 0), { webSockets: 'hibernate' });
  await append(hub, 2);
  await eventually(() => expect(reader.values).toEqual([0, 1, 2]));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await evictDurableObject(relayOf(name, 0), { webSockets: 'hibernate' });
  await append(hubOf(name), 3, 4);
  await eventually(() => expect(reader.values).toEqual([0, 1, 2, 3, 4]));
  reader.socket.close();
});

test('a relay that is killed loses nothing: its readers come again with what they have', async () => {
  const { name, hub } = await newStream({ messages: json(0) });
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  await append(hub, 1);
  await eventually(() => expect(reader.values).toEqual([0, 1]));
  await evictDurableObject(relayOf(name, 0), { webSockets: 'close' });
  await reader.closed;
  await append(hub, 2);
  const again = await follow(hub, reader.values.length, { at: relayOf(name, 0) });
  await append(hub, 3);
  await eventually(() => expect([...reader.values, ...again.values]).toEqual([0, 1, 2, 3]));
  again.socket.close();
});

test('what a relay has missed it reads from the stream, and what it has been told already it sends nobody twice', async () => {
  const { name, hub } = await newStream({ messages: json(0) });
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  await eventually(() => expect(reader.values).toEqual([0]));
  await hub.detachRelay(0);
  for (let n = 1; n < 10; n++) await append(hub, n);
  expect(reader.values).toEqual([0]);
  const described = await hub.describe();
  if (described.kind !== 'stream') throw new Error(described.kind);
  const { epoch } = described.state.next;
  const state = { epoch, contentType: 'application/json', isClosed: false, first: 0, next: 10 };
  expect(await relayOf(name, 0).announce({ state, from: 8, messages: json(8, 9) })).toEqual({ readers: 1, position: 10 });
  await relayOf(name, 0).announce({ state, from: 8, messages: json(8, 9) });
  await relayOf(name, 0).announce({ state: { ...state, next: 5 }, from: 3, messages: json(3, 4) });
  await eventually(() => expect(reader.values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  reader.socket.close();
});

test('a relay that was not told since the stream was interrupted is told by its alarm', async () => {
  const { name, hub } = await newStream({ messages: json(0) });
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  await eventually(() => expect(reader.values).toEqual([0]));
  await hub.detachRelay(0);
  await append(hub, 1);
  await runInDurableObject(nativeStub(name), (_, { storage }) => storage.sql.exec('INSERT INTO relays VALUES (0)'));
  await evictDurableObject(nativeStub(name));
  await runAlarmIn(6_000, name).catch(() => undefined); // it has run by itself where the machine is slow
  await eventually(() => expect(reader.values).toEqual([0, 1]));
  reader.socket.close();
});

test('a relay without readers is not called, and stops existing', async () => {
  const { name, hub } = await newStream();
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  expect(await tablesOf(name, 0)).toHaveLength(1);
  reader.socket.close();
  await eventually(async () => expect(await relaysKnownTo(name)).toEqual([]));
  await eventually(async () => expect(await tablesOf(name, 0)).toEqual([]));
  await append(hub, 1);
  expect(await tablesOf(name, 0)).toEqual([]);
  expect(await runInDurableObject(relayOf(name, 0), (_, { storage }) => storage.getAlarm())).toBeNull();
});

test('readers that come and go at a relay at the same time leave none of them untold', async () => {
  const { name, hub } = await newStream();
  for (let n = 0; n < 10; n++) {
    const leaving = await follow(hub, n, { at: relayOf(name, 0) });
    leaving.socket.close();
    const staying = await follow(hub, n, { at: relayOf(name, 0) });
    await append(hub, n);
    await eventually(() => expect(staying.values).toEqual([n]));
    staying.socket.close();
  }
});

test('a reader of a relay that acknowledges nothing is sent a bounded part, and goes on from there when it does', async () => {
  const { name, hub } = await newStream();
  const reader = await follow(hub, 0, { at: relayOf(name, 0), acks: false });
  const values = Array.from({ length: 40 }, (_, n) => `${n}${'x'.repeat(50_000)}`);
  for (const value of values) await append(hub, value);
  await eventually(() => expect(reader.values.length).toBeGreaterThan(8));
  expect(reader.values.length).toBeLessThan(14);
  await evictDurableObject(relayOf(name, 0), { webSockets: 'hibernate' });
  await eventually(() => {
    reader.ack();
    expect(reader.values).toEqual(values);
  });
  await append(hub, 'live again');
  await eventually(() => expect(reader.values.at(-1)).toBe('live again'));
  reader.socket.close();
});

test('a relay that hibernates knows how much its readers have to acknowledge', async () => {
  const { name, hub } = await newStream();
  const reader = await follow(hub, 0, { at: relayOf(name, 0), acks: false });
  await append(hub, 'x'.repeat(400_000));
  await eventually(() => expect(reader.values).toHaveLength(1));
  await evictDurableObject(relayOf(name, 0), { webSockets: 'hibernate' });
  await append(hub, 'y'.repeat(400_000));
  await append(hub, 'z');
  await eventually(() => expect(reader.values).toHaveLength(2));
  reader.ack();
  await eventually(() => expect(reader.values.at(-1)).toBe('z'));
  reader.socket.close();
});

test('readers of relays hear that a stream is closed behind its last message, and that one is deleted', async () => {
  const { name, hub } = await newStream();
  const closing = await follow(hub, 0, { at: relayOf(name, 0) });
  await append(hub, 'first');
  await hub.append({ ...APPEND, messages: json('last'), closes: true });
  expect(await closing.closed).toMatchObject({ code: 1000 });
  expect(closing.values).toEqual(['first', 'last']);
  const { name: other, hub: deleted } = await newStream();
  const reader = await follow(deleted, 0, { at: relayOf(other, 0) });
  const empty = await newStream();
  const quiet = await follow(empty.hub, 0, { at: relayOf(empty.name, 0) });
  await deleted.remove();
  expect(await reader.closed).toMatchObject({ code: 4404 });
  await empty.hub.append({ ...APPEND, closes: true });
  expect(await quiet.closed).toMatchObject({ code: 1000 });
});

test('a stream that is deleted has an alarm that ends it before a relay is told, whatever becomes of that', async () => {
  const { name, hub } = await newStream();
  const reader = await follow(hub, 0, { at: relayOf(name, 0) });
  const isToBeEnded = await runInDurableObject(nativeStub(name), async (instance, { storage }) => {
    const removing = instance.remove();
    const rowsOf = (query: string) => storage.sql.exec(query).toArray().length;
    while (rowsOf('SELECT 1 FROM stream WHERE is_deleted = 1') === 0) await Promise.resolve();
    const isSet = rowsOf("SELECT 1 FROM timers WHERE name = 'end'") === 1;
    await removing;
    return isSet;
  });
  expect(isToBeEnded).toBe(true);
  expect(await reader.closed).toMatchObject({ code: 4404 });
  expect(await hub.describe()).toEqual({ kind: 'absent' });
});

test('readers of a stream that was deleted, and interrupted before they were told, are told by its alarm', async () => {
  const { name, hub } = await newStream();
  const readers = [await follow(hub, 0), await follow(hub, 0, { at: relayOf(name, 0) })];
  await runInDurableObject(nativeStub(name), async (_, { storage }) => {
    storage.sql.exec('UPDATE stream SET is_deleted = 1');
    storage.sql.exec("INSERT OR REPLACE INTO timers VALUES ('end', 1)");
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await runAlarmIn(0, name);
  for (const reader of readers) expect(await reader.closed).toMatchObject({ code: 4404 });
  expect(await hub.describe()).toEqual({ kind: 'absent' });
});

test('a relay that was not told of the end of a stream serves the next one of that name, and sends away who is left of the one before', async () => {
  const { name, hub } = await newStream();
  const old = await follow(hub, 0, { at: relayOf(name, 0) });
  await runInDurableObject(nativeStub(name), (_, { storage }) => storage.sql.exec('DELETE FROM relays'));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  await hubOf(name).remove();
  await hubOf(name).create(NEW);
  const reader = await follow(hubOf(name), 0, { at: relayOf(name, 0) });
  expect(await old.closed).toMatchObject({ code: 4404 });
  await append(hubOf(name), 'heard');
  await eventually(() => expect(reader.values).toEqual(['heard']));
  expect(old.values).toEqual([]);
  reader.socket.close();
});

test('a relay of a stream that there is not takes nobody', async () => {
  const url = upgradeUrl(readerFrom({ epoch: 1, position: 0 }));
  expect((await relayOf('none', 0).fetch(url, { headers: { upgrade: 'websocket' } })).status).toBe(404);
  expect(await tablesOf('none', 0)).toEqual([]);
});

test('a writer on a relay is answered, and everybody hears of its messages', async () => {
  const { name, hub } = await newStream();
  const writer = await follow(hub, 0, { at: relayOf(name, 0), mayAppend: true });
  const reader = await follow(hub, 0);
  writer.append({ id: 1 }, '"x"');
  await eventually(() => expect([writer.values, reader.values]).toEqual([['x'], ['x']]));
  expect(writer.answers).toMatchObject([{ type: 'appended', id: 1 }]);
  reader.socket.close();
  writer.socket.close();
});

test('a stream with as many readers as it is to have sends the next ones to a relay, and members and writers that do not hear themselves to nobody else', async () => {
  const { name } = await newStream();
  const Small = defineStreamHub({ readersPerObject: 1 });
  const answers = await runInDurableObject(nativeStub(name), async (_, ctx) => {
    const hub = new Small(ctx, env);
    await ctx.blockConcurrencyWhile(async () => undefined); // what its constructor does comes before
    const upgrade = async (options: object) => {
      const url = upgradeUrl({ ...readerFrom({ epoch: 0, position: 0 }), ...options });
      const { status, headers } = (await hub.fetch?.(new Request(url, { headers: { upgrade: 'websocket' } }))) ?? new Response();
      return [status, headers.get(RELAY_HEADER)];
    };
    return [
      await upgrade({}),
      await upgrade({}),
      await upgrade({}),
      await upgrade({ hearsItself: false }),
      await upgrade({ member: { kind: 'user', id: 'ann', data: null } }),
    ];
  });
  expect(answers).toEqual([
    [101, null],
    [303, '0'],
    [303, '1'],
    [101, null],
    [101, null],
  ]);
});
