import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import type { MessageBatch } from '../../../src/objects/stream-hub/rpc.ts';
import { SegmentStore } from '../../../src/objects/stream-hub/segment-store.ts';
import type { SegmentBucket } from '../../../src/objects/stream-hub/segment-store.ts';
import { Stream } from '../../../src/objects/stream-hub/stream.ts';
import { Upkeep } from '../../../src/objects/stream-hub/upkeep.ts';
import { APPEND, append, follow, hubOf, nativeStub, newStream, readAll, runAlarmIn, tenant, textsOf } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 60_000 });

/** 3.5 MiB of JSON in one append. */
const numbered = (batch: number): MessageBatch => {
  const texts = Array.from({ length: 3_500 }, (_, n) => JSON.stringify(`${batch}.${n} ${'é'.repeat(1_000)}`));
  return { data: texts.join(','), lengths: texts.map(({ length }) => length) };
};
const bytes = (batch: number): MessageBatch => {
  const lengths = Array.from({ length: 35 }, (_, n) => 100_000 + n);
  const data = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [index, length] of lengths.entries()) data.fill(batch * lengths.length + index, at, (at += length));
  return { data, lengths };
};
const OF_BYTES = [bytes, 'application/octet-stream'] as const;

/** A stream that is long enough for a segment. */
async function longStream(batchOf = numbered, contentType = 'application/json') {
  const { name, hub } = await newStream({ contentType });
  const batches = Array.from({ length: 4 }, (_, n) => batchOf(n));
  for (const messages of batches) expect(await hub.append({ ...APPEND, contentType, messages })).toMatchObject({ kind: 'appended' });
  return { name, hub, texts: batches.flatMap(textsOf) };
}

const keysOf = async (name: string) => {
  const { objects } = await env.STREAM_SEGMENTS.list({ prefix: `streams/${tenant}/${name}/` });
  return objects.map(({ key }) => key.slice(`streams/${tenant}/${name}/`.length));
};
const hotFrom = (name: string) =>
  runInDurableObject(
    nativeStub(name),
    (_, { storage }) => storage.sql.exec<{ at: number }>('SELECT min(position) AS at FROM log').one().at,
  );

test.each([
  ['JSON', 'application/json', numbered],
  ['bytes', 'application/octet-stream', bytes],
])('the older messages of a long stream move to R2, and are read as before: %s', async (_title, contentType, batchOf) => {
  const { name, hub, texts } = await longStream(batchOf, contentType);
  expect(await keysOf(name)).toEqual([]);
  await runAlarmIn(2_000, name);
  expect(await keysOf(name)).toEqual([expect.stringMatching(/^\d{16}_0{16}$/), 'manifest']);
  const moved = await hotFrom(name);
  expect(moved).toBeGreaterThan(texts.length / 4);
  await evictDurableObject(nativeStub(name));
  expect((await readAll(hub)).texts).toEqual(texts);
  for (const position of [1, moved - 1, moved, Math.floor(moved / 2)])
    expect((await readAll(hub, { epoch: 0, position })).texts).toEqual(texts.slice(position));
  const manifest = await env.STREAM_SEGMENTS.get(`streams/${tenant}/${name}/manifest`);
  expect(await manifest?.json()).toMatchObject({ version: 1, contentType, segments: [{ position: 0, until: moved }] });
});

test('a reader on a socket is sent what stands in R2 and what comes behind it, and no more than it acknowledges', async () => {
  const { name, hub, texts } = await longStream();
  await runAlarmIn(2_000, name);
  const reader = await follow(hub, 0);
  await eventually(() => expect(reader.values).toHaveLength(texts.length));
  await append(hub, 'live');
  await eventually(() => expect(reader.values.at(-1)).toBe('live'));
  reader.socket.close();
  const silent = await follow(hub, 0, { acks: false });
  await eventually(() => expect(silent.values.length).toBeGreaterThan(500));
  await hub.describe();
  expect(silent.values.length).toBeLessThan(1_100);
  silent.socket.close();
});

test('a fork takes its part of a stream that has moved, also of the middle of an append', async () => {
  const { name, texts } = await longStream();
  await runAlarmIn(2_000, name);
  const { hub: fork } = await newStream({ contentType: null, fork: { name, at: { epoch: 0, position: 3_500 }, subOffset: 10 } });
  expect((await readAll(fork)).texts).toEqual(texts.slice(0, 3_510));
});

test('a stream that ends leaves nothing in R2', async () => {
  const { name, hub } = await longStream(...OF_BYTES);
  await runAlarmIn(2_000, name);
  await hub.remove();
  expect(await keysOf(name)).toEqual([]);
  expect(
    await hub.create({ contentType: null, lifetime: null, retention: null, isClosed: false, messages: null, fork: null }),
  ).toMatchObject({
    kind: 'created',
  });
});

/** The bucket as one sees it whose calls fail from the n-th on: before they have done anything, or when they have. */
function failing(bucket: SegmentBucket, calls: number, isDone: boolean): SegmentBucket {
  let left = calls;
  const call = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    left--;
    if (left > 0) return work();
    if (left === 0 && isDone) await work();
    throw new Error('the object is gone');
  };
  return {
    put: async (key: string, value: string) => call(async () => bucket.put(key, value)),
    get: async (key: string) => call(async () => bucket.get(key)),
    delete: async (key: string) => call(async () => bucket.delete(key)),
  } as SegmentBucket; // as far as the store calls it
}

/** Does the upkeep of a stream as far as the bucket lets it, and evicts the object there. */
async function interruptedUpkeep(name: string, calls: number, isDone: boolean): Promise<void> {
  await runInDurableObject(nativeStub(name), async (_, { storage }) => {
    const stream = Stream.load(storage.sql);
    if (!stream) throw new Error('no stream');
    storage.sql.exec("INSERT OR REPLACE INTO timers VALUES ('upkeep', 1)");
    await storage.setAlarm(Date.now() + 60_000);
    const upkeep = new Upkeep(storage, new SegmentStore(failing(env.STREAM_SEGMENTS, calls, isDone), () => `${tenant}/${name}`));
    await expect(upkeep.run(stream, Date.now())).rejects.toThrow('the object is gone');
  });
  await evictDurableObject(nativeStub(name));
}

test.each([
  ['before its segment is written', 1, false],
  ['when its segment is written, and its rows are still there', 1, true],
  ['when its rows are gone, and the manifest does not know', 2, false],
  ['when the manifest is written, and that is not noted', 2, true],
])('a stream whose move is interrupted %s is whole, and the alarm goes on', async (_title, calls, isDone) => {
  const { name, hub, texts } = await longStream(...OF_BYTES);
  await interruptedUpkeep(name, calls, isDone);
  expect((await readAll(hub)).texts).toEqual(texts);
  await runAlarmIn(2_000, name);
  expect((await readAll(hub)).texts).toEqual(texts);
  expect(await keysOf(name)).toEqual([expect.stringMatching(/_0{16}$/), 'manifest']);
  const states = await runInDurableObject(nativeStub(name), (_, { storage }) => storage.sql.exec('SELECT state FROM segments').toArray());
  expect(states).toEqual([{ state: 'listed' }]);
  await hub.remove();
  expect(await keysOf(name)).toEqual([]);
});

test('a stream that is deleted while its move was interrupted leaves nothing in R2', async () => {
  const { name, hub } = await longStream(...OF_BYTES);
  await interruptedUpkeep(name, 1, true);
  expect(await keysOf(name)).toHaveLength(1);
  await hub.remove();
  expect(await keysOf(name)).toEqual([]);
});

test.each([
  ['before the manifest forgets them', 1, false],
  ['when the manifest has forgotten them', 1, true],
  ['before they are deleted', 2, false],
  ['when they are deleted, and that is not noted', 2, true],
])('segments whose messages are not kept any more go, also when that is interrupted %s', async (_title, calls, isDone) => {
  const { name, hub, texts } = await longStream(...OF_BYTES);
  await runAlarmIn(2_000, name);
  const moved = await hotFrom(name);
  await runInDurableObject(nativeStub(name), (_, { storage }) => storage.sql.exec('UPDATE stream SET retention_bytes = ?', 6_000_000));
  await evictDurableObject(nativeStub(name));
  await interruptedUpkeep(name, calls, isDone);
  const kept = await readAll(hub);
  expect(kept.first).toBeGreaterThanOrEqual(moved);
  expect(kept.texts).toEqual(texts.slice(kept.first));
  await runAlarmIn(2_000, name);
  expect(await keysOf(name)).toEqual([]);
  expect(await readAll(hub)).toEqual(kept);
});

test('what waits for a lost segment is told to come again, and others are not touched', async () => {
  const { name, hub } = await longStream();
  await runAlarmIn(2_000, name);
  const [segment = ''] = await keysOf(name);
  await env.STREAM_SEGMENTS.delete(`streams/${tenant}/${name}/${segment}`);
  expect((await (await follow(hub, 0)).closed).code).toBe(1011);
  const end = await hub.read('now', 0);
  const reader = await follow(hub, end.kind === 'part' ? end.next.position : 0);
  await append(hub, 'live');
  await eventually(() => expect(reader.values).toEqual(['live']));
  reader.socket.close();
  expect(await hubOf(name).describe()).toMatchObject({ kind: 'stream' });
});
