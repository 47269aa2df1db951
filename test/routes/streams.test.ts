import { DurableStream, IdempotentProducer } from '@durable-streams/client';
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

let acme: RestClient;
let reader: RestClient;

beforeAll(async () => {
  acme = await createTenant(['streams:read', 'streams:write']);
  reader = await createTenant(['streams:read'], acme.tenant);
});

test("the protocol's own client writes, follows and resumes with nothing but a URL and a key", async () => {
  const options = {
    url: `https://steamer.test/v1/${acme.tenant}/streams/orders/eu`,
    headers: { authorization: `Bearer ${acme.token}` },
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init)),
  };
  const handle = await DurableStream.create({ ...options, contentType: 'application/json' });
  const enough = Promise.withResolvers<void>();
  const producer = new IdempotentProducer(handle, 'shop-1', { fetch: options.fetch, onError: (error) => enough.reject(error) });
  for (let n = 0; n < 500; n++) producer.append(JSON.stringify({ n }));
  await producer.flush();
  const first = await handle.stream<{ n: number }>({ offset: '-1', live: false });
  expect((await first.json()).map(({ n }) => n)).toEqual(Array.from({ length: 500 }, (_, n) => n));

  const seen: number[] = [];
  const live = await handle.stream<{ n: number }>({ offset: first.offset, live: 'sse' });

  live.subscribeJson(({ items }) => {
    seen.push(...items.map(({ n }) => n));
    if (seen.length === 2) enough.resolve();
  });
  producer.append(JSON.stringify({ n: 500 }));
  await producer.flush();
  await evictDurableObject(env.STREAM_HUB.getByName(`${acme.tenant}/orders/eu`), { webSockets: 'hibernate' });
  producer.append(JSON.stringify({ n: 501 }));
  await producer.close();
  await enough.promise;
  live.cancel();
  expect(seen).toEqual([500, 501]);
});

test('a key writes with the scope for it only, and what the service writes nobody else does', async () => {
  expect(await reader.call('PUT', '/streams/own')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(await reader.call('GET', '/streams/own')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await acme.call('PUT', '/streams/changes/orders')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
});

test('a stream of another tenant does not exist', async () => {
  const other = await createTenant(['streams:read', 'streams:write']);
  await acme.call('PUT', '/streams/secret', [1]);
  expect(await other.call('GET', `//v1/${acme.tenant}/streams/secret`)).toMatchObject({ status: 404 });
  expect(await other.call('GET', '/streams/secret')).toMatchObject({ status: 404 });
  expect(await other.call('PUT', '/streams/fork', undefined, { 'stream-forked-from': `/v1/${acme.tenant}/streams/secret` })).toMatchObject({
    status: 400,
    body: { code: 'invalid_input' },
  });
});

test('streams are listed by name, by prefix and a page at a time', async () => {
  const shop = await createTenant(['streams:read', 'streams:write']);
  expect((await shop.call('GET', '/streams')).body).toEqual({ items: [], cursor: null });
  for (const name of ['b/2', 'a', 'b/1', 'b/3', 'c']) await shop.call('PUT', `/streams/${name}`, [1]);
  const names = async (query: string) => {
    const { body } = await shop.call('GET', `/streams?${query}`);
    return [body.items.map(({ name }: { name: string }) => name), body.cursor];
  };
  expect(await names('prefix=b/')).toEqual([['b/1', 'b/2', 'b/3'], null]);
  expect(await names('limit=2')).toEqual([['a', 'b/1'], 'b/1']);
  expect(await names('limit=2&cursor=b/1&prefix=b/')).toEqual([['b/2', 'b/3'], 'b/3']);
  expect(await names('limit=2&cursor=b/3&prefix=b/')).toEqual([[], null]);
  expect((await shop.call('GET', '/streams?limit=1')).body.items[0]).toMatchObject({
    name: 'a',
    messages: 1,
    size: 1,
    readers: 0,
    isClosed: false,
  });
  expect(await shop.call('GET', '/streams?limit=0')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});

test.each([
  ['stream-expires-at', '9999-12-31T23:59:59Z'],
  ['stream-ttl', '3155760000'],
  ['stream-retention-seconds', '3155760000'],
])('a stream is created with %s: %s', async (header, value) => {
  const path = `/streams/long/${header}`;
  expect(await acme.call('PUT', path, [1], { [header]: value })).toMatchObject({ status: 201 });
  expect(await acme.call('DELETE', path)).toMatchObject({ status: 204 });
});

test.each([
  ['PUT', '/streams/a%2f..%2fb', {}, 'invalid_input'],
  ['PUT', '/streams/a%00b', {}, 'invalid_input'],
  ['PUT', `/streams/${'x'.repeat(10_000)}`, {}, 'invalid_input'],
  ['PUT', '/streams/ttl', { 'stream-ttl': '-1' }, 'invalid_input'],
  ['PUT', '/streams/ttl', { 'stream-ttl': '99999999999999999999' }, 'invalid_input'],
  ['PUT', '/streams/ttl', { 'stream-ttl': '3155760001' }, 'invalid_input'],
  ['PUT', '/streams/kept', { 'stream-retention-seconds': '3155760001' }, 'invalid_input'],
  ['PUT', '/streams/kept', { 'stream-retention-seconds': '0' }, 'invalid_input'],
  ['PUT', '/streams/kept', { 'stream-retention-bytes': '1e6' }, 'invalid_input'],
  ['POST', '/streams/there', { 'content-type': 'application/json' }, 'invalid_input'],
  ['GET', '/streams/there?offset=-2', {}, 'invalid_input'],
  ['GET', '/streams/there?offset=9999999999999999_9999999999999999', {}, 'invalid_input'],
  ['GET', '/streams/there?offset=0000000000000007_0000000000000000', {}, 'gone'],
  ['GET', '/streams/there?offset=-1&live=websocket', {}, 'invalid_input'],
  ['GET', '/streams/there?offset=-1&live=long-poll&timeout=1e9', {}, 'invalid_input'],
])('%s %s with %j is refused', async (method, path, headers: Record<string, string>, code) => {
  await acme.call('PUT', '/streams/there', []);
  expect(await acme.call(method, path, undefined, headers)).toMatchObject({ body: { code } });
});

test('who reads what is not kept any more is told where the messages begin that are', async () => {
  const retention = { 'stream-retention-seconds': '3600', 'stream-retention-bytes': '300' };
  expect(await acme.call('PUT', '/streams/short', ['x'.repeat(200)], retention)).toMatchObject({ status: 201 });
  for (let n = 0; n < 3; n++) await acme.call('POST', '/streams/short', ['x'.repeat(200)]);
  vi.useFakeTimers({ now: Date.now() + 2_000, toFake: ['Date'] });
  expect(await runDurableObjectAlarm(env.STREAM_HUB.getByName(`${acme.tenant}/short`))).toBe(true);
  vi.useRealTimers();
  const head = (await acme.call('HEAD', '/streams/short')).headers;
  const first = head.get('stream-first-offset') ?? '';
  expect(first).toMatch(/^\d{16}_0{15}2$/);
  expect([head.get('stream-retention-seconds'), head.get('stream-retention-bytes')]).toEqual(['3600', '300']);
  const gone = await acme.call('GET', `/streams/short?offset=${first.slice(0, -1)}0`);
  expect([gone.status, gone.body.code, gone.headers.get('stream-first-offset')]).toEqual([410, 'gone', first]);
  const upgrade = { upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' };
  expect((await acme.call('GET', `/streams/short?offset=${first.slice(0, -1)}0`, undefined, upgrade)).status).toBe(410);
  expect((await acme.call('GET', `/streams/short?offset=${first.slice(0, -1)}0&live=sse`)).status).toBe(410);
  expect((await acme.call('GET', '/streams/short?offset=-1')).body).toHaveLength(2);
});

test.each([
  ['not JSON', '[1,', 'invalid_json'],
  ['JSON that nests too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'invalid_json'],
  ['a message above the limit', JSON.stringify('x'.repeat(1024 * 1024)), 'body_too_large'],
  ['a body above the limit', JSON.stringify(Array(5).fill('x'.repeat(1024 * 1024 - 10))), 'body_too_large'],
])('%s is refused, and nothing of it is kept', async (_title, body, code) => {
  await acme.call('PUT', '/streams/checked', []);
  expect(await acme.call('POST', '/streams/checked', body)).toMatchObject({ body: { code } });
  expect(await acme.call('GET', '/streams/checked')).toMatchObject({ status: 200, body: [] });
});

test('a message of exactly the limit is kept, and numbers keep their digits', async () => {
  const long = JSON.stringify('x'.repeat(1024 * 1024 - 2));
  await acme.call('PUT', '/streams/exact', '[]');
  expect(await acme.call('POST', '/streams/exact', long)).toMatchObject({ status: 204 });
  expect((await acme.call('GET', '/streams/exact')).body).toEqual([JSON.parse(long)]);
  await acme.call('PUT', '/streams/digits', '[12345678901234567890, 1.10]');
  const response = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/digits`, {
    headers: { authorization: `Bearer ${acme.token}` },
  });
  expect(await response.text()).toBe('[12345678901234567890,1.10]');
});

describe('a ticket', () => {
  const ticketFor = async (stream: string) => (await reader.call('POST', '/stream-tickets', { stream })).body.ticket as string;
  const open = async (ticket: string, path = '/streams/ticketed', tenant = acme.tenant) => {
    const response = await exports.default.fetch(`https://steamer.test/v1/${tenant}${path}?offset=-1&ticket=${ticket}`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' },
    });
    response.webSocket?.accept();
    response.webSocket?.close();
    return response.status;
  };

  test('opens one socket on its stream, without another credential', async () => {
    await acme.call('PUT', '/streams/ticketed', [1]);
    const ticket = await ticketFor('ticketed');
    expect(await open(ticket)).toBe(101);
    expect(await open(ticket)).toBe(401);
  });

  test('that was used opens nothing on a stream that has come in the place of its own', async () => {
    await acme.call('PUT', '/streams/ticketed-anew', [1]);
    const ticket = await ticketFor('ticketed-anew');
    expect(await open(ticket, '/streams/ticketed-anew')).toBe(101);
    await acme.call('DELETE', '/streams/ticketed-anew');
    await acme.call('PUT', '/streams/ticketed-anew', [2]);
    expect(await open(ticket, '/streams/ticketed-anew')).toBe(401);
  });

  test('is used up once by however many come at the same time, and also where the object was evicted meanwhile', async () => {
    await acme.call('PUT', '/streams/ticketed', [1]);
    const ticket = await ticketFor('ticketed');
    const statuses = await Promise.all(Array.from({ length: 20 }, () => open(ticket)));
    expect(statuses.filter((status) => status === 101)).toHaveLength(1);
    await evictDurableObject(env.STREAM_HUB.getByName(`${acme.tenant}/ticketed`));
    expect(await open(ticket)).toBe(401);
  });

  test('is worth nothing on another stream, for another tenant, edited, or a minute later', async () => {
    await acme.call('PUT', '/streams/ticketed', [1]);
    await acme.call('PUT', '/streams/other', [1]);
    const other = await createTenant(['streams:read', 'streams:write']);
    await other.call('PUT', '/streams/ticketed', [1]);
    const ticket = await ticketFor('ticketed');
    expect(await open(ticket, '/streams/other')).toBe(403);
    expect(await open(ticket, '/streams/ticketed', other.tenant)).toBe(401);
    expect(await open(`${ticket.slice(0, -2)}AA`)).toBe(401);
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    try {
      expect(await open(ticket)).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  test('appends over its socket if it was asked for by who may write, and to no stream of the service', async () => {
    await acme.call('PUT', '/streams/ticketed-log', []);
    const asked = (permissions: unknown, stream = 'ticketed-log', who = acme) =>
      who.call('POST', '/stream-tickets', { stream, permissions });
    const answered = async (ticket: string, echo = 'true') => {
      const { webSocket } = await exports.default.fetch(
        `https://steamer.test/v1/${acme.tenant}/streams/ticketed-log?offset=now&echo=${echo}&ticket=${ticket}`,
        { headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' } },
      );
      const first = Promise.withResolvers<string>();
      webSocket?.addEventListener('message', ({ data }) => {
        if (!String(data).includes('"type":"data"')) first.resolve(String(data));
      });
      webSocket?.addEventListener('close', ({ code }) => first.resolve(String(code)));
      webSocket?.accept();
      webSocket?.send('{"type":"append"}\n{"by":"ticket"}');
      const answer = await first.promise;
      webSocket?.close();
      return answer;
    };
    expect(await answered((await asked(['read', 'write'])).body.ticket, 'false')).toContain('"type":"appended"');
    expect(await answered((await asked(['read'])).body.ticket)).toBe('4403');
    expect(await answered(await ticketFor('ticketed-log'))).toBe('4403');
    expect((await acme.call('GET', '/streams/ticketed-log')).body).toEqual([{ by: 'ticket' }]);
    expect(await asked(['write'], 'ticketed-log', reader)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await asked(['write'], 'changes/orders')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await asked(['everything'])).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(await asked('write')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  test('is good for a socket and for nothing else', async () => {
    const response = await exports.default.fetch(
      `https://steamer.test/v1/${acme.tenant}/streams/ticketed?ticket=${await ticketFor('ticketed')}`,
    );
    expect(response.status).toBe(401);
    expect(await reader.call('POST', '/stream-tickets', { stream: '../x' })).toMatchObject({ status: 400 });
    expect(await reader.call('POST', '/stream-tickets', {})).toMatchObject({ status: 400 });
  });
});

describe('a WebSocket', () => {
  const upgrade = (path: string, headers: Record<string, string> = {}) =>
    exports.default.fetch(`https://steamer.test/v1/${acme.tenant}${path}`, {
      headers: { authorization: `Bearer ${acme.token}`, upgrade: 'websocket', 'sec-websocket-protocol': 'chat, steamer.v1', ...headers },
    });

  test('is sent what there is from an offset on, and then what comes', async () => {
    await acme.call('PUT', '/streams/live', ['a', 'b']);
    const { status, headers, webSocket } = await upgrade('/streams/live?offset=-1');
    expect([status, headers.get('sec-websocket-protocol')]).toEqual([101, 'steamer.v1']);
    if (!webSocket) throw new Error('no socket');
    const frames: string[] = [];
    webSocket.addEventListener('message', ({ data }) => void frames.push(String(data)));
    webSocket.accept();
    await eventually(() => expect(frames).toHaveLength(1));
    await acme.call('POST', '/streams/live', { n: 1 });
    await eventually(() => expect(frames).toHaveLength(2));
    expect(frames.map((frame) => frame.split('\n')[1])).toEqual(['"a","b"', '{"n":1}']);
    expect(JSON.parse(frames[1]?.split('\n')[0] ?? '')).toEqual({
      type: 'data',
      next: expect.stringMatching(/_0{15}3$/) as string,
      upToDate: true,
    });
    webSocket.close();
  });

  test.each([
    ['another protocol', '/streams/live', { 'sec-websocket-protocol': 'chat' }, 426],
    ['a page of an origin that is not listed', '/streams/live', { origin: 'https://evil.example' }, 403],
    ['a stream that there is not', '/streams/none', {}, 404],
    ['an offset that is none', '/streams/live?offset=-2', {}, 400],
    ['an echo that is neither true nor false', '/streams/live?echo=1', {}, 400],
    ['no key', '/streams/live', { authorization: '' }, 401],
  ])('is refused for %s', async (_title, path, headers: Record<string, string>, status) => {
    await acme.call('PUT', '/streams/live', ['a', 'b']);
    expect((await upgrade(path, headers)).status).toBe(status);
  });

  test('makes its principal present if it asks for it, and the route lists who is', async () => {
    await acme.call('PUT', '/streams/room', []);
    const { webSocket } = await upgrade(`/streams/room?presence=${encodeURIComponent('{"name":"Ann"}')}`);
    webSocket?.accept();
    const { body } = await acme.call('GET', '/stream-presence/room');
    expect(body).toEqual({
      members: [{ kind: 'key', id: expect.any(String) as string, data: { name: 'Ann' }, since: expect.stringMatching(/Z$/) as string }],
    });
    webSocket?.close();
    await eventually(async () => expect((await acme.call('GET', '/stream-presence/room')).body).toEqual({ members: [] }));
    expect(await acme.call('GET', '/stream-presence/none')).toMatchObject({ status: 404 });
  });

  test.each([['"Ann"'], ['[1]'], ['{'], [JSON.stringify({ long: 'x'.repeat(1024) })]])(
    'is refused with a presence of %s',
    async (presence) => {
      await acme.call('PUT', '/streams/room', []);
      expect((await upgrade(`/streams/room?presence=${encodeURIComponent(presence)}`)).status).toBe(400);
    },
  );

  test('of an unknown protocol is told the ones there are', async () => {
    const { headers } = await upgrade('/streams/live', { 'sec-websocket-protocol': 'chat' });
    expect([headers.get('upgrade'), headers.get('sec-websocket-protocol')]).toEqual(['websocket', 'steamer.v1']);
  });
});
