/**
 * Readers of a stream, each on a WebSocket that may hibernate. The log is the buffer: a reader that has not acknowledged enough is sent nothing
 * until it has, and then goes on from the log. What is remembered of a reader stands in its socket's attachment.
 */
import { STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { Member } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import { Coalescer } from './coalescer.ts';
import { joinBatches } from './message-batch.ts';
import { addRange, rangesFrom } from './own-messages.ts';
import type { PositionRange } from './own-messages.ts';
import { announceJoin, announceLeave, membersOf } from './presence.ts';
import { ACK_TIMEOUT_MS, change, dueOf, frameOf, newReader, readerOf, send } from './reader.ts';
import type { Reader, SocketOptions } from './reader.ts';
import type { MessageBatch } from './rpc.ts';
import type { Stream } from './stream.ts';

/** How much may be on its way to one reader, in characters or bytes. */
const WINDOW_LENGTH = 512 * 1024;
/** As many frames of a reader may say nothing new, while its object lives. */
const USELESS_FRAMES = 100;

export interface ReadersOptions {
  /** reads messages of the stream, those of a fork's source included */
  read: (stream: Stream, position: number, maxLength: number) => Promise<MessageBatch>;
  /** called when a reader will have to go at this time, if nothing happens: `closeOverdue` is to be called then */
  onDue: (dueAtMs: number) => void;
}

export class Readers {
  readonly #ctx: DurableObjectState;
  readonly #options: ReadersOptions;
  readonly #coalescer: Coalescer;
  #known: Map<WebSocket, Reader> | null = null;
  /** what was appended and not announced */
  #waiting: { stream: Stream; from: number; batches: MessageBatch[] } | null = null;

  constructor(ctx: DurableObjectState, options: ReadersOptions) {
    this.#ctx = ctx;
    this.#options = options;
    this.#coalescer = new Coalescer({
      nowMs: Date.now,
      later: (work, delayMs) => void setTimeout(work, delayMs),
      flush: () => this.#announce(),
    });
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Takes a reader that has everything before `position`. */
  async accept(socket: WebSocket, stream: Stream, position: number, options: SocketOptions): Promise<void> {
    this.#ctx.acceptWebSocket(socket);
    const reader = newReader(socket, position, options, Date.now());
    this.#readers.set(socket, reader);
    announceJoin(reader, this.#readers.values());
    this.#options.onDue(reader.endsAtMs);
    await this.#catchUp(reader, stream);
  }

  forget(socket: WebSocket): void {
    const reader = this.#readers.get(socket);
    this.#readers.delete(socket);
    if (reader) announceLeave(reader, this.#readers.values());
  }

  get members(): Member[] {
    return membersOf(this.#readers.values());
  }

  /** Tells the readers that have everything before `from`: at once, or together with what follows at once. */
  appended(stream: Stream, from: number, messages: MessageBatch): void {
    if (this.#readers.size === 0) return;
    this.#waiting ??= { stream, from, batches: [] };
    this.#waiting.batches.push(messages);
    this.#coalescer.offer(messages.lengths.length, messages.data.length);
    if (stream.record.isClosed) this.#coalescer.flush();
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
  async acknowledge(socket: WebSocket, stream: Stream, position: number): Promise<void> {
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
  closeOverdue(stream: Stream, nowMs: number): void {
    for (const reader of this.#readers.values()) {
      if (dueOf(reader) > nowMs) continue;
      const { socket, endsAtMs, acked } = reader;
      const offset = formatOffset({ ...stream.next, position: acked });
      if (endsAtMs <= nowMs) socket.close(STREAM_CLOSE_CODES.restart, `come again, and go on from ${offset}`);
      else socket.close(STREAM_CLOSE_CODES.lagging, `no acknowledgement for ${ACK_TIMEOUT_MS / 1000} seconds; go on from ${offset}`);
      this.forget(socket);
    }
  }

  closeAll(code: number, reason: string): void {
    this.#coalescer.flush();
    for (const socket of this.#readers.keys()) socket.close(code, reason);
    this.#readers.clear();
  }

  #announce(): void {
    if (!this.#waiting) return;
    const { stream, from, batches } = this.#waiting;
    this.#waiting = null;
    const messages = joinBatches(batches, stream.isJson);
    const frame = frameOf(stream, messages, stream.next.position);
    for (const reader of this.#readers.values()) {
      if (reader.sent !== null) continue;
      if (stream.lengthBetween(reader.acked, from) >= WINDOW_LENGTH) this.#stall(Object.assign(reader, { sent: from }));
      else if (reader.own?.length) this.#sendOthers(reader, stream, messages, stream.next.position);
      else send(reader.socket, frame, stream.record.isClosed);
    }
  }

  /** Sends what of the messages before `next` is not the reader's own. */
  #sendOthers(reader: Reader, stream: Stream, messages: MessageBatch, next: number): void {
    const own = reader.own ?? [];
    change(reader, { own: reader.own && rangesFrom(own, next) });
    send(reader.socket, frameOf(stream, messages, next, own), next === stream.next.position && stream.record.isClosed);
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

  async #catchUp(reader: Reader, stream: Stream): Promise<void> {
    if (reader.isCatchingUp) return;
    reader.isCatchingUp = true;
    try {
      while (await this.#sendNext(reader, stream));
    } catch (error) {
      console.error('a stream cannot be read', error);
      reader.socket.close(STREAM_CLOSE_CODES.failed, 'the stream cannot be read at the moment; come again');
    } finally {
      reader.isCatchingUp = false;
    }
  }

  /** Sends a piece of the log. @returns whether there is more that the reader may have now */
  async #sendNext(reader: Reader, stream: Stream): Promise<boolean> {
    const { sent } = reader;
    if (sent === null || reader.socket.readyState !== WebSocket.OPEN) return false;
    if (sent < stream.first.position) {
      reader.socket.close(
        STREAM_CLOSE_CODES.trimmed,
        `not kept any more; the first messages that are stand behind ${formatOffset(stream.first)}`,
      );
      return false;
    }
    const room = WINDOW_LENGTH - stream.lengthBetween(reader.acked, sent);
    if (room <= 0) {
      if (reader.stalledAtMs === null) this.#stall(reader);
      return false;
    }
    const messages = await this.#options.read(stream, sent, room);
    const next = sent + messages.lengths.length;
    const isAtTail = next === stream.next.position;
    // What waits to be announced is among these messages: it is announced before the reader is one of those who hear of it.
    if (isAtTail) this.#coalescer.flush();
    change(reader, { sent: isAtTail ? null : next });
    if (messages.lengths.length > 0 || isAtTail) this.#sendOthers(reader, stream, messages, next);
    return !isAtTail;
  }
}
