/** Fan-out: this project's streams, a loop over the sockets of an object, the same that stores, and partyserver. The first part of the path says which; the rest what is done. */
import { DurableObject } from 'cloudflare:workers';
import { Server } from 'partyserver';
import { defineStreamDirectory } from '../../src/objects/stream-hub/stream-directory.ts';
import { defineStreamHub } from '../../src/objects/stream-hub/stream-hub.ts';
import { defineStreamRelay } from '../../src/objects/stream-hub/stream-relay.ts';
import { decodeFrame } from '../../src/wire/stream-frames.ts';
import { readerFrom, RELAY_HEADER } from '../../src/objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../../src/objects/upgrade-url.ts';
import { streamHubStub, streamRelayStub } from '../../src/objects/stubs.ts';
import type { StreamHubNamespace, StreamHubStub, StreamRelayNamespace } from '../../src/objects/stubs.ts';

export const Hub = defineStreamHub();
/** So that some thousand readers already need relays. */
export const RelayedHub = defineStreamHub({ readersPerObject: 1_000 });
export const Directory = defineStreamDirectory();
export const Relay = defineStreamRelay();

/** What everybody writes first: the sockets in a set, and a loop. Hibernating ones, as they cost the same. */
export class Plain extends DurableObject {
  readonly #sockets = new Set<WebSocket>(this.ctx.getWebSockets());

  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#sockets.add(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  publish(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#sockets.delete(socket);
  }
}

/** The same, of what is to last: nobody hears of a message that is not stored. */
export class Stored extends Plain {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql.exec('CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  override publish(text: string): void {
    this.#sql.exec('INSERT INTO messages (text) VALUES (?)', text);
    super.publish(text);
  }
}

export class Party extends Server {
  static override options = { hibernate: true };

  publish(text: string): void {
    this.broadcast(text);
  }
}

/** Subscribers inside workerd, as the sockets are that the service's isolates hold: they take no open files. */
export class Insiders extends DurableObject<Env> {
  readonly #subscribers: Insider[] = [];

  async add(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened++) this.#subscribers.push(new Insider((await openHub(this.env, 0)).webSocket));
  }

  /** What all of them have, and how many got something out of order. */
  counted(): { messages: number; disordered: number } {
    const messages = Math.min(...this.#subscribers.map((one) => one.messages));
    return { messages, disordered: this.#subscribers.filter(({ isOrdered }) => !isOrdered).length };
  }
}

class Insider {
  messages = 0;
  isOrdered = true;
  #position = 0;
  #acked = 0;

  constructor(socket: WebSocket | null) {
    socket?.accept();
    socket?.addEventListener('message', ({ data }) => {
      const { header } = decodeFrame(data as string);
      if (header.type !== 'data') return;
      const count = header.lengths?.length ?? 1;
      const position = Number(header.next.slice(17));
      this.isOrdered &&= position - count === this.#position;
      this.#position = position;
      this.messages += count;
      if (position - this.#acked < ACK_EVERY_MESSAGES) return;
      this.#acked = position;
      socket.send(JSON.stringify({ type: 'ack', offset: header.next }));
    });
  }
}

interface Env {
  INSIDERS: DurableObjectNamespace<Insiders>;
  STREAM_HUB: StreamHubNamespace;
  STREAM_RELAY: StreamRelayNamespace;
  PLAIN: DurableObjectNamespace<Plain>;
  STORED: DurableObjectNamespace<Stored>;
  PARTY: DurableObjectNamespace<Party>;
}

const UPGRADE = { headers: { upgrade: 'websocket' } };
const IN_FLIGHT = 64;
/** Some 128 KiB. */
const ACK_EVERY_MESSAGES = 640;

/** 200 bytes of JSON. */
function message(n: number, atMs: number): string {
  return `{"n":${String(n).padStart(10, '1')},"at":${atMs},"text":"`.padEnd(198, 'x') + '"}';
}

async function upgrade(way: string, env: Env, request: Request): Promise<Response> {
  if (way === 'plain' || way === 'stored') return loopOf(way, env).fetch(request);
  if (way === 'party') {
    const headers = new Headers(request.headers);
    headers.set('x-partykit-room', 'bench');
    headers.set('x-partykit-namespace', 'party');
    return env.PARTY.getByName('bench').fetch(new Request(request, { headers }));
  }
  return openHub(env, Number(new URL(request.url).searchParams.get('position') ?? 0));
}

async function openHub(env: Env, position: number): Promise<Response> {
  const url = upgradeUrl(readerFrom({ epoch: 0, position }));
  const answer = await hubOf(env).fetch(url, UPGRADE);
  const relay = answer.headers.get(RELAY_HEADER);
  return relay === null
    ? answer
    : streamRelayStub(env.STREAM_RELAY, { tenant: 'bench', name: 's', index: Number(relay) }).fetch(url, UPGRADE);
}

function loopOf(way: string, env: Env): DurableObjectStub<Plain> {
  return (way === 'stored' ? env.STORED : env.PLAIN).getByName('bench');
}

function hubOf(env: Env): StreamHubStub {
  return streamHubStub(env.STREAM_HUB, { tenant: 'bench', name: 's' });
}

interface Publication {
  count: number;
  batch: number;
  inFlight: number;
  /** when it began; 0: with each call */
  atMs: number;
}

/** Publishes `count` messages, `batch` in each call, so many calls at a time. */
async function publish(way: string, env: Env, { count, batch, inFlight, atMs }: Publication): Promise<void> {
  let next = 0;
  const take = () => Array.from({ length: Math.min(batch, count - next) }, () => message(next++, atMs || Date.now()));
  const lane = async () => {
    for (let texts = take(); texts.length > 0; texts = take()) {
      if (way === 'hub') await append(hubOf(env), texts);
      else for (const text of texts) await (way === 'party' ? env.PARTY.getByName('bench') : loopOf(way, env)).publish(text);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function append(hub: StreamHubStub, texts: string[]): Promise<void> {
  const messages = { data: texts.join(','), lengths: texts.map(({ length }) => length) };
  const result = await hub.append({ messages, contentType: 'application/json', closes: false, producer: null, streamSeq: null });
  if (result.kind !== 'appended') throw new Error(result.kind);
}

/** Reads everything from a position on. @returns how many messages there were */
async function replay(env: Env, from: number): Promise<number> {
  let position = from;
  for (;;) {
    const part = await hubOf(env).read({ epoch: 0, position }, 0);
    if (part.kind !== 'part') throw new Error(part.kind);
    position = part.next.position;
    if (part.isUpToDate) return position - from;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, way = '', what] = pathname.split('/');
    const number = (name: string, otherwise: number) => Number(searchParams.get(name) ?? otherwise);
    switch (what) {
      case 'socket':
        return upgrade(way, env, request);
      case 'inside': {
        const insiders = env.INSIDERS.getByName('bench');
        await insiders.add(number('add', 0));
        return Response.json(await insiders.counted());
      }
      case 'create': {
        const created = { contentType: 'application/json', lifetime: null, retention: null, isClosed: false, messages: null, fork: null };
        return new Response((await hubOf(env).create(created)).kind);
      }
      case 'publish':
        await publish(way, env, {
          count: number('count', 1),
          batch: number('batch', 1),
          inFlight: number('inFlight', IN_FLIGHT),
          atMs: number('atMs', 0),
        });
        return new Response('published');
      case 'replay':
        return new Response(String(await replay(env, number('from', 0))));
      case 'first': {
        const part = await hubOf(env).read({ epoch: 0, position: number('from', 0) }, 0);
        return new Response(part.kind);
      }
      default:
        return new Response('no such thing', { status: 404 });
    }
  },
};
