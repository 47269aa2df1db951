/** Streams of a tenant of a test's own, and readers that write down what they are sent. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { streamHubStub } from '../../../src/objects/index.ts';
import type { AppendMessages, CreateStream, MessageBatch } from '../../../src/objects/stream-hub/rpc.ts';
import { readerFrom } from '../../../src/objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../../../src/objects/upgrade-url.ts';
import type { SocketRequest } from '../../../src/objects/stream-hub/socket-request.ts';
import type { StreamHubStub } from '../../../src/objects/stubs.ts';
import { decodeFrame } from '../../../src/wire/stream-frames.ts';
import type { ServiceHeader } from '../../../src/wire/stream-frames.ts';
import type { StreamFrom } from '../../../src/wire/stream-offset.ts';

export const NEW: CreateStream = {
  contentType: 'application/json',
  lifetime: null,
  retention: null,
  isClosed: false,
  messages: null,
  fork: null,
};
export const APPEND: AppendMessages = { messages: null, contentType: 'application/json', closes: false, producer: null, streamSeq: null };

export const tenant = `s-${crypto.randomUUID()}`;
export const hubOf = (name: string) => streamHubStub(env.STREAM_HUB, { tenant, name });
export const nativeStub = (name: string) => env.STREAM_HUB.getByName(`${tenant}/${name}`);

export async function newStream(options: Partial<CreateStream> = {}): Promise<{ name: string; hub: StreamHubStub }> {
  const name = crypto.randomUUID();
  const hub = hubOf(name);
  expect(await hub.create({ ...NEW, ...options })).toMatchObject({ kind: 'created' });
  return { name, hub };
}

export const json = (...values: unknown[]): MessageBatch => {
  const texts = values.map((value) => JSON.stringify(value));
  return { data: texts.join(','), lengths: texts.map(({ length }) => length) };
};
export const append = (hub: StreamHubStub, ...values: unknown[]) => hub.append({ ...APPEND, messages: json(...values) });

export async function valuesOf(hub: StreamHubStub): Promise<unknown> {
  const part = await hub.read('start', 0);
  return part.kind === 'part' ? JSON.parse(`[${String(part.messages.data)}]`) : part;
}

/** Everything from a position on, however many answers it takes. */
export async function readAll(hub: StreamHubStub, from: StreamFrom = 'start'): Promise<{ texts: string[]; first: number }> {
  const texts: string[] = [];
  let part = await hub.read(from, 0);
  const first = part.kind === 'part' ? part.from.position : -1;
  for (;;) {
    if (part.kind !== 'part') throw new Error(part.kind);
    texts.push(...textsOf(part.messages));
    if (part.isUpToDate) return { texts, first };
    part = await hub.read(part.next, 0);
  }
}

/** The messages of a batch, one by one; bytes as what they begin and end with. */
export function textsOf({ data, lengths }: MessageBatch): string[] {
  let at = 0;
  return lengths.map((length) => {
    const text = typeof data === 'string' ? data.slice(at, at + length) : `${length} bytes from ${data[at]} to ${data[at + length - 1]}`;
    at += length + (typeof data === 'string' ? 1 : 0);
    return text;
  });
}

/** How a test's reader behaves, and what it asks for. */
export interface FollowOptions extends Partial<Omit<SocketRequest, 'from'>> {
  /** whether it acknowledges everything at once; default true */
  acks?: boolean;
  /** the object that takes its socket; default: the stream's */
  at?: { fetch(url: string, init: RequestInit): Promise<Response> };
}

/** A reader's socket from a position on, the values and the other answers that it was sent, and how many of the values it was not. */
export async function follow(hub: StreamHubStub, position: number, { acks = true, at = hub, ...options }: FollowOptions = {}) {
  const state = await hub.describe();
  if (state.kind !== 'stream') throw new Error(state.kind);
  const url = upgradeUrl({ ...readerFrom({ ...state.state.next, position }), ...options });
  const { webSocket } = await at.fetch(url, { headers: { upgrade: 'websocket' } });
  if (!webSocket) throw new Error('the object did not take the socket');
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const reader = {
    socket: webSocket,
    values: [] as unknown[],
    answers: [] as ServiceHeader[],
    skipped: 0,
    closed: closed.promise,
    ack: () => webSocket.send(JSON.stringify({ type: 'ack', offset: next })),
    append: (header: object, body: string | Uint8Array = '') => webSocket.send(frameOf({ type: 'append', ...header }, body)),
  };
  let next = '';
  let expected = position;
  webSocket.binaryType = 'arraybuffer';
  webSocket.addEventListener('message', (event) => {
    if (event.data === 'pong') return;
    const { header, data } = decodeFrame(event.data as string | ArrayBuffer);
    if (header.type !== 'data') return void reader.answers.push(header);
    if (typeof data === 'string') reader.values.push(...(JSON.parse(`[${data}]`) as unknown[]));
    ({ next } = header);
    reader.skipped += header.skipped ?? 0;
    expected += (header.lengths?.length ?? 1) + (header.skipped ?? 0);
    expect(Number(next.split('_')[1])).toBe(expected);
    if (acks && webSocket.readyState === WebSocket.OPEN) reader.ack();
  });
  webSocket.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }));
  webSocket.accept();
  return reader;
}

function frameOf(header: object, body: string | Uint8Array): string | Uint8Array {
  const line = `${JSON.stringify(header)}\n`;
  return typeof body === 'string' ? line + body : new Uint8Array([...new TextEncoder().encode(line), ...body]);
}

/** Runs the stream's alarm as if it were later. */
export async function runAlarmIn(ms: number, name: string): Promise<void> {
  await atTimeIn(ms, async () => expect(await runDurableObjectAlarm(nativeStub(name))).toBe(true));
}

/** Does something as if it were later. */
export async function atTimeIn(ms: number, work: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
  try {
    await work();
  } finally {
    vi.useRealTimers();
  }
}
