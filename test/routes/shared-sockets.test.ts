import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, expect, test, vi } from 'vitest';
import { decodeFrame } from '../../src/wire/stream-frames.ts';
import type { ServiceHeader } from '../../src/wire/stream-frames.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

let acme: RestClient;

beforeAll(async () => {
  acme = await createTenant(['streams:read', 'streams:write']);
});

/** A socket of several streams that writes down the values of each, and every other answer. */
async function open({ query = '', client = acme, headers = {}, acks = true }: OpenOptions = {}) {
  const credential = client.token === null ? {} : { authorization: `Bearer ${client.token}` };
  const { status, webSocket } = await exports.default.fetch(`https://steamer.test/v1/${client.tenant}/streams?${query}`, {
    headers: { ...credential, upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1', ...headers },
  });
  if (!webSocket) throw new Error(`no socket: ${status}`);
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const socket = {
    values: {} as Record<string, unknown[]>,
    answers: [] as ServiceHeader[],
    next: {} as Record<string, string>,
    closed: closed.promise,
    send: (header: object, body = '') => webSocket.send(`${JSON.stringify(header)}\n${body}`),
    sendRaw: (frame: string | ArrayBuffer) => webSocket.send(frame),
    ack: (stream: string) => socket.send({ type: 'ack', stream, offset: socket.next[stream] }),
    close: () => webSocket.close(),
  };
  webSocket.addEventListener('message', ({ data }) => {
    if (data === 'pong') return void (socket.next['pong'] = 'pong');
    const frame = decodeFrame(data as string);
    if (frame.header.type !== 'data') return void socket.answers.push(frame.header);
    const { stream = '', next, lengths, skipped = 0 } = frame.header;
    const before = positionOf(socket.next[stream] ?? '');
    if (socket.next[stream] !== undefined) expect(positionOf(next)).toBe(before + (lengths?.length ?? 1) + skipped);
    socket.next[stream] = next;
    (socket.values[stream] ??= []).push(...(JSON.parse(`[${String(frame.data)}]`) as unknown[]));
    if (acks) socket.ack(stream);
  });
  webSocket.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }));
  webSocket.accept();
  return socket;
}

interface OpenOptions {
  query?: string;
  client?: Pick<RestClient, 'tenant' | 'token'>;
  headers?: Record<string, string>;
  acks?: boolean;
}

const positionOf = (offset: string) => Number(offset.split('_')[1] ?? 0);

test('one socket follows several streams, each from its own offset on and in its own order', async () => {
  await acme.call('PUT', '/streams/s/one', ['a', 'b']);
  await acme.call('PUT', '/streams/s/two', [1]);
  const offset = (await acme.call('GET', '/streams/s/one')).headers.get('stream-next-offset');
  await acme.call('POST', '/streams/s/one', ['c']);
  const socket = await open();
  socket.send({ type: 'subscribe', stream: 's/one', offset });
  socket.send({ type: 'subscribe', stream: 's/two' });
  await eventually(() => expect(socket.values).toEqual({ 's/one': ['c'], 's/two': [1] }));
  const appends = Array.from({ length: 40 }, (_, n) => acme.call('POST', `/streams/s/${n % 2 === 0 ? 'one' : 'two'}`, [n]));
  await Promise.all(appends);
  const stored = async (name: string) => (await acme.call('GET', `/streams/s/${name}`)).body as unknown[];
  const [one, two] = [await stored('one'), await stored('two')];
  await eventually(() => expect(socket.values).toEqual({ 's/one': one.slice(2), 's/two': two }));
  socket.send({ type: 'unsubscribe', stream: 's/one' });
  socket.send({ type: 'subscribe', stream: 's/three' });
  await eventually(() => expect(socket.answers.at(-1)).toMatchObject({ type: 'refused', stream: 's/three', code: 'not_found' }));
  await acme.call('POST', '/streams/s/one', ['unheard']);
  await acme.call('POST', '/streams/s/two', ['heard']);
  await eventually(() => expect(socket.values['s/two']).toContain('heard'));
  expect(socket.values['s/one']).not.toContain('unheard');
  socket.close();
});

test('a prefix is followed: what there is, what comes, what is deleted, and what comes again', async () => {
  await acme.call('PUT', '/streams/p/old', ['a']);
  const offset = (await acme.call('GET', '/streams/p/old')).headers.get('stream-next-offset') ?? '';
  await acme.call('POST', '/streams/p/old', ['b']);
  await acme.call('PUT', '/streams/p/older', ['x']);
  await acme.call('PUT', '/streams/q', ['other']);
  const socket = await open();
  socket.send({ type: 'subscribe', prefix: 'p/', offset: 'now', offsets: { 'p/old': offset } });
  await eventually(() => expect(socket.answers.filter(({ type }) => type === 'subscribed')).toHaveLength(2));
  await acme.call('PUT', '/streams/p/new', ['first']);
  await acme.call('POST', '/streams/p/older', ['y']);
  await eventually(() => expect(socket.values).toEqual({ 'p/old': ['b'], 'p/older': ['y'], 'p/new': ['first'] }));
  await acme.call('DELETE', '/streams/p/new');
  await eventually(() => expect(socket.answers).toContainEqual(expect.objectContaining({ type: 'ended', stream: 'p/new', code: 4404 })));
  delete socket.next['p/new'];
  await acme.call('PUT', '/streams/p/new', ['again']);
  await eventually(() => expect(socket.values['p/new']).toEqual(['first', 'again']));
  socket.send({ type: 'unsubscribe', prefix: 'p/' });
  socket.send({ type: 'subscribe', stream: 'q' });
  await acme.call('PUT', '/streams/p/newest', [1]);
  await eventually(() => expect(socket.values['q']).toEqual(['other']));
  expect(socket.values['p/newest']).toBeUndefined();
  socket.close();
});

test('streams that hibernate, and a directory that does, are followed on', async () => {
  await acme.call('PUT', '/streams/h/one', [1]);
  const socket = await open();
  socket.send({ type: 'subscribe', prefix: 'h/' });
  await eventually(() => expect(socket.values['h/one']).toEqual([1]));
  await evictDurableObject(env.STREAM_HUB.getByName(`${acme.tenant}/h/one`), { webSockets: 'hibernate' });
  await evictDurableObject(env.STREAM_DIRECTORY.getByName(acme.tenant), { webSockets: 'hibernate' });
  await acme.call('POST', '/streams/h/one', [2]);
  await acme.call('PUT', '/streams/h/two', ['new']);
  await eventually(() => expect(socket.values).toEqual({ 'h/one': [1, 2], 'h/two': ['new'] }));
  socket.close();
});

test('a client that acknowledges nothing is sent a bounded part of all its streams, and goes on in each where it was', async () => {
  const values = Array.from({ length: 30 }, (_, n) => `${n}${'x'.repeat(40_000)}`);
  const names = ['slow/1', 'slow/2', 'slow/3'];
  for (const name of names) await acme.call('PUT', `/streams/${name}`, []);
  const socket = await open({ acks: false });
  socket.send({ type: 'subscribe', prefix: 'slow/' });
  await eventually(() => expect(socket.answers).toHaveLength(3));
  for (const value of values) for (const name of names) await acme.call('POST', `/streams/${name}`, [value]);
  const received = () => Object.values(socket.values).flat().length;
  await eventually(() => expect(received()).toBeGreaterThan(25));
  expect(received()).toBeLessThan(32);
  await eventually(() => {
    for (const name of names) if (socket.next[name] !== undefined) socket.ack(name);
    expect(socket.values).toEqual({ 'slow/1': values, 'slow/2': values, 'slow/3': values });
  });
  socket.close();
});

test('appends go to a stream that is followed, and are answered', async () => {
  await acme.call('PUT', '/streams/w', []);
  const socket = await open({ query: 'echo=false' });
  socket.send({ type: 'append', stream: 'w', id: 1 }, '"too early"');
  socket.send({ type: 'subscribe', stream: 'w' });
  await eventually(() => expect(socket.answers).toMatchObject([{ type: 'refused', stream: 'w', id: 1 }, { type: 'subscribed' }]));
  socket.send({ type: 'append', stream: 'w', id: 2, producer: { id: 'p', epoch: 0, seq: 0 } }, '["x","y"]');
  await eventually(() => expect(socket.answers.at(-1)).toMatchObject({ type: 'appended', stream: 'w', id: 2 }));
  expect((await acme.call('GET', '/streams/w')).body).toEqual(['x', 'y']);
  await acme.call('POST', '/streams/w', ['z']);
  await eventually(() => expect(socket.values['w']).toEqual(['z']));
  socket.close();
});

test('appends are answered also on a stream that begins to wait for acknowledgements before their answers come', async () => {
  const full = ['full/1', 'full/2', 'full/3', 'full/4'];
  const asked = Array.from({ length: 20 }, (_, n) => `asked/${n}`);
  for (const name of [...full, ...asked]) await acme.call('PUT', `/streams/${name}`, []);
  const socket = await open({ acks: false });
  for (const stream of [...full, ...asked]) socket.send({ type: 'subscribe', stream });
  await eventually(() => expect(socket.answers).toHaveLength(24));
  const value = 'v'.repeat(50_000);
  for (const name of full) for (let n = 0; n < 6; n++) await acme.call('POST', `/streams/${name}`, [value]);
  await eventually(() => expect(Object.values(socket.values).flat().length).toBeGreaterThan(20));
  // What others publish meanwhile has no room, and comes before the answers.
  const published = asked.map((name) => acme.call('POST', `/streams/${name}`, ['of others']));
  for (let id = 0; id < 5; id++) for (const stream of asked) socket.send({ type: 'append', stream, id }, `${id}`);
  await Promise.all(published);
  for (const name of asked) {
    const ofStream = () => socket.answers.filter((answer) => 'id' in answer && answer.stream === name);
    await eventually(() => expect(ofStream()).toHaveLength(5));
    const appended = ofStream().flatMap((answer) => (answer.type === 'appended' ? [answer.id] : []));
    const stored = (await acme.call('GET', `/streams/${name}`)).body as unknown[];
    expect(stored.filter((message) => message !== 'of others')).toEqual(appended);
  }
  socket.close();
});

test('its principal is present on the streams that it asks for it', async () => {
  await acme.call('PUT', '/streams/room/1', []);
  await acme.call('PUT', '/streams/room/2', []);
  const socket = await open();
  socket.send({ type: 'subscribe', stream: 'room/1', presence: { name: 'Ann' } });
  socket.send({ type: 'subscribe', stream: 'room/2' });
  await eventually(() =>
    expect(socket.answers).toContainEqual(
      expect.objectContaining({
        type: 'presence',
        stream: 'room/1',
        event: 'members',
        members: [expect.objectContaining({ data: { name: 'Ann' } })],
      }),
    ),
  );
  expect((await acme.call('GET', '/stream-presence/room/2')).body).toEqual({ members: [] });
  socket.send({ type: 'subscribe', prefix: 'x/', presence: [] });
  await eventually(() =>
    expect(socket.answers).toContainEqual(expect.objectContaining({ type: 'refused', prefix: 'x/', code: 'invalid_input' })),
  );
  socket.close();
});

test('a stream that is closed ends its subscription, and nothing else', async () => {
  await acme.call('PUT', '/streams/end/1', [1]);
  await acme.call('PUT', '/streams/end/2', [1]);
  const socket = await open();
  socket.send({ type: 'subscribe', prefix: 'end/' });
  await eventually(() => expect(Object.keys(socket.values)).toHaveLength(2));
  await acme.call('POST', '/streams/end/1', ['last'], { 'stream-closed': 'true' });
  await acme.call('POST', '/streams/end/2', [2]);
  await eventually(() => expect(socket.values).toEqual({ 'end/1': [1, 'last'], 'end/2': [1, 2] }));
  await eventually(() => expect(socket.answers).toContainEqual(expect.objectContaining({ type: 'ended', stream: 'end/1', code: 1000 })));
  socket.close();
});

test('a prefix of more streams than one socket follows is followed as far as that, and says so', async () => {
  const directory = env.STREAM_DIRECTORY.getByName(acme.tenant);
  const listing = {
    contentType: 'text/plain',
    createdAtMs: 1,
    next: { epoch: 1, position: 0 },
    size: 0,
    readers: 0,
    isClosed: false,
    reportedAtMs: 1,
  };
  const names = Array.from({ length: 129 }, (_, n) => `n/${String(n).padStart(3, '0')}`);
  await Promise.all(names.map((name) => directory.report({ ...listing, name })));
  const socket = await open();
  socket.send({ type: 'subscribe', prefix: 'n/' });
  await eventually(() => expect(socket.answers).toHaveLength(129));
  const refused = socket.answers.flatMap((answer) => (answer.type === 'refused' && answer.code === 'invalid_input' ? [answer.stream] : []));
  expect(refused).toEqual(['n/128']);
  socket.close();
});

test('when its client goes, the objects have no socket of it any more', async () => {
  await acme.call('PUT', '/streams/gone', [1]);
  const socket = await open();
  socket.send({ type: 'subscribe', stream: 'gone' });
  await eventually(() => expect(socket.values['gone']).toEqual([1]));
  socket.close();
  const sockets = () =>
    runInDurableObject(env.STREAM_HUB.getByName(`${acme.tenant}/gone`), (_, ctx) =>
      ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN),
    );
  await eventually(async () => expect(await sockets()).toEqual([]));
});

test('a heartbeat is answered', async () => {
  const socket = await open();
  socket.sendRaw('ping');
  await eventually(() => expect(socket.next['pong']).toBe('pong'));
  socket.close();
});

test.each<[string, string | ArrayBuffer, number]>([
  ['nonsense', 'x', 4400],
  ['bytes', new ArrayBuffer(3), 4400],
  ['an unknown type', '{"type":"publish"}', 4400],
  ['no stream', '{"type":"subscribe"}', 4400],
  ['a name that can be none', '{"type":"subscribe","stream":"a/../b"}', 4400],
  ['a name of 10,000 characters', JSON.stringify({ type: 'subscribe', stream: 'x'.repeat(10_000) }), 4400],
  ['a name with NUL', '{"type":"subscribe","stream":"a\\u0000b"}', 4400],
  ['a stream and a prefix', '{"type":"subscribe","stream":"a","prefix":"a"}', 4400],
  ['an offset that is none', '{"type":"subscribe","stream":"a","offset":"-2"}', 4400],
  ['offsets that are none', '{"type":"subscribe","prefix":"a","offsets":{"a":1}}', 4400],
  ['JSON that nests without end', '['.repeat(60_000), 4400],
  ['a line that is too long', `{"type":"subscribe","stream":"${'x'.repeat(65 * 1024)}"}`, 4413],
])('%s ends the socket', async (_title, frame, code) => {
  const socket = await open();
  socket.sendRaw(frame);
  expect(await socket.closed).toMatchObject({ code, reason: expect.stringMatching(/^.{1,123}$/) as string });
});

test('acknowledgements of nothing end the socket, and forged offsets end nothing', async () => {
  await acme.call('PUT', '/streams/forged', [1]);
  const socket = await open();
  const far = `${'9'.repeat(16)}_${'9'.repeat(16)}`;
  socket.send({ type: 'subscribe', stream: 'forged', offset: far });
  socket.send({ type: 'subscribe', stream: 'forged', offset: `${'0'.repeat(15)}7_${'0'.repeat(16)}` });
  await eventually(() => expect(socket.answers).toHaveLength(2));
  expect(socket.answers.map((answer) => 'code' in answer && answer.code)).toEqual(['conflict', 'invalid_input']);
  for (let n = 0; n <= 100; n++) socket.send({ type: 'ack', stream: 'forged', offset: far });
  expect(await socket.closed).toMatchObject({ code: 4429 });
});

test('acknowledgements of the last frames of streams that have ended end nothing, however many', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `last/${n}`);
  await Promise.all(names.map(async (name) => acme.call('PUT', `/streams/${name}`, ['bye'], { 'stream-closed': 'true' })));
  const socket = await open({ acks: false });
  for (const rounds of [1, 2]) {
    for (const stream of names) socket.send({ type: 'subscribe', stream });
    await eventually(() => expect(socket.answers.filter(({ type }) => type === 'ended')).toHaveLength(rounds * names.length));
    names.forEach(socket.ack);
    socket.next = {};
  }
  socket.sendRaw('ping');
  await eventually(() => expect(socket.next['pong']).toBe('pong'));
  socket.close();
});

test('a ticket for a prefix opens one socket, for the streams below it only', async () => {
  await acme.call('PUT', '/streams/t/in', [1]);
  await acme.call('PUT', '/streams/out', [1]);
  const { ticket } = (await acme.call('POST', '/stream-tickets', { prefix: 't/', permissions: ['write'] })).body as { ticket: string };
  const client = { tenant: acme.tenant, token: null };
  const socket = await open({ client, query: `ticket=${ticket}` });
  socket.send({ type: 'subscribe', stream: 't/in' });
  socket.send({ type: 'subscribe', stream: 'out' });
  socket.send({ type: 'subscribe', prefix: '' });
  await eventually(() => expect(socket.values).toEqual({ 't/in': [1] }));
  await eventually(() =>
    expect(socket.answers.filter(({ type }) => type === 'refused')).toMatchObject([{ stream: 'out' }, { prefix: '' }]),
  );
  socket.send({ type: 'append', stream: 't/in' }, '2');
  await eventually(() => expect(socket.values).toEqual({ 't/in': [1, 2] }));
  await expect(open({ client, query: `ticket=${ticket}` })).rejects.toThrow('401');
  const other = (await acme.call('POST', '/stream-tickets', { stream: 't/in' })).body as { ticket: string };
  await expect(open({ client, query: `ticket=${other.ticket}` })).rejects.toThrow('403');
  socket.close();
});

test.each([
  ['another protocol', { 'sec-websocket-protocol': 'chat' }, '426'],
  ['a page of an origin that is not listed', { origin: 'https://evil.example' }, '403'],
  ['no key', { authorization: '' }, '401'],
])('is refused for %s', async (_title, headers: Record<string, string>, status) => {
  await expect(open({ headers })).rejects.toThrow(status);
});

test('a directory forgets a ticket that nobody can use any more, and stops existing', async () => {
  const alone = await createTenant(['streams:read']);
  const { ticket } = (await alone.call('POST', '/stream-tickets', { prefix: '' })).body as { ticket: string };
  const client = { tenant: alone.tenant, token: null };
  (await open({ client, query: `ticket=${ticket}` })).close();
  await expect(open({ client, query: `ticket=${ticket}` })).rejects.toThrow('401');
  const stub = env.STREAM_DIRECTORY.getByName(alone.tenant);
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
  try {
    await runInDurableObject(stub, async (directory) => directory.alarm?.({ isRetry: false, retryCount: 0 } as AlarmInvocationInfo));
  } finally {
    vi.useRealTimers();
  }
  const tables = await runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('streams', 'used_tickets')").toArray(),
  );
  expect(tables).toEqual([]);
});
