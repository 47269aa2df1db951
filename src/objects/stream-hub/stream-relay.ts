/**
 * A relay of a stream: an object that holds sockets of readers where there are too many for the stream's own. It has no log: what it is told it
 * sends on, what it has missed it reads from the stream's object, and what it remembers is how far it has come.
 */
import { DurableObject } from 'cloudflare:workers';
import { HEARTBEAT, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { StreamPosition } from '../../wire/stream-offset.ts';
import { Timers, TIMERS_SCHEMA } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { parseStreamRelayName, streamHubStub } from '../stubs.ts';
import type { StreamHubNamespace } from '../stubs.ts';
import { noMessages, sliceBatch } from './message-batch.ts';
import { Readers } from './readers.ts';
import { RELAYED_SCHEMA, RelayedStream } from './relayed-stream.ts';
import type { Announcement, RelayedState, StreamRelayRpc } from './relay-rpc.ts';
import type { MessageBatch, StreamHubRpc } from './rpc.ts';
import { SocketAppends } from './socket-appends.ts';
import { readUpgradeUrl } from '../upgrade-url.ts';
import type { SocketRequest } from './socket-request.ts';
import { takeFrame } from './take-frame.ts';

export interface StreamRelayEnv {
  STREAM_HUB: StreamHubNamespace;
}

/** What can be asked of a relay. */
export type StreamRelayObject = DurableObject<StreamRelayEnv> & StreamRelayRpc;
/** The class that `defineStreamRelay` makes. */
export type StreamRelayClass = new (ctx: DurableObjectState, env: StreamRelayEnv) => StreamRelayObject;

const MIGRATIONS: readonly string[] = [TIMERS_SCHEMA, RELAYED_SCHEMA];

/** Makes the class of the streams' relays, for `wrangler.toml` to name. An object is named by `streamRelayName`. */
export function defineStreamRelay(): StreamRelayClass {
  return class StreamRelay extends DurableObject<StreamRelayEnv> implements StreamRelayRpc {
    readonly #timers: Timers<'readers'>;
    readonly #readers: Readers;
    readonly #appends: SocketAppends;
    #stream: RelayedStream | null = null;
    /** whether this instance has told the stream's object of itself */
    #isAttached = false;
    /** readers that are being taken: they are there already for who asks whether there are any */
    #coming = 0;
    /** how often credentials have ended */
    #ends = 0;
    /** one thing after the other: what is announced, attached and detached */
    #turn: Promise<unknown> = Promise.resolve();

    constructor(ctx: DurableObjectState, env: StreamRelayEnv) {
      super(ctx, env);
      this.#timers = new Timers(ctx.storage, { readers: (nowMs) => this.#closeOverdue(nowMs) });
      this.#readers = new Readers(ctx, {
        read: async (acked, sent) => this.#root.readForRelay(acked, sent, this.#stream?.next.position ?? sent),
        flush: () => undefined,
        onDue: (dueAtMs) => void this.#timers.setNoLaterThan('readers', dueAtMs), // nothing waits for it: the output gate holds back what follows
      });
      this.#appends = new SocketAppends({
        append: async (request, tell) => {
          const result = await this.#root.append(request);
          tell(result);
          return result;
        },
        appendedBy: () => undefined, // who does not want to hear itself is at the stream's own object
      });
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT.ask, HEARTBEAT.answer));
      void ctx.blockConcurrencyWhile(async () => this.#load());
    }

    async announce(announcement: Announcement): Promise<{ readers: number; position: number }> {
      return this.#inTurn(async () => {
        const stream = this.#stream;
        if (stream && stream.next.epoch !== announcement.state.epoch) await this.#leave(STREAM_CLOSE_CODES.restart, 'come again');
        else if (stream && this.#readerCount > 0) await this.#catchUp(stream, announcement);
        return { readers: this.#readerCount, position: this.#stream?.next.position ?? announcement.state.next };
      });
    }

    async endSockets(credential: string): Promise<void> {
      this.#ends++;
      this.#readers.closeOf(credential);
      await this.#detachWhenEmpty();
    }

    async closeAll(code: number, reason: string): Promise<void> {
      await this.#inTurn(async () => this.#leave(code, reason));
    }

    /** A reader that the stream's object has sent here, with the URL that it was asked with. */
    override async fetch(request: Request): Promise<Response> {
      const { from, ticket: _, ...options } = readUpgradeUrl(request.url) as SocketRequest; // the service's word
      this.#coming++;
      try {
        const stream = await this.#inTurn(async () => this.#attach(from));
        if (!stream) return new Response(null, { status: 404 });
        if (!(await this.#mayOpen(options.credential))) return new Response(null, { status: 401 });
        if (this.#stream !== stream) return new Response(null, { status: 404 }); // it has gone meanwhile
        return await this.#readers.accept(stream, from.position, options);
      } finally {
        this.#coming--;
        if (this.#readerCount === 0) await this.#detachWhenEmpty();
      }
    }

    override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
      await takeFrame(socket, message, this.#stream, { readers: this.#readers, appends: this.#appends });
    }

    override async webSocketClose(socket: WebSocket): Promise<void> {
      socket.close(STREAM_CLOSE_CODES.end); // else it is answered only when the object hibernates
      await this.#forget(socket);
    }

    override async webSocketError(socket: WebSocket): Promise<void> {
      await this.#forget(socket);
    }

    override async alarm(): Promise<void> {
      if (!this.#stream) return;
      await this.#timers.run(Date.now());
      await this.#detachWhenEmpty();
    }

    get #root(): StreamHubRpc {
      return streamHubStub(this.env.STREAM_HUB, parseStreamRelayName(this.ctx.id.name));
    }

    get #readerCount(): number {
      return this.#readers.size + this.#coming;
    }

    #load(): void {
      const { sql } = this.ctx.storage;
      if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'stream'").toArray().length === 0) return;
      migrate(this.ctx.storage, MIGRATIONS);
      this.#stream = RelayedStream.load(sql);
    }

    /** Whether a credential is still good: on the way from the stream's object to here it may have ended. */
    async #mayOpen(credential: string): Promise<boolean> {
      const ends = this.#ends;
      const isGood = await this.#root.noteSocket(credential);
      return isGood && ends !== this.#ends ? this.#mayOpen(credential) : isGood;
    }

    /** The stream, once its object knows that there are readers here, and as far as the reader that comes; null when there is none. */
    async #attach({ epoch, position }: StreamPosition): Promise<RelayedStream | null> {
      // Of a later stream of this name: this relay was not told that the one before is no more.
      if (this.#stream && epoch > this.#stream.next.epoch) await this.#leave(STREAM_CLOSE_CODES.deleted, 'the stream is deleted');
      if (!this.#isAttached || !this.#stream) {
        const attached = await this.#root.attachRelay(parseStreamRelayName(this.ctx.id.name).index);
        if (attached.kind !== 'attached') return null;
        this.#isAttached = true;
        migrate(this.ctx.storage, MIGRATIONS);
        this.#stream ??= RelayedStream.begin(this.ctx.storage.sql, attached.state);
      }
      const state = { ...this.#stream.state, next: position };
      await this.#catchUp(this.#stream, { state, from: position, messages: null });
      return this.#stream;
    }

    /** Sends on what is announced, and before it what was missed. */
    async #catchUp(stream: RelayedStream, { state, from, messages }: Announcement): Promise<void> {
      while (stream.next.position < state.next) {
        const { position } = stream.next;
        const known = messages && from <= position ? sliceBatch(messages, position - from) : null;
        const batch = known ?? (await this.#root.readForRelay(position, position, messages ? from : state.next));
        if (!batch || batch.lengths.length === 0) throw new Error(`no messages at position ${position} of ${state.next}`);
        this.#sendOn(stream, state, batch);
      }
      if (state.isClosed && !stream.isClosed) this.#sendOn(stream, state, noMessages(stream.isJson));
    }

    #sendOn(stream: RelayedStream, state: RelayedState, messages: MessageBatch): void {
      const from = stream.next.position;
      stream.advance(state, messages.lengths.length, messages.data.length);
      this.#readers.announce(stream, from, messages);
    }

    async #forget(socket: WebSocket): Promise<void> {
      this.#readers.forget(socket);
      if (this.#readerCount === 0) await this.#detachWhenEmpty();
    }

    async #detachWhenEmpty(): Promise<void> {
      await this.#inTurn(async () => {
        if (this.#readerCount > 0 || !this.#stream) return;
        await this.#root.detachRelay(parseStreamRelayName(this.ctx.id.name).index);
        if (this.#readerCount === 0) await this.#end();
        else this.#isAttached = false;
      });
    }

    async #leave(code: number, reason: string): Promise<void> {
      this.#readers.closeAll(code, reason);
      await this.#end();
    }

    /** A relay without readers has nothing to remember, and stops existing. */
    async #end(): Promise<void> {
      this.#stream = null;
      this.#isAttached = false;
      await this.ctx.storage.deleteAll();
    }

    #closeOverdue(nowMs: number): number | null {
      if (this.#stream) this.#readers.closeOverdue(this.#stream, nowMs);
      return this.#readers.dueAtMs;
    }

    async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
      const done = this.#turn.then(work);
      this.#turn = done.catch(() => undefined); // who waits for it hears of it
      return done;
    }
  };
}
