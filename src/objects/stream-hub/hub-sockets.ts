/** The sockets of a stream's object: its own readers and writers, and the relays that hold the rest. */
import { STREAM_MEMBERS_MAX, STREAM_SOCKET_SEC } from '../../wire/limits.ts';
import type { Member } from '../../wire/stream-frames.ts';
import { Announcer } from './announcer.ts';
import { noMessages } from './message-batch.ts';
import { placeReader, Rate } from './placement.ts';
import { PIECE_LENGTH, WINDOW_LENGTH } from './reader.ts';
import { Readers } from './readers.ts';
import type { RelayedState, StreamRelayRpc } from './relay-rpc.ts';
import { Relays } from './relays.ts';
import type { AppendMessages, AppendResult, MessageBatch } from './rpc.ts';
import { SocketAppends } from './socket-appends.ts';
import { RELAY_HEADER } from './socket-request.ts';
import type { SocketRequest } from './socket-request.ts';
import type { Stream } from './stream.ts';
import { takeFrame } from './take-frame.ts';

export interface HubSocketsOptions {
  /** the stream; null when it is no more */
  stream: () => Stream | null;
  /** reads messages of the stream, wherever they stand */
  read: (stream: Stream, position: number, maxLength: number, until?: number) => Promise<MessageBatch>;
  /** appends; `tell` hears what became of it before anybody hears of the messages */
  append: (request: AppendMessages, tell: (result: AppendResult) => void) => Promise<AppendResult>;
  relay: (index: number) => StreamRelayRpc;
  /** uses a ticket up. @returns false when it was used before */
  useTicket: (ticket: NonNullable<SocketRequest['ticket']>) => Promise<boolean>;
  /** notes that a credential has a socket here until then. @returns false for one that is no more */
  noteCredential: (credential: string, untilMs: number) => Promise<boolean>;
  /** called when a reader will have to go at this time, if nothing happens: `closeOverdue` is to be called then */
  onDue: (dueAtMs: number) => void;
  /** bounds the readers of one object */
  readersPerObject?: number | undefined;
}

export class HubSockets {
  readonly #options: HubSocketsOptions;
  readonly #announcer: Announcer;
  readonly #readers: Readers;
  readonly #relays: Relays;
  readonly #appends: SocketAppends;
  readonly #announcements = new Rate();
  /** until when credentials are noted to have sockets here */
  readonly #noted = new Map<string, number>();
  /** how often credentials have ended: one that was noted just before has no socket yet */
  #ends = 0;

  constructor(ctx: DurableObjectState, options: HubSocketsOptions) {
    this.#options = options;
    this.#announcer = new Announcer((from, messages) => this.#announce(from, messages));
    this.#readers = new Readers(ctx, {
      read: async (acked, sent) => this.readForReader(acked, sent),
      flush: () => this.#announcer.flush(),
      onDue: options.onDue,
    });
    this.#relays = new Relays({ sql: ctx.storage.sql, relay: options.relay, state: () => this.state });
    this.#appends = new SocketAppends({
      append: options.append,
      appendedBy: (socket, range) => this.#readers.appendedBy(socket, range),
    });
  }

  /** How many readers there are; those of relays as when they were heard of last. */
  get size(): number {
    return this.#readers.size + (this.#options.stream() ? this.#relays.readers : 0);
  }

  /** Whether there are readers. Relays are asked: one that was killed has lost its own. */
  async isFollowed(): Promise<boolean> {
    return this.#readers.size > 0 || this.#relays.haveReaders();
  }

  get members(): Member[] {
    return this.#readers.members;
  }

  /** The stream as relays know it. */
  get state(): RelayedState | null {
    const stream = this.#options.stream();
    if (!stream || stream.record.isDeleted) return null;
    const { contentType } = stream.record;
    const { epoch, position: next } = stream.next;
    return { epoch, contentType, isClosed: stream.isClosed, first: stream.first.position, next };
  }

  /** Takes a reader, or says which relay does. */
  async accept({ from, ticket, ...options }: SocketRequest, stream: Stream): Promise<Response> {
    const location = stream.locate(from);
    if (location.kind !== 'at') return new Response(null, { status: location.kind === 'too_far' ? 400 : 410 });
    if (options.member && this.members.length >= STREAM_MEMBERS_MAX) return new Response(null, { status: 409 });
    if (ticket && !(await this.#options.useTicket(ticket))) return new Response(null, { status: 401 });
    if (!(await this.note(options.credential, Date.now()))) return new Response(null, { status: 401 });
    if (this.#options.stream() !== stream || stream.record.isDeleted) return new Response(null, { status: 404 }); // deleted meanwhile
    const relay = options.member || !options.hearsItself ? null : this.#place();
    if (relay !== null) return new Response(null, { status: 303, headers: { [RELAY_HEADER]: String(relay) } });
    return this.#readers.accept(stream, location.position.position, options);
  }

  async receive(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await takeFrame(socket, message, this.#options.stream(), { readers: this.#readers, appends: this.#appends });
  }

  forget(socket: WebSocket): void {
    this.#readers.forget(socket);
  }

  /** Tells everybody of messages that were appended, or that there will be no more. */
  appended(stream: Stream, from: number, messages: MessageBatch | null): void {
    if (this.#readers.size === 0 && this.#relays.loads.length === 0) return;
    this.#announcer.appended(from, messages ?? noMessages(stream.isJson));
    if (stream.isClosed) this.#announcer.flush();
  }

  /** Sends readers away whose time is over. @returns when the next one has to go; null without readers */
  closeOverdue(nowMs: number): number | null {
    const stream = this.#options.stream();
    if (stream) this.#readers.closeOverdue(stream, nowMs);
    return this.#readers.dueAtMs;
  }

  /** Ends the sockets of a credential that is no more. */
  async endSockets(credential: string): Promise<void> {
    this.#noted.delete(credential);
    this.#ends++;
    this.#readers.closeOf(credential);
    if (this.#options.stream()) await this.#relays.endSockets(credential);
  }

  /** Ends the sockets of everybody. */
  async closeAll(code: number, reason: string): Promise<void> {
    this.#readers.closeAll(code, reason);
    await this.#relays.closeAll(code, reason);
  }

  /** Tells relays that may have missed something. @returns whether one of them could not be reached */
  async settle(): Promise<boolean> {
    return this.state !== null && this.#relays.settle();
  }

  attachRelay(index: number): void {
    this.#relays.attach(index);
  }

  detachRelay(index: number): void {
    this.#relays.detach(index);
  }

  /** What a reader may be sent that has this much; null: nothing, until it acknowledges more. */
  async readForReader(acked: number, sent: number, until?: number): Promise<MessageBatch | null> {
    const stream = this.#options.stream();
    if (!stream || stream.lengthBetween(acked, sent) >= WINDOW_LENGTH) return null;
    return this.#options.read(stream, sent, PIECE_LENGTH, until);
  }

  /** Notes a credential that is about to have a socket, for twice as long as a socket lives, so that one that opens many is noted once in that time. */
  async note(credential: string, nowMs: number): Promise<boolean> {
    const lifeMs = STREAM_SOCKET_SEC * 1000;
    if ((this.#noted.get(credential) ?? 0) >= nowMs + lifeMs) return true;
    for (const [known, untilMs] of this.#noted) if (untilMs < nowMs + lifeMs) this.#noted.delete(known);
    const untilMs = nowMs + 2 * lifeMs;
    const ends = this.#ends;
    if (!(await this.#options.noteCredential(credential, untilMs))) return false;
    if (ends !== this.#ends) return this.note(credential, nowMs); // it may be this one that has ended
    this.#noted.set(credential, untilMs);
    return true;
  }

  #place(): number | null {
    const announcementsPerSec = this.#announcements.perSecond(Date.now());
    const { readersPerObject } = this.#options;
    const relay = placeReader({ readers: this.#readers.size, relays: this.#relays.loads, announcementsPerSec, readersPerObject });
    if (relay !== null) this.#relays.place(relay);
    return relay;
  }

  #announce(from: number, messages: MessageBatch): void {
    const stream = this.#options.stream();
    if (!stream) return;
    this.#announcements.count(Date.now());
    this.#relays.announce(from, messages);
    this.#readers.announce(stream, from, messages);
  }
}
