/** A stream's object: its log, its readers, its forks. Thin: `Stream` keeps, `decideAppend` decides, `Readers` are sent to. */
import { DurableObject } from 'cloudflare:workers';
import { HEARTBEAT, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { Member } from '../../wire/stream-frames.ts';
import type { StreamFrom } from '../../wire/stream-offset.ts';
import { Timers } from '../alarms.ts';
import { readUpgradeUrl } from '../upgrade-url.ts';
import { parseStreamHubName, streamDirectoryStub, streamHubStub, streamRelayStub } from '../stubs.ts';
import { Creations } from './creations.ts';
import type { StreamDirectoryRpc } from './directory-rpc.ts';
import { Appends } from './appends.ts';
import { Ending } from './ending.ts';
import type { HubTimers } from './ending.ts';
import { HubSockets } from './hub-sockets.ts';
import { Inheritance } from './inheritance.ts';
import type {
  AppendMessages,
  AppendResult,
  CreateResult,
  CreateStream,
  DescribeResult,
  ForkSource,
  HoldResult,
  MessageBatch,
  ProducerName,
  Missing,
  ReadResult,
  StreamHubRpc,
} from './rpc.ts';
import { News } from './news.ts';
import type { RelayedState } from './relay-rpc.ts';
import { Reporter } from './reporter.ts';
import { SegmentStore } from './segment-store.ts';
import type { StreamHubEnv, StreamHubOptions } from './options.ts';
import { PART_LENGTH, Reads } from './reads.ts';
import type { SocketRequest } from './socket-request.ts';
import type { Stream } from './stream.ts';
import { StreamHome } from './stream-home.ts';
import { Upkeep } from './upkeep.ts';

/** A relay that could not be reached is told again after this. */
const RELAYS_AGAIN_MS = 5_000;

/** What can be asked of a stream's object. */
export type StreamHubObject = DurableObject<StreamHubEnv> & StreamHubRpc;
/** The class that `defineStreamHub` makes. */
export type StreamHubClass = new (ctx: DurableObjectState, env: StreamHubEnv) => StreamHubObject;

/**
 * Makes the class of the streams' objects, for `wrangler.toml` to name. An object is named by `streamHubName`.
 *
 * @see docs/design/stream-hub.md
 */
export function defineStreamHub(options: StreamHubOptions = {}): StreamHubClass {
  return class StreamHub extends DurableObject<StreamHubEnv> implements StreamHubRpc {
    readonly #timers: HubTimers;
    readonly #home: StreamHome;
    readonly #reporter: Reporter;
    readonly #inheritance: Inheritance;
    readonly #sockets: HubSockets;
    readonly #upkeep: Upkeep;
    readonly #ending: Ending;
    readonly #appends: Appends;
    readonly #creations: Creations;
    readonly #reads: Reads;
    readonly #news = new News();

    constructor(ctx: DurableObjectState, env: StreamHubEnv) {
      super(ctx, env);
      this.#home = new StreamHome(ctx.storage);
      this.#timers = new Timers(ctx.storage, {
        end: (nowMs) => this.#ending.whenDue(nowMs),
        readers: (nowMs) => this.#closeOverdue(nowMs),
        report: async (nowMs) => this.#report(nowMs),
        upkeep: async (nowMs) => this.#home.stream && this.#upkeep.run(this.#home.stream, nowMs),
      });
      this.#upkeep = new Upkeep(ctx.storage, env.STREAM_SEGMENTS ? new SegmentStore(env.STREAM_SEGMENTS, () => ctx.id.name ?? '') : null);
      this.#reporter = new Reporter({
        directory: () => this.#directory,
        home: this.#home,
        name: () => this.#name,
        readers: () => this.#sockets.size,
        schedule: async (atMs) => this.#timers.set('report', atMs),
      });
      this.#creations = new Creations({ home: this.#home, name: () => this.#name, source: (name) => this.#hub(name) });
      this.#inheritance = new Inheritance({ name: () => this.#name, source: (name) => this.#hub(name), cold: this.#upkeep });
      this.#sockets = new HubSockets(ctx, {
        ...options,
        stream: () => this.#home.stream,
        read: (stream, position, maxLength, until) => this.#inheritance.read(stream, position, maxLength, until),
        append: (append, tell) => this.#appends.append(append, tell),
        useTicket: ({ id, expiresAtMs }) => this.#directory.useTicket(id, expiresAtMs),
        noteCredential: (credential, untilMs) => this.#directory.noteSocket(credential, this.#name, untilMs),
        relay: (index) => streamRelayStub(env.STREAM_RELAY, { ...parseStreamHubName(ctx.id.name), index }),
        onDue: (dueAtMs) => void this.#timers.setNoLaterThan('readers', dueAtMs), // nothing waits for it: the output gate holds back what follows
      });
      this.#ending = new Ending({
        home: this.#home,
        upkeep: this.#upkeep,
        reporter: this.#reporter,
        name: () => this.#name,
        hub: (name) => this.#hub(name),
        timers: this.#timers,
        isFollowed: () => this.#sockets.isFollowed(),
        onDeleted: async () => {
          this.#news.tell();
          await this.#sockets.closeAll(STREAM_CLOSE_CODES.deleted, 'the stream is deleted');
        },
      });
      this.#appends = new Appends({
        home: this.#home,
        ending: this.#ending,
        upkeep: this.#upkeep,
        reporter: this.#reporter,
        timers: this.#timers,
        sockets: this.#sockets,
        news: this.#news,
        committed: async () => ctx.storage.sync(),
      });
      this.#reads = new Reads({ ending: this.#ending, inheritance: this.#inheritance, news: this.#news });
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT.ask, HEARTBEAT.answer));
      void ctx.blockConcurrencyWhile(async () => this.#home.load());
    }

    async create(request: CreateStream): Promise<CreateResult> {
      await this.#ending.finish();
      const created = await this.#creations.create(request);
      if ('kind' in created) return created;
      const { diesAtMs } = created.record;
      if (diesAtMs !== null) await this.#timers.set('end', diesAtMs);
      await this.#appends.keepUp(created);
      await this.#reporter.reportNow();
      return { kind: 'created', state: created.state };
    }

    async isForkOf(source: string): Promise<boolean> {
      return this.#creations.isForkOf(source);
    }

    async append(request: AppendMessages): Promise<AppendResult> {
      return this.#appends.append(request);
    }

    async read(from: StreamFrom, waitMs: number): Promise<ReadResult> {
      return this.#reads.read(from, waitMs);
    }

    async describe(): Promise<DescribeResult> {
      const stream = await this.#ending.alive();
      return 'kind' in stream ? stream : { kind: 'stream', state: stream.state };
    }

    async countReaders(): Promise<number> {
      return this.#sockets.size;
    }

    async presence(): Promise<Missing | { kind: 'members'; members: Member[] }> {
      const stream = await this.#ending.alive();
      return 'kind' in stream ? stream : { kind: 'members', members: this.#sockets.members };
    }

    async lastSequence(producer: ProducerName): Promise<number | null> {
      const stream = await this.#ending.alive();
      return 'kind' in stream ? null : stream.lastSequenceOf(producer);
    }

    async remove(): Promise<Missing | { kind: 'removed' }> {
      const stream = await this.#ending.alive();
      if ('kind' in stream) return stream;
      await this.#ending.end(stream);
      return { kind: 'removed' };
    }

    async holdFor(fork: string, source: ForkSource, contentType: string | null): Promise<HoldResult> {
      const stream = await this.#ending.alive();
      if ('kind' in stream) return stream;
      return this.#inheritance.hold(stream, fork, source, contentType);
    }

    async release(fork: string): Promise<void> {
      this.#home.stream?.removeFork(fork);
      if (this.#home.stream?.record.keptFrom) await this.#timers.setNoLaterThan('upkeep', Date.now());
      await this.#ending.finish();
    }

    async readFor(fork: string, from: number, until: number): Promise<MessageBatch> {
      return this.#inheritance.read(this.#heldFor(fork), from, PART_LENGTH, until);
    }

    async readAppendFor(fork: string, position: number): Promise<MessageBatch> {
      return this.#inheritance.appendedAt(this.#heldFor(fork), position);
    }

    async endSockets(credential: string): Promise<void> {
      await this.#sockets.endSockets(credential);
    }

    async attachRelay(index: number): Promise<Missing | { kind: 'attached'; state: RelayedState }> {
      const stream = await this.#ending.alive();
      const { state } = this.#sockets;
      if ('kind' in stream || !state) return { kind: 'absent' };
      this.#sockets.attachRelay(index);
      return { kind: 'attached', state };
    }

    async noteSocket(credential: string): Promise<boolean> {
      return this.#home.stream !== null && this.#sockets.note(credential, Date.now());
    }

    async detachRelay(index: number): Promise<void> {
      if (!this.#home.stream) return;
      this.#sockets.detachRelay(index);
      await this.#ending.touch();
    }

    async readForRelay(acked: number, sent: number, until: number): Promise<MessageBatch | null> {
      return this.#sockets.readForReader(acked, sent, until);
    }

    /** A reader's socket, upgraded by the service's own isolate. */
    override async fetch(request: Request): Promise<Response> {
      const stream = await this.#ending.alive();
      if ('kind' in stream) return new Response(null, { status: stream.kind === 'gone' ? 410 : 404 });
      const answer = await this.#sockets.accept(readUpgradeUrl(request.url) as SocketRequest, stream); // the service's word
      if (answer.webSocket) await this.#reporter.reportSoon(Date.now());
      return answer;
    }

    override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
      await this.#sockets.receive(socket, message);
    }

    override async webSocketClose(socket: WebSocket): Promise<void> {
      socket.close(STREAM_CLOSE_CODES.end); // else it is answered only when the object hibernates
      await this.#forget(socket);
    }

    override async webSocketError(socket: WebSocket): Promise<void> {
      await this.#forget(socket);
    }

    override async alarm(): Promise<void> {
      if (this.#home.stream) await this.#timers.run(Date.now());
      await this.#ending.finish();
    }

    #closeOverdue(nowMs: number): number | null {
      const dueAtMs = this.#sockets.closeOverdue(nowMs);
      void this.#reporter.reportGone(nowMs); // nothing waits for it: a new reader would be forgotten meanwhile
      return dueAtMs;
    }

    async #forget(socket: WebSocket): Promise<void> {
      this.#sockets.forget(socket);
      if (!this.#home.stream) return;
      await this.#ending.touch(); // it has read until now
      await this.#reporter.reportSoon(Date.now());
    }

    get #directory(): StreamDirectoryRpc {
      return streamDirectoryStub(this.env.STREAM_DIRECTORY, parseStreamHubName(this.ctx.id.name).tenant);
    }

    get #name(): string {
      return parseStreamHubName(this.ctx.id.name).name;
    }

    /** Another stream of the tenant. */
    #hub(name: string): StreamHubRpc {
      return streamHubStub(this.env.STREAM_HUB, { ...parseStreamHubName(this.ctx.id.name), name });
    }

    #heldFor(fork: string): Stream {
      const { stream } = this.#home;
      if (stream?.forks.includes(fork) === true) return stream;
      throw new TypeError(`expected a fork of this stream, got ${JSON.stringify(fork)}`);
    }

    /** Tells whoever may not have heard yet: the directory, and relays that could not be reached, as often as it takes. */
    async #report(nowMs: number): Promise<number | null> {
      const isMissing = await this.#sockets.settle();
      const dueAtMs = await this.#reporter.report();
      return isMissing ? nowMs + RELAYS_AGAIN_MS : dueAtMs;
    }
  };
}
