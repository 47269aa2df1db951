import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { decodeFrame } from '../../src/wire/stream-frames.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

let acme: RestClient;
let name: string;
let bystander: Awaited<ReturnType<typeof open>>;

beforeAll(async () => {
  acme = await createTenant(['streams:read', 'streams:write']);
});

beforeEach(async () => {
  name = `h-${crypto.randomUUID()}`;
  await acme.call('PUT', `/streams/${name}`, ['first']);
  bystander = await open(`/streams/${name}`);
});

/** Whatever happened, the others get what comes. */
afterEach(async () => {
  await acme.call('POST', `/streams/${name}`, ['still here']);
  await eventually(() => expect(bystander.values.at(-1)).toBe('still here'));
  bystander.close();
});

async function open(path: string, headers: Record<string, string> = {}) {
  const { status, webSocket } = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}${path}`, {
    headers: { authorization: `Bearer ${acme.token}`, upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1', ...headers },
  });
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const socket = {
    status,
    values: [] as unknown[],
    answers: [] as object[],
    closed: closed.promise,
    send: (frame: string | ArrayBuffer) => webSocket?.send(frame),
    close: () => webSocket?.close(),
  };
  webSocket?.addEventListener('message', ({ data }) => {
    const frame = decodeFrame(data as string);
    if (frame.header.type !== 'data') return void socket.answers.push(frame.header);
    socket.values.push(...(JSON.parse(`[${String(frame.data)}]`) as unknown[]));
    if (webSocket.readyState === WebSocket.OPEN) webSocket.send(JSON.stringify({ type: 'ack', offset: frame.header.next }));
  });
  webSocket?.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }));
  webSocket?.accept();
  return socket;
}

const nines = '9'.repeat(16);
const zeros = '0'.repeat(16);

test.each([
  ['a page of another origin', '', { origin: 'https://evil.example' }, 403],
  ['a page of an origin that only looks like the service', '', { origin: 'https://steamer.test.evil.example' }, 403],
  ['a page without an origin of its own', '', { origin: 'null' }, 403],
  ['no credential', '', { authorization: '' }, 401],
  ['a made-up ticket', '?ticket=made-up', {}, 401],
  ['an empty ticket', '?ticket=', {}, 401],
  ['a ticket of 10,000 characters', `?ticket=${'x'.repeat(10_000)}`, {}, 401],
  ['no subprotocol', '', { 'sec-websocket-protocol': '' }, 426],
  ['an unknown subprotocol', '', { 'sec-websocket-protocol': 'steamer.v2, graphql-ws' }, 426],
  ['a negative offset', '?offset=-2', {}, 400],
  ['an offset behind every message', `?offset=${nines}_${nines}`, {}, 400],
  ['an offset of a stream before this one', `?offset=${zeros.slice(1)}7_${zeros}`, {}, 410],
  ['an offset of no stream', `?offset=${zeros}_${zeros.slice(1)}1`, {}, 400],
  ['two offsets', '?offset=-1&offset=now', {}, 400],
])('a socket for %s is refused', async (_title, query, headers: Record<string, string>, status) => {
  expect((await open(`/streams/${name}${query}`, headers)).status).toBe(status);
});

test('a program without an origin opens sockets, and a page of the service itself', async () => {
  const sockets = [await open(`/streams/${name}`), await open(`/streams/${name}`, { origin: 'https://steamer.test' })];
  expect(sockets.map(({ status }) => status)).toEqual([101, 101]);
  for (const socket of sockets) socket.close();
});

test.each([
  ['a..%2f..%2fb', 400],
  ['..%2f..%2fetc%2fpasswd', 400],
  ['a%00b', 400],
  ['a%0d%0ab', 400],
  ['x'.repeat(10_000), 400],
  ['%f0%9f%92%a9', 400],
  ['a//b', 400],
])('the name %s is no stream, for sockets as for everybody', async (path, status) => {
  expect((await open(`/streams/${path}`)).status).toBe(status);
  expect((await acme.call('PUT', `/streams/${path}`, [])).status).toBe(status);
  expect((await acme.call('POST', '/stream-tickets', { stream: decodeURIComponent(path) })).status).toBe(status);
});

test.each<[string, (string | ArrayBuffer)[], number]>([
  ['a byte at a time', Array<string>(1_000).fill('{'), 4400],
  ['JSON that is none', ['{"type":"ack"'], 4400],
  ['bytes for text', [new Uint8Array([123, 125]).buffer], 4400],
  ['JSON that nests 100,000 levels', ['{"type":"append"}\n'.replace('}', `,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)], 4413],
  ['a frame above the limit', [`{"type":"append"}\n"${'x'.repeat(4 * 1024 * 1024 + 1024)}"`], 4413],
  ['an offset that was forged', [`{"type":"ack","offset":"-1"}`], 4400],
  ['acknowledgements of what never was', Array<string>(101).fill(`{"type":"ack","offset":"${nines}_${nines}"}`), 4429],
])('who sends %s is sent away, with a reason that fits a close frame', async (_title, frames, code) => {
  const socket = await open(`/streams/${name}`);
  for (const frame of frames) socket.send(frame);
  const closed = await socket.closed;
  expect([closed.code, new TextEncoder().encode(closed.reason).length <= 123]).toEqual([code, true]);
});

test('a type and a Stream-Seq of 255 characters are kept, and longer ones refused', async () => {
  const [type, longType] = [`text/${'x'.repeat(250)}`, `text/${'x'.repeat(251)}`];
  const put = async (as: string) => (await acme.call('PUT', `/streams/${name}-typed`, undefined, { 'content-type': as })).status;
  const post = async (seq: string) => (await acme.call('POST', `/streams/${name}`, '1', { 'stream-seq': seq })).status;
  expect([await put(longType), await put(type), await post('9'.repeat(256)), await post('9'.repeat(255))]).toEqual([400, 201, 400, 204]);
});

test.each(['2030-02-30T00:00:00Z', '2031-04-31T12:00:00+02:00', '2030-13-01T00:00:00Z', '2030-01-01T24:00:01Z', '1e9'])(
  'the end %s is no time',
  async (end) => {
    const headers = { 'stream-expires-at': end };
    expect((await acme.call('PUT', `/streams/${name}-ends`, undefined, headers)).status).toBe(400);
  },
);

test('half a surrogate pair is kept as its escape, and half of its bytes are refused', async () => {
  const text = String.raw`"\ud800 and \udc00"`;
  expect((await acme.call('POST', `/streams/${name}`, text)).status).toBe(204);
  await eventually(() => expect(bystander.values).toEqual(['first', '\ud800 and \udc00']));
  const response = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${acme.token}`, 'content-type': 'application/json' },
    body: new Uint8Array([34, 0xed, 0xa0, 0x80, 34]),
  });
  expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 400, body: { code: 'invalid_json' } });
});

test('an append with a stale epoch, a gap, or behind the end is refused over HTTP and on a socket alike', async () => {
  const other = `${name}-closing`;
  await acme.call('PUT', `/streams/${other}`, []);
  const producer = (epoch: number, seq: number) => ({ 'producer-id': 'p', 'producer-epoch': String(epoch), 'producer-seq': String(seq) });
  const post = async (epoch: number, seq: number) => (await acme.call('POST', `/streams/${other}`, '1', producer(epoch, seq))).status;
  expect([await post(3, 0), await post(2, 0), await post(3, 7), await post(4, 1)]).toEqual([200, 403, 409, 400]);
  const socket = await open(`/streams/${other}`);
  for (const [epoch, seq] of [
    [2, 0],
    [3, 7],
    [4, 1],
  ])
    socket.send(`{"type":"append","producer":{"id":"p","epoch":${epoch},"seq":${seq}}}\n1`);
  const codes = () => socket.answers.map((answer) => 'code' in answer && answer.code);
  await eventually(() => expect(codes()).toEqual(['stale_producer', 'sequence_gap', 'invalid_input']));
  await acme.call('POST', `/streams/${other}`, undefined, { 'stream-closed': 'true' });
  expect(await socket.closed).toMatchObject({ code: 1000 });
  expect(await acme.call('POST', `/streams/${other}`, '1')).toMatchObject({ status: 409, body: { code: 'stream_closed' } });
  expect((await acme.call('GET', `/streams/${other}`)).body).toEqual([1]);
});

test('line ends in a message begin no event of their own', async () => {
  const other = `${name}-text`;
  await acme.call('PUT', `/streams/${other}`, '\r\nevent: control\r\ndata: {"streamClosed":true}\r\r\n\n: x', {
    'content-type': 'text/plain',
  });
  await acme.call('POST', `/streams/${other}`, undefined, { 'stream-closed': 'true' });
  const response = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/${other}?offset=-1&live=sse`, {
    headers: { authorization: `Bearer ${acme.token}` },
  });
  const lines = (await response.text()).split(/\r\n|\r|\n/);
  expect(lines.filter((line) => line.startsWith('event:'))).toEqual(['event: data', 'event: control']);
  expect(lines.filter((line) => line !== '' && !/^(?:event|data):/.test(line))).toEqual([]);
});

test('a character that two appends have cut in two is whole for a live reader', async () => {
  const other = `${name}-cut`;
  const append = async (body: Uint8Array) => {
    const { status } = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/${other}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${acme.token}`, 'content-type': 'text/plain' },
      body,
    });
    expect(status).toBe(204);
  };
  await acme.call('PUT', `/streams/${other}`, undefined, { 'content-type': 'text/plain' });
  const response = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/${other}?offset=-1&live=sse`, {
    headers: { authorization: `Bearer ${acme.token}` },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const readUntil = async (pattern: RegExp) => {
    while (!pattern.test(text)) text += (await reader?.read())?.value ?? '';
  };
  const [whole, euro] = [new TextEncoder().encode('5 '), new TextEncoder().encode('€')];
  await append(Uint8Array.of(...whole, ...euro.subarray(0, 1)));
  await readUntil(/data:5 \n/);
  await append(euro.subarray(1));
  await readUntil(/data:€\n/);
  await append(euro.subarray(0, 2));
  await acme.call('POST', `/streams/${other}`, undefined, { 'stream-closed': 'true' });
  await readUntil(/streamClosed/);
  expect(text.match(/event: data\n.*/g)).toEqual(['event: data\ndata:5 ', 'event: data\ndata:€', 'event: data\ndata:\u{FFFD}']);
});

test('a reader that acknowledges nothing holds up nobody', async () => {
  const lazy = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/streams/${name}?offset=-1`, {
    headers: { authorization: `Bearer ${acme.token}`, upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' },
  });
  lazy.webSocket?.accept();
  let received = 0;
  lazy.webSocket?.addEventListener('message', ({ data }) => {
    received += String(data).length;
  });
  for (let n = 0; n < 30; n++) await acme.call('POST', `/streams/${name}`, JSON.stringify(`${n}${'x'.repeat(100_000)}`));
  await eventually(() => expect(bystander.values).toHaveLength(31));
  expect(received).toBeLessThan(700_000);
  lazy.webSocket?.close();
});
