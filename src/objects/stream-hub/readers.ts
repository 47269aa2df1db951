/**
 * Readers of a stream, each on a WebSocket that may hibernate. The log is the buffer: a reader that has not acknowledged enough is sent nothing
 * until it has, and then goes on from the log. What is remembered of a reader stands in its socket's attachment.
 */
import { STREAM_SOCKET_SEC } from '../../wire/limits.ts';
import { encodeFrame, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { DataHeader } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import { Coalescer } from './coalescer.ts';
import { joinBatches } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';
import type { Stream } from './stream.ts';

/** How much may be on its way to one reader, in characters or bytes. */
const WINDOW_LENGTH = 512 * 1024;
/** A reader that has this much to acknowledge, and does not for as long, is sent away. */
const ACK_TIMEOUT_MS = 30_000;
/** As many frames of a reader may say nothing new, while its object lives. */
const USELESS_FRAMES = 100;

export interface ReadersOptions {
  /** reads messages of the stream, those of a fork's source included */
  read: (stream: Stream, position: number, maxLength: number) => Promise<MessageBatch>;
  /** called when a reader will have to go at this time, if nothing happens: `closeOverdue` is to be called then */
  onDue: (dueAtMs: number) => void;
}

interface Progress {
  /** the position up to which the reader has dealt with what it got */
  acked: number;
  /** the position up to which it was sent messages; null: it was sent everything that was announced, and is sent what comes next */
  sent: number | null;
  /** since when it has to acknowledge before it is sent more; null: it need not */
  stalledAtMs: number | null;
  /** when it has to come again, and show that it still may read */
  endsAtMs: number;
}

interface Reader extends Progress {
  readonly socket: WebSocket;
  isCatchingUp: boolean;
  uselessFrames: number;
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
  async accept(socket: WebSocket, stream: Stream, position: number): Promise<void> {
    this.#ctx.acceptWebSocket(socket);
    const endsAtMs = Date.now() + STREAM_SOCKET_SEC * 1000;
    const reader = newReader(socket, { acked: position, sent: position, stalledAtMs: null, endsAtMs });
    this.#readers.set(socket, reader);
    save(reader);
    this.#options.onDue(endsAtMs);
    await this.#catchUp(reader, stream);
  }

  forget(socket: WebSocket): void {
    this.#known?.delete(socket);
  }

  /** Tells the readers that have everything before `from`: at once, or together with what follows at once. */
  appended(stream: Stream, from: number, messages: MessageBatch): void {
    if (this.#readers.size === 0) return;
    this.#waiting ??= { stream, from, batches: [] };
    this.#waiting.batches.push(messages);
    this.#coalescer.offer(messages.lengths.length, messages.data.length);
    if (stream.record.isClosed) this.#coalescer.flush();
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
    save(Object.assign(reader, { acked: position, stalledAtMs: null }));
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
    const frame = frameOf(stream, joinBatches(batches, stream.isJson), stream.next.position);
    for (const reader of this.#readers.values()) {
      if (reader.sent !== null) continue;
      if (stream.lengthBetween(reader.acked, from) < WINDOW_LENGTH) send(reader.socket, frame, stream.record.isClosed);
      else this.#stall(Object.assign(reader, { sent: from }));
    }
  }

  #stall(reader: Reader): void {
    const nowMs = Date.now();
    save(Object.assign(reader, { stalledAtMs: nowMs }));
    this.#options.onDue(nowMs + ACK_TIMEOUT_MS);
  }

  /** An object that has just woken finds its readers in the runtime. */
  get #readers(): Map<WebSocket, Reader> {
    this.#known ??= new Map(
      this.#ctx.getWebSockets().map((socket) => [socket, newReader(socket, socket.deserializeAttachment() as Progress)] as const), // written by `save` only
    );
    return this.#known;
  }

  async #catchUp(reader: Reader, stream: Stream): Promise<void> {
    if (reader.isCatchingUp) return;
    reader.isCatchingUp = true;
    try {
      while (await this.#sendNext(reader, stream));
    } finally {
      reader.isCatchingUp = false;
    }
  }

  /** Sends a piece of the log. @returns whether there is more that the reader may have now */
  async #sendNext(reader: Reader, stream: Stream): Promise<boolean> {
    const { sent } = reader;
    if (sent === null || reader.socket.readyState !== WebSocket.OPEN) return false;
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
    save(Object.assign(reader, { sent: isAtTail ? null : next }));
    if (messages.lengths.length > 0 || isAtTail) send(reader.socket, frameOf(stream, messages, next), isAtTail && stream.record.isClosed);
    return !isAtTail;
  }
}

function newReader(socket: WebSocket, progress: Progress): Reader {
  return { socket, ...progress, isCatchingUp: false, uselessFrames: 0 };
}

function dueOf({ stalledAtMs, endsAtMs }: Progress): number {
  return stalledAtMs === null ? endsAtMs : Math.min(endsAtMs, stalledAtMs + ACK_TIMEOUT_MS);
}

function save({ socket, acked, sent, stalledAtMs, endsAtMs }: Reader): void {
  socket.serializeAttachment({ acked, sent, stalledAtMs, endsAtMs } satisfies Progress);
}

function frameOf(stream: Stream, { data, lengths }: MessageBatch, next: number): string | Uint8Array {
  const isAtTail = next === stream.next.position;
  const header: DataHeader = {
    type: 'data',
    next: formatOffset({ ...stream.next, position: next }),
    ...(lengths.length === 1 ? {} : { lengths }),
    ...(isAtTail ? { upToDate: true } : {}),
    ...(isAtTail && stream.record.isClosed ? { closed: true } : {}),
  };
  return encodeFrame({ header, data });
}

/** A socket that is closing by now is sent nothing: its reader comes back with what it has. */
function send(socket: WebSocket, frame: string | Uint8Array, isLast: boolean): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(frame);
  if (isLast) socket.close(STREAM_CLOSE_CODES.end, 'the stream is closed');
}
