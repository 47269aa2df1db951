import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { append, follow, hubOf, nativeStub, newStream, readAll, runAlarmIn } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const BY_BYTES = { ageSec: null, bytes: 50_000 };
const BY_AGE = { ageSec: 60, bytes: null };
/** 10,002 characters of JSON. */
const text = (n: number) => `${n}`.padEnd(10_000, 'x');

const hasAlarm = (name: string) => runInDurableObject(nativeStub(name), async (_, { storage }) => (await storage.getAlarm()) !== null);
const rowsOf = (name: string) =>
  runInDurableObject(nativeStub(name), (_, { storage }) => storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM log').one().n);

test('a stream keeps as many bytes as it is to at least, and lets the messages before them go', async () => {
  const { name, hub } = await newStream({ retention: BY_BYTES });
  for (let n = 0; n < 20; n++) await append(hub, text(n));
  await runAlarmIn(2_000, name);
  const kept = await readAll(hub);
  expect(kept.first).toBe(15);
  expect(kept.texts.map((json) => Number.parseInt(json.slice(1), 10))).toEqual([15, 16, 17, 18, 19]);
  expect(await rowsOf(name)).toBe(5);
  await evictDurableObject(nativeStub(name));
  const first = { epoch: expect.any(Number), position: 15 };
  expect(await hubOf(name).read({ epoch: 0, position: 14 }, 0)).toEqual({ kind: 'trimmed', first });
  expect(await hubOf(name).read({ epoch: 0, position: 15 }, 0)).toMatchObject({ kind: 'part', from: first });
  expect(await hubOf(name).describe()).toMatchObject({ state: { first, next: { position: 20 }, retention: BY_BYTES } });
});

test('messages go when they are old enough, and the stream goes on where it was', async () => {
  const { name, hub } = await newStream({ retention: BY_AGE });
  await append(hub, 'old');
  await append(hub, 'older than the next');
  await runAlarmIn(67_000, name);
  expect(await readAll(hub)).toEqual({ texts: [], first: 2 });
  expect(await hasAlarm(name)).toBe(false);
  await evictDurableObject(nativeStub(name));
  await append(hubOf(name), 'new');
  expect(await readAll(hubOf(name))).toEqual({ texts: ['"new"'], first: 2 });
});

test('nothing goes before its time', async () => {
  const { name, hub } = await newStream({ retention: { ageSec: 60, bytes: 1_000_000 } });
  await append(hub, text(1));
  await runAlarmIn(59_000, name);
  expect((await readAll(hub)).texts).toHaveLength(1);
  expect(await hasAlarm(name)).toBe(true);
});

test('a fork keeps what it has of its source when the source does not any more, until the fork is gone', async () => {
  const { name, hub } = await newStream({ retention: BY_BYTES });
  for (let n = 0; n < 10; n++) await append(hub, text(n));
  const { name: forkName, hub: fork } = await newStream({
    contentType: null,
    retention: { ageSec: 3_600, bytes: null },
    fork: { name, at: { epoch: 0, position: 4 }, subOffset: 0 },
  });
  for (let n = 10; n < 20; n++) await append(hub, text(n));
  await runAlarmIn(2_000, name);
  expect(await hub.read({ epoch: 0, position: 2 }, 0)).toMatchObject({ kind: 'trimmed', first: { position: 15 } });
  expect((await readAll(hub)).first).toBe(15);
  expect((await readAll(fork)).texts.map((json) => Number.parseInt(json.slice(1), 10))).toEqual([0, 1, 2, 3]);
  expect(await rowsOf(name)).toBe(9);
  await hubOf(forkName).remove();
  await runAlarmIn(2_000, name);
  expect(await rowsOf(name)).toBe(5);
  expect((await readAll(hub)).first).toBe(15);
});

test('a fork begins at a message that is kept, and has none of those before the ones that its source had', async () => {
  const { name, hub } = await newStream({ retention: BY_BYTES });
  for (let n = 0; n < 20; n++) await append(hub, text(n));
  await runAlarmIn(2_000, name);
  const refused = await hubOf(`${name}-early`).create({
    contentType: null,
    lifetime: null,
    retention: null,
    isClosed: false,
    messages: null,
    fork: { name, at: { epoch: 0, position: 10 }, subOffset: 0 },
  });
  expect(refused).toMatchObject({ kind: 'bad_fork' });
  const { hub: fork } = await newStream({ contentType: null, fork: { name, at: null, subOffset: 0 } });
  expect((await readAll(fork)).first).toBe(15);
  expect(await fork.describe()).toMatchObject({ state: { retention: BY_BYTES } });
});

test('a reader on a socket that is slower than its messages live is sent away, and told where those begin that are kept', async () => {
  const { name, hub } = await newStream({ retention: { ageSec: null, bytes: 100_000 } });
  const reader = await follow(hub, 0, { acks: false });
  for (let n = 0; n < 200; n++) await append(hub, text(n));
  await eventually(() => expect(reader.values.length).toBeGreaterThan(40));
  await runAlarmIn(2_000, name);
  reader.ack();
  expect(await reader.closed).toEqual({ code: 4410, reason: expect.stringMatching(/stand behind \d{16}_0{13}19\d$/) });
});

test('a stream that exists keeps its messages as it was created, and is not another', async () => {
  const { name, hub } = await newStream({ retention: BY_AGE });
  const same = { contentType: 'application/json', lifetime: null, isClosed: false, messages: null, fork: null };
  expect(await hub.create({ ...same, retention: BY_AGE })).toMatchObject({ kind: 'exists' });
  expect(await hub.create({ ...same, retention: null })).toMatchObject({ kind: 'differs' });
  expect(await hubOf(name).create({ ...same, retention: BY_BYTES })).toMatchObject({ kind: 'differs' });
});
