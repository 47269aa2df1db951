import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { StreamClient } from '../../src/client/index.ts';
import type { FollowOptions, FollowStatus, ClientOptions, StreamEvent } from '../../src/client/index.ts';
import { encodeFrame } from '../../src/wire/stream-frames.ts';
import { formatOffset } from '../../src/wire/stream-offset.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

let acme: RestClient;
beforeAll(async () => {
  acme = await createTenant(['streams:read', 'streams:write']);
});
afterEach(() => {
  vi.useRealTimers();
});

/** As a Worker reaches the service by a service binding. */
const callService = async (url: string, init: RequestInit) => exports.default.fetch(new Request(url, init));
async function openSocket(socketUrl: string, protocol: string): Promise<WebSocket | null> {
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': protocol };
  const { webSocket } = await exports.default.fetch(socketUrl.replace(/^ws/, 'http'), { headers });
  webSocket?.accept();
  return webSocket;
}

const url = () => `https://steamer.test/v1/${acme.tenant}`;
const clientWith = (options: Partial<ClientOptions> = {}, token = acme.token) =>
  new StreamClient({ url: url(), headers: { authorization: `Bearer ${token}` }, fetch: callService, openSocket, ...options });
const hubOf = (name: string) => env.STREAM_HUB.getByName(`${acme.tenant}/${name}`);

async function newStream(values: unknown[] = []): Promise<string> {
  const name = crypto.randomUUID();
  expect(await acme.call('PUT', `/streams/${name}`, values)).toMatchObject({ status: 201 });
  return name;
}

/** What a follower is handed over, until it is stopped. */
function followed(client: StreamClient, name: string, options: FollowOptions = {}) {
  const abort = new AbortController();
  const events: StreamEvent[] = [];
  const statuses: FollowStatus[] = [];
  const done = (async () => {
    const onStatus = (status: FollowStatus) => statuses.push(status);
    for await (const event of client.follow(name, { signal: abort.signal, onStatus, ...options })) events.push(event);
  })();
  done.catch(() => undefined); // a test that cares waits for it
  return { events, values: () => events.map(({ value }) => value), statuses, done, stop: () => abort.abort() };
}

const closeSockets = (name: string, code: number) =>
  runInDurableObject(hubOf(name), (_, ctx) => ctx.getWebSockets().forEach((socket) => socket.close(code, 'for a test')));

describe('follow', () => {
  test.each([
    ['over a WebSocket', {}],
    ['by long polls', { openSocket: null }],
  ])('hands over what there is and what comes %s, and ends with the stream', async (_title, options) => {
    const name = await newStream(['a', 'b']);
    const client = clientWith(options);
    const follower = followed(client, name);
    await eventually(() => expect(follower.values()).toEqual(['a', 'b']));
    await eventually(() => expect(follower.statuses.at(-1)).toBe('live'));
    await acme.call('POST', `/streams/${name}`, [{ n: 1 }, 'last']);
    await client.close(name);
    await follower.done;
    expect(follower.values()).toEqual(['a', 'b', { n: 1 }, 'last']);
  });

  test('goes on behind the offset of any event', async () => {
    const name = await newStream([0, 1, 2, 3, 4]);
    const first = followed(clientWith(), name);
    await eventually(() => expect(first.events).toHaveLength(5));
    for (const { value, offset } of first.events) {
      const rest = followed(clientWith(), name, { offset });
      await eventually(() => expect(rest.values()).toEqual([0, 1, 2, 3, 4].slice(Number(value) + 1)));
      await eventually(() => expect(rest.statuses).toContain('live'));
      rest.stop();
    }
    first.stop();
    await expect(first.done).rejects.toThrow('aborted');
  });

  test.each([
    ['lost', 1011],
    ['ended by the service', 1012],
    ['ended for want of acknowledgements', 4408],
  ])('goes on without loss or repeat when its socket is %s, and the object evicted', async (_title, code) => {
    const name = await newStream([0]);
    const follower = followed(clientWith(), name);
    for (let n = 1; n <= 5; n++) {
      await eventually(() => expect(follower.events).toHaveLength(n));
      await closeSockets(name, code);
      if (n % 2 === 0) await evictDurableObject(hubOf(name), { webSockets: 'hibernate' });
      await acme.call('POST', `/streams/${name}`, [n]);
    }
    await eventually(() => expect(follower.values()).toEqual([0, 1, 2, 3, 4, 5]));
    follower.stop();
  });

  test.each([
    ['do not get through', () => new WebSocket('ws://127.0.0.1:9/')],
    [
      'are not allowed',
      () => {
        throw new Error('not from this page');
      },
    ],
  ])('polls where sockets %s', async (_title, opener: () => WebSocket) => {
    const name = await newStream(['a']);
    const follower = followed(clientWith({ openSocket: opener }), name);
    await eventually(() => expect(follower.values()).toEqual(['a']));
    await acme.call('POST', `/streams/${name}`, ['b']);
    await eventually(() => expect(follower.values()).toEqual(['a', 'b']));
    follower.stop();
  });

  test('tries again while the service cannot be reached, and says so', async () => {
    const name = await newStream(['a']);
    let failures = 2;
    const client = clientWith({
      fetch: async (...args) => {
        if (failures-- > 0) throw new TypeError('network is unreachable');
        return callService(...args);
      },
    });
    const follower = followed(client, name);
    await eventually(() => expect(follower.values()).toEqual(['a']));
    expect(follower.statuses.slice(0, 5)).toEqual(['connecting', 'offline', 'connecting', 'offline', 'connecting']);
    follower.stop();
  });

  test('fails with what the service refuses for good', async () => {
    await expect(followed(clientWith(), 'nothing-here').done).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(followed(clientWith({}, 'stm_live_wrong'), 'x').done).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
    const old = formatOffset({ epoch: 7, position: 0 });
    await expect(followed(clientWith(), await newStream(), { offset: old }).done).rejects.toMatchObject({ code: 'gone', status: 410 });
    const name = await newStream();
    const follower = followed(clientWith(), name);
    await eventually(() => expect(follower.statuses).toContain('live'));
    await clientWith().remove(name);
    await expect(follower.done).rejects.toMatchObject({ code: 'not_found' });
    const operator = await createTenant(['operator']);
    const { token } = await createTenant(['streams:read'], acme.tenant);
    const revoked = followed(clientWith({}, token), await newStream());
    await eventually(() => expect(revoked.statuses).toContain('live'));
    expect((await operator.call('POST', `//v1/operator/keys/${token?.split('_')[2]}/revoke`)).status).toBe(200);
    await expect(revoked.done).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  test('says where the messages begin that are kept, when those it wants are not', async () => {
    const client = clientWith();
    await client.create('short', { retention: { bytes: 10 } });
    const producer = client.producer('short');
    for (const text of ['first', 'second', 'third']) await producer.append(text);
    const { values, offset } = await client.read('short');
    expect(values).toHaveLength(3);
    vi.useFakeTimers({ now: Date.now() + 2_000, toFake: ['Date'] });
    await runDurableObjectAlarm(hubOf('short'));
    vi.useRealTimers();
    const begin = offset.replace(/3$/, '0');
    const firstOffset = offset.replace(/3$/, '1');
    await expect(followed(client, 'short', { offset: begin }).done).rejects.toMatchObject({ code: 'gone', status: 410, firstOffset });
    const follower = followed(client, 'short', { offset: firstOffset });
    await eventually(() => expect(follower.values()).toEqual(['second', 'third']));
    follower.stop();
  });

  test('tells the service to wait while nobody asks for more', async () => {
    const name = await newStream();
    let received = 0;
    const client = clientWith({
      openSocket: async (...args) => {
        const socket = await openSocket(...args);
        socket?.addEventListener('message', ({ data }) => void (received += String(data).length));
        return socket;
      },
    });
    const producer = clientWith().producer(name);
    const texts = Array.from({ length: 60 }, (_, n) => `${n}${'x'.repeat(50_000)}`);
    await Promise.all(texts.map(async (text) => producer.append(text)));
    const events = client.follow<string>(name);
    const seen = [(await events.next()).value?.value];
    await eventually(() => expect(received).toBeGreaterThan(400_000));
    await acme.call('GET', `/streams/${name}?offset=now`);
    expect(received).toBeLessThan(1_200_000);
    while (seen.length < texts.length) seen.push((await events.next()).value?.value);
    await events.return();
    expect(seen).toEqual(texts);
  });

  test('hands over bytes: message by message over a socket, and in one piece by polls', async () => {
    const name = crypto.randomUUID();
    await clientWith().create(name, { contentType: 'application/octet-stream' });
    const producer = clientWith().producer(name, { contentType: 'application/octet-stream' });
    await Promise.all([producer.append(new Uint8Array([1, 2])), producer.append(new Uint8Array([3]))]);
    const [bySocket, byPolls] = [followed(clientWith(), name), followed(clientWith({ openSocket: null }), name)];
    await eventually(() => expect(bySocket.values()).toEqual([new Uint8Array([1, 2]), new Uint8Array([3])]));
    await eventually(() => expect(byPolls.values()).toEqual([new Uint8Array([1, 2, 3])]));
    bySocket.stop();
    byPolls.stop();
  });

  /** A follower of a socket whose other end is this test. */
  function atOtherEnd() {
    const ends: WebSocket[] = [];
    const received: unknown[] = [];
    const client = clientWith({
      openSocket: () => {
        const { 0: near, 1: far } = new WebSocketPair();
        far.accept();
        far.addEventListener('message', ({ data }) => void received.push(data));
        ends.push(far);
        near.accept();
        return near;
      },
    });
    const send = (end: number, position: number, value: string) =>
      ends[end]?.send(encodeFrame({ header: { type: 'data', next: formatOffset({ epoch: 1, position }) }, data: value }));
    return { client, ends, received, send };
  }

  test('comes again when a message is missing, and when it has one already', async () => {
    const { client, ends, send } = atOtherEnd();
    const follower = followed(client, 'x');
    await eventually(() => expect(ends).toHaveLength(1));
    send(0, 1, '"first"');
    send(0, 3, '"third"');
    await eventually(() => expect(ends).toHaveLength(2));
    send(1, 1, '"first"');
    await eventually(() => expect(ends).toHaveLength(3));
    send(2, 2, '"second"');
    await eventually(() => expect(follower.values()).toEqual(['first', 'second']));
    follower.stop();
  });

  test('asks a silent socket for a sign of life, and opens another where there is none', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { client, ends, received } = atOtherEnd();
    const follower = followed(client, 'x');
    await eventually(() => expect(ends).toHaveLength(1));
    await eventually(() => expect(received).toEqual(['ping']));
    vi.advanceTimersByTime(25_000);
    await eventually(() => expect(received).toEqual(['ping', 'ping']));
    ends[0]?.send('pong');
    await acme.call('GET', '/streams');
    vi.advanceTimersByTime(25_000);
    await eventually(() => expect(received).toEqual(['ping', 'ping', 'ping']));
    vi.advanceTimersByTime(25_000);
    await eventually(() => expect(ends).toHaveLength(2));
    follower.stop();
  });
});

describe('a producer', () => {
  test('stores what it is given in order and once, though answers are lost and requests do not arrive', async () => {
    const name = await newStream();
    let calls = 0;
    const client = clientWith({
      fetch: async (...args) => {
        calls++;
        if (calls % 3 === 0) throw new TypeError('the request is lost');
        const response = await callService(...args);
        if (calls % 3 === 1) throw new TypeError('the answer is lost');
        return response;
      },
    });
    const producer = client.producer(name);
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    await Promise.all(numbers.slice(0, 50).map(async (n) => producer.append(n)));
    await Promise.all(numbers.slice(50).map(async (n) => producer.append(n)));
    expect((await acme.call('GET', `/streams/${name}`)).body).toEqual(numbers);
    expect(calls).toBeLessThan(12);
  });

  test('tells everybody who waits that the stream takes no more', async () => {
    const name = await newStream();
    const producer = clientWith().producer(name);
    await producer.append(1);
    await clientWith().close(name);
    const results = await Promise.allSettled([producer.append(2), producer.append(3)]);
    const refused = { status: 'rejected', reason: { code: 'stream_closed', status: 409 } };
    expect(results).toMatchObject([refused, refused]);
    await expect(producer.append(4)).rejects.toMatchObject({ code: 'stream_closed' });
  });

  test('gives up what is not stored when it is told to', async () => {
    const abort = new AbortController();
    const producer = clientWith({ fetch: () => Promise.reject(new TypeError('no network')) }).producer('x', { signal: abort.signal });
    const appended = producer.append(1);
    abort.abort(new Error('enough'));
    await expect(appended).rejects.toThrow('enough');
  });
});

test('a stream is created, read a part at a time, and removed', async () => {
  const client = clientWith({ headers: async () => Promise.resolve({ authorization: `Bearer ${acme.token}` }) });
  await client.create('whole', { ttlSec: 3600 });
  await expect(client.create('whole')).rejects.toMatchObject({ code: 'conflict' });
  await client.producer('whole').append({ n: 1 });
  const part = await client.read<{ n: number }>('whole');
  expect(part).toEqual({ values: [{ n: 1 }], offset: expect.stringMatching(/_0{15}1$/), isUpToDate: true, isClosed: false });
  expect(await client.read('whole', part.offset)).toMatchObject({ values: [], isUpToDate: true });
  await client.remove('whole');
  await expect(client.read('whole')).rejects.toMatchObject({ code: 'not_found' });
});

test('a URL that is none is refused at once', () => {
  expect(() => new StreamClient({ url: 'acme' })).toThrow(TypeError);
});
