/**
 * Readers of a stream, each on a WebSocket that may hibernate. The log is the buffer: a reader that has not acknowledged enough is sent nothing
 * until it has, and then goes on from the log. What is remembered of a reader stands in its socket's attachment.
 */
import { logError } from '../../lib/log.ts';
import { STREAM_CLOSE_CODES, STREAM_SUBPROTOCOL } from '../../wire/stream-frames.ts';
import type { Member } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import { frameOf } from './data-frame.ts';
import { addRange, rangesFrom } from './own-messages.ts';
import type { PositionRange } from './own-messages.ts';
import { Pieces } from './pieces.ts';
import { announceJoin, announceLeave, membersOf } from './presence.ts';
import { ACK_TIMEOUT_MS, change, dueOf, newReader, readerOf, send, WINDOW_LENGTH } from './reader.ts';
import type { Reader, SocketOptions } from './reader.ts';
import type { MessageBatch } from './rpc.ts';
import type { SentStream } from './sent-stream.ts';

/** As many frames of a reader may say nothing new, while its object lives. */
const USELESS_FRAMES = 100;

export interface ReadersOptions {
  /** what a reader may be sent that has acknowledged everything before `acked` and was sent everything before `sent`; null: nothing, until it acknowledges more */
  read: (acked: number, sent: number) => Promise<MessageBatch | null>;
  /** announces what waits for that: called before a reader that has everything becomes one of those who hear of what comes */
  flush: () => void;
  /** called when a reader will have to go at this time, if nothing happens: `closeOverdue` is to be called then */
  onDue: (dueAtMs: number) => void;
}

export class Readers {
  readonly #ctx: DurableObjectState;
  readonly #options: ReadersOptions;
  readonly #pieces = new Pieces();
  /** readers that are sent pieces of the log, or will be when they have acknowledged more */
  readonly #behind = new Set<Reader>();
  #known: Map<WebSocket, Reader> | null = null;

  constructor(ctx: DurableObjectState, options: ReadersOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Takes a reader that has everything before `position`. @returns the answer to its upgrade */
  async accept(stream: SentStream, position: number, options: SocketOptions): Promise<Response> {
    const { 0: client, 1: socket } = new WebSocketPair();
    this.#ctx.acceptWebSocket(socket);
    const reader = newReader(socket, position, options, Date.now());
    this.#readers.set(socket, reader);
    announceJoin(reader, this.#readers.values());
    this.#options.onDue(reader.endsAtMs);
    await this.#catchUp(reader, stream);
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': STREAM_SUBPROTOCOL } });
  }

  forget(socket: WebSocket): void {
    const reader = this.#readers.get(socket);
    this.#readers.delete(socket);
    if (!reader) return;
    this.#isBehindNoMore(reader);
    announceLeave(reader, this.#readers.values());
  }

  get members(): Member[] {
    return membersOf(this.#readers.values());
  }

  /** Sends messages to the readers that have everything before `from`. */
  announce(stream: SentStream, from: number, messages: MessageBatch): void {
    const next = from + messages.lengths.length;
    const frame = frameOf(stream, messages, next);
    const isBehind = memoized((acked) => stream.lengthBetween(acked, from) >= WINDOW_LENGTH);
    for (const reader of this.#readers.values()) {
      if (reader.sent !== null) continue;
      if (isBehind(reader.acked)) this.#fallBehind(reader, stream, from);
      else this.#send(reader, stream, messages, next, frame);
    }
  }

  /** Whether a socket may append. */
  mayAppend(socket: WebSocket): boolean {
    return this.#readers.get(socket)?.mayAppend ?? false;
  }

  /** Messages of these positions came over this socket. To be called before they are announced. */
  appendedBy(socket: WebSocket, range: PositionRange): void {
    const reader = this.#readers.get(socket);
    if (reader?.own) change(reader, { own: addRange(reader.own, range) });
  }

  /** A reader has dealt with everything before `position`. */
  async acknowledge(socket: WebSocket, stream: SentStream, position: number): Promise<void> {
    const reader = this.#readers.get(socket);
    if (!reader) return;
    if (position <= reader.acked || position > (reader.sent ?? stream.next.position)) {
      reader.uselessFrames++;
      if (reader.uselessFrames > USELESS_FRAMES) socket.close(STREAM_CLOSE_CODES.flood, 'too many acknowledgements of nothing new');
      return;
    }
    change(reader, { acked: position, stalledAtMs: null });
    if (reader.sent !== null) await this.#catchUp(reader, stream);
  }

  /** When the next reader has to go; null without readers. */
  get dueAtMs(): number | null {
    const dues = Array.from(this.#readers.values(), dueOf);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  /** Sends readers away that have stalled, or stayed, for too long, with the offset to go on from. */
  closeOverdue(stream: SentStream, nowMs: number): void {
    for (const reader of this.#readers.values()) {
      if (dueOf(reader) > nowMs) continue;
      const { socket, endsAtMs, acked } = reader;
      const offset = formatOffset({ ...stream.next, position: acked });
      if (endsAtMs <= nowMs) socket.close(STREAM_CLOSE_CODES.restart, `come again, and go on from ${offset}`);
      else socket.close(STREAM_CLOSE_CODES.lagging, `no acknowledgement for ${ACK_TIMEOUT_MS / 1000} seconds; go on from ${offset}`);
      this.forget(socket);
    }
  }

  /** Sends those away that were opened with a credential that is no more. */
  closeOf(credential: string): void {
    for (const reader of this.#readers.values()) {
      if (reader.credential !== credential) continue;
      reader.socket.close(STREAM_CLOSE_CODES.revoked, 'the key or session that it was opened with is no more');
      this.forget(reader.socket);
    }
  }

  closeAll(code: number, reason: string): void {
    this.#options.flush();
    for (const socket of this.#readers.keys()) socket.close(code, reason);
    this.#readers.clear();
    this.#behind.clear();
    this.#pieces.clear();
  }

  /** Sends messages, which end at `next`, but for the reader's own. @param frame all of them */
  #send(reader: Reader, stream: SentStream, messages: MessageBatch, next: number, frame: string | Uint8Array): void {
    const { own } = reader;
    if (own?.length) change(reader, { own: rangesFrom(own, next) });
    send(reader.socket, own?.length ? frameOf(stream, messages, next, own) : frame, isEnd(stream, next));
  }

  /** It may not be sent more for now, or nobody knows how much it has to acknowledge: then the log is asked. */
  #fallBehind(reader: Reader, stream: SentStream, from: number): void {
    change(reader, { sent: from });
    void this.#catchUp(reader, stream); // reports its failures itself
  }

  #stall(reader: Reader): void {
    const nowMs = Date.now();
    change(reader, { stalledAtMs: nowMs });
    this.#options.onDue(nowMs + ACK_TIMEOUT_MS);
  }

  /** An object that has just woken finds its readers in the runtime. */
  get #readers(): Map<WebSocket, Reader> {
    this.#known ??= new Map(this.#ctx.getWebSockets().map((socket) => [socket, readerOf(socket)] as const));
    return this.#known;
  }

  async #catchUp(reader: Reader, stream: SentStream): Promise<void> {
    if (reader.isCatchingUp) return;
    reader.isCatchingUp = true;
    this.#behind.add(reader);
    try {
      while (await this.#sendNext(reader, stream));
    } catch (error) {
      logError('a stream cannot be read', error);
      reader.socket.close(STREAM_CLOSE_CODES.failed, 'the stream cannot be read at the moment; come again');
    } finally {
      reader.isCatchingUp = false;
      if (reader.sent === null) this.#isBehindNoMore(reader);
    }
  }

  #isBehindNoMore(reader: Reader): void {
    this.#behind.delete(reader);
    if (this.#behind.size === 0) this.#pieces.clear();
  }

  /** Sends a piece of the log. @returns whether there is more that the reader may have now */
  async #sendNext(reader: Reader, stream: SentStream): Promise<boolean> {
    const { acked, sent } = reader;
    if (sent === null || reader.socket.readyState !== WebSocket.OPEN) return false;
    if (sent < stream.first.position) {
      reader.socket.close(
        STREAM_CLOSE_CODES.trimmed,
        `not kept any more; the first messages that are stand behind ${formatOffset(stream.first)}`,
      );
      return false;
    }
    const messages = await this.#read(stream, acked, sent);
    if (messages === null) {
      if (reader.acked > acked) return true; // it has acknowledged more meanwhile
      if (reader.stalledAtMs === null) this.#stall(reader);
      return false;
    }
    const next = sent + messages.lengths.length;
    const isAtTail = next === stream.next.position;
    // What waits to be announced is among these messages: it is announced before the reader is one of those who hear of it.
    if (isAtTail) this.#options.flush();
    change(reader, { sent: isAtTail ? null : next });
    if (messages.lengths.length > 0 || isAtTail) this.#send(reader, stream, messages, next, this.#pieces.frame(stream, messages, next));
    return !isAtTail;
  }

  /** What a reader may be sent next. How much is on its way to it is known here but for what was sent long ago: that the log is asked. */
  async #read(stream: SentStream, acked: number, sent: number): Promise<MessageBatch | null> {
    const unacknowledged = stream.lengthBetween(acked, sent);
    if (!Number.isFinite(unacknowledged)) return this.#pieces.read(`${acked} ${sent}`, () => this.#options.read(acked, sent));
    return unacknowledged < WINDOW_LENGTH ? this.#pieces.read(`${sent}`, () => this.#options.read(sent, sent)) : null;
  }
}

/** Whether nothing ever stands behind a position. */
function isEnd(stream: SentStream, position: number): boolean {
  return stream.isClosed && position === stream.next.position;
}

/** Readers that keep up have acknowledged the same few positions: what is found out for one holds for all of them. */
function memoized(find: (position: number) => boolean): (position: number) => boolean {
  const known = new Map<number, boolean>();
  return (position) => {
    const found = known.get(position) ?? find(position);
    known.set(position, found);
    return found;
  };
}
