/**
 * Readers at the end of a stream, each on a WebSocket that may hibernate. The log is the buffer: a socket that has not acknowledged enough is
 * sent nothing until it has, and then goes on from the log. What is remembered of a socket stands in its attachment.
 */
import { encodeFrame, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { DataHeader } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import type { MessageBatch } from './rpc.ts';
import type { Stream } from './stream.ts';

/** How much may be on its way to one reader, in characters or bytes. */
const WINDOW_LENGTH = 512 * 1024;

interface Attachment {
  /** the position up to which the reader has dealt with what it got */
  acked: number;
  /** the position up to which it was sent messages; null: up to the tail, and so it is sent what is appended next */
  sent: number | null;
}

/** Reads messages of the stream, those of a fork's source included. */
type ReadMessages = (stream: Stream, position: number, maxLength: number) => Promise<MessageBatch>;

export class LiveSockets {
  readonly #ctx: DurableObjectState;
  readonly #read: ReadMessages;
  /** sockets that are being sent what stands in the log */
  readonly #catchingUp = new WeakSet<WebSocket>();

  constructor(ctx: DurableObjectState, read: ReadMessages) {
    this.#ctx = ctx;
    this.#read = read;
  }

  /** Takes a reader that has everything before `position`. */
  async accept(socket: WebSocket, stream: Stream, position: number): Promise<void> {
    this.#ctx.acceptWebSocket(socket);
    attach(socket, { acked: position, sent: position });
    await this.#catchUp(socket, stream);
  }

  /** Sends what was just appended behind `from` to all who have everything before it. */
  announce(stream: Stream, from: number, messages: MessageBatch): void {
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length === 0) return;
    const frame = frameOf(stream, messages, stream.next.position);
    for (const socket of sockets) {
      const attachment = attachmentOf(socket);
      if (attachment?.sent !== null) continue;
      if (stream.lengthBetween(attachment.acked, from) >= WINDOW_LENGTH) attach(socket, { ...attachment, sent: from });
      else send(socket, frame, stream.record.isClosed);
    }
  }

  /** A reader has dealt with everything before `position`. */
  async acknowledge(socket: WebSocket, stream: Stream, position: number): Promise<void> {
    const attachment = attachmentOf(socket);
    if (!attachment || position <= attachment.acked || position > (attachment.sent ?? stream.next.position)) return;
    attach(socket, { ...attachment, acked: position });
    if (attachment.sent !== null) await this.#catchUp(socket, stream);
  }

  closeAll(code: number, reason: string): void {
    for (const socket of this.#ctx.getWebSockets()) socket.close(code, reason);
  }

  async #catchUp(socket: WebSocket, stream: Stream): Promise<void> {
    if (this.#catchingUp.has(socket)) return;
    this.#catchingUp.add(socket);
    try {
      while (await this.#sendNext(socket, stream));
    } finally {
      this.#catchingUp.delete(socket);
    }
  }

  /** Sends a piece of the log. @returns whether there is more that the reader may have now */
  async #sendNext(socket: WebSocket, stream: Stream): Promise<boolean> {
    const { acked, sent } = attachmentOf(socket) ?? { acked: 0, sent: null };
    if (sent === null) return false;
    const room = WINDOW_LENGTH - stream.lengthBetween(acked, sent);
    if (room <= 0) return false;
    const messages = await this.#read(stream, sent, room);
    const next = sent + messages.lengths.length;
    const isAtTail = next === stream.next.position;
    // Acknowledgements may have come meanwhile; nobody else moves `sent` of a socket that is catching up.
    attach(socket, { acked: attachmentOf(socket)?.acked ?? acked, sent: isAtTail ? null : next });
    if (messages.lengths.length > 0 || isAtTail) send(socket, frameOf(stream, messages, next), isAtTail && stream.record.isClosed);
    return !isAtTail;
  }
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

/** A socket that is closing by now may be sent to in vain: its reader comes back with what it has. */
function send(socket: WebSocket, frame: string | Uint8Array, isLast: boolean): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(frame);
  if (isLast) socket.close(STREAM_CLOSE_CODES.end, 'the stream is closed');
}

function attach(socket: WebSocket, attachment: Attachment): void {
  socket.serializeAttachment(attachment);
}

function attachmentOf(socket: WebSocket): Attachment | null {
  return socket.deserializeAttachment() as Attachment | null; // written by `attach` only
}
