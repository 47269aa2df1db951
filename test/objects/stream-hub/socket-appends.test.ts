import { evictDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { append, follow, hubOf, json, nativeStub, newStream, valuesOf } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

test('what a writer sends is stored, answered in order, and read by everybody', async () => {
  const { hub } = await newStream();
  const reader = await follow(hub, 0);
  const writer = await follow(hub, 0, { mayAppend: true });
  writer.append({ id: 1 }, '{"n":1}');
  writer.append({ id: 2 }, '[2, [3]]');
  await eventually(() => expect(reader.values).toEqual([{ n: 1 }, 2, [3]]));
  await eventually(() => expect(writer.values).toEqual(reader.values));
  expect(writer.answers).toMatchObject([
    { type: 'appended', id: 1, next: expect.stringMatching(/_0{15}1$/) as string },
    { type: 'appended', id: 2, next: expect.stringMatching(/_0{15}3$/) as string },
  ]);
});

test('a numbered append is stored once, however often it is sent and whatever happened to the object meanwhile', async () => {
  const { name, hub } = await newStream();
  const writer = await follow(hub, 0, { mayAppend: true });
  const producer = { id: 'p', epoch: 0, seq: 0 };
  writer.append({ producer }, '1');
  await eventually(() => expect(writer.answers).toHaveLength(1));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  writer.append({ producer }, '1');
  writer.append({ id: 5, producer: { ...producer, seq: 7 } }, '2');
  writer.append({ producer: { ...producer, epoch: 1, seq: 0 } }, '3');
  writer.append({ producer: { ...producer, seq: 1 } }, '4');
  await eventually(() => expect(writer.answers).toHaveLength(5));
  expect(writer.answers).toMatchObject([
    { type: 'appended' },
    { type: 'appended', duplicate: true },
    { type: 'refused', id: 5, code: 'sequence_gap', expected: 1 },
    { type: 'appended' },
    { type: 'refused', code: 'stale_producer', expected: 1 },
  ]);
  expect(await valuesOf(hubOf(name))).toEqual([1, 3]);
});

test('who asks for it is not sent its own messages, live, in bursts and when it catches up', async () => {
  const { name, hub } = await newStream({ messages: json('before') });
  const writer = await follow(hub, 0, { mayAppend: true, hearsItself: false });
  const other = await follow(hub, 0, { mayAppend: true });
  writer.append({}, '"own"');
  await eventually(() => expect(other.values).toEqual(['before', 'own']));
  for (let n = 0; n < 50; n++) {
    writer.append({}, '"own"');
    other.append({}, `[${n},${n}]`);
  }
  await eventually(() => expect(other.values).toHaveLength(152));
  const others = (await valuesOf(hub)) as unknown[];
  await eventually(() => expect([writer.values, writer.skipped]).toEqual([others.filter((value) => value !== 'own'), 51]));
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  writer.append({}, '"own"');
  await append(hubOf(name), 'last');
  await eventually(() => expect([writer.values.at(-1), writer.skipped]).toEqual(['last', 52]));
  expect(other.values).toContain('own');
});

test('a writer that is behind is not sent its own messages from the log either', async () => {
  const { hub } = await newStream();
  const writer = await follow(hub, 0, { mayAppend: true, hearsItself: false, acks: false });
  const long = 'x'.repeat(50_000);
  for (let n = 0; n < 20; n++) {
    await append(hub, long);
    writer.append({ id: n }, '"own"');
    await eventually(() => expect(writer.answers).toHaveLength(n + 1));
  }
  expect(writer.values.length).toBeLessThan(14);
  await eventually(() => {
    writer.ack();
    expect([writer.values.length, writer.skipped]).toEqual([20, 20]);
  });
  expect(writer.values).not.toContain('own');
});

test.each([
  ['invalid JSON', '{"a":', 'invalid_json'],
  ['JSON that nests 100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000), 'invalid_json'],
  ['a message above 1 MiB', JSON.stringify('x'.repeat(1024 * 1024)), 'body_too_large'],
  ['an empty array', '[]', 'invalid_input'],
  ['nothing', '', 'invalid_input'],
  ['bytes', new Uint8Array([1, 2]), 'invalid_input'],
])('%s is refused on a stream of JSON, and the socket stays', async (_title, body, code) => {
  const { hub } = await newStream();
  const writer = await follow(hub, 0, { mayAppend: true });
  writer.append({ id: 1 }, body);
  writer.append({ id: 2 }, '"good"');
  await eventually(() => expect(writer.answers).toMatchObject([{ type: 'refused', id: 1, code }, { type: 'appended' }]));
  expect(await valuesOf(hub)).toEqual(['good']);
});

test('bytes are kept as they are, and text as its UTF-8', async () => {
  const { hub } = await newStream({ contentType: 'application/octet-stream' });
  const writer = await follow(hub, 0, { mayAppend: true, hearsItself: false });
  writer.append({}, new Uint8Array([0, 10, 255]));
  writer.append({}, '\u00e9\n');
  await eventually(() => expect(writer.answers).toHaveLength(2));
  const part = await hub.read('start', 0);
  expect(part).toMatchObject({ messages: { data: new Uint8Array([0, 10, 255, 0xc3, 0xa9, 10]), lengths: [3, 3] } });
});

test('a writer can close the stream, hears that it has, and appends nothing behind the end', async () => {
  const { hub } = await newStream();
  const writer = await follow(hub, 0, { mayAppend: true });
  const late = await follow(hub, 0, { mayAppend: true });
  writer.append({ close: true }, '"last"');
  late.append({ id: 9 }, '1');
  expect(await writer.closed).toMatchObject({ code: 1000 });
  expect(writer.answers).toMatchObject([{ type: 'appended', closed: true }]);
  expect(writer.values).toEqual(['last']);
  expect(await valuesOf(hub)).toEqual(['last']);
});

test('who may only read is sent away when it appends', async () => {
  const { hub } = await newStream();
  const reader = await follow(hub, 0);
  reader.append({}, '1');
  expect(await reader.closed).toMatchObject({ code: 4403 });
  expect(await valuesOf(hub)).toEqual([]);
});

test('who sends more frames than anybody needs is sent away, and what was taken before is stored', async () => {
  const { hub } = await newStream();
  const writer = await follow(hub, 0, { mayAppend: true });
  writer.append({}, '1');
  vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
  try {
    for (let n = 0; n <= 2_000; n++) writer.append({});
    expect(await writer.closed).toMatchObject({ code: 4429 });
  } finally {
    vi.useRealTimers();
  }
  expect(await valuesOf(hub)).toEqual([1]);
});
