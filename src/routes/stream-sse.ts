/** A stream as Server-Sent Events: held by this isolate over a hibernating socket, so that a silent reader keeps no object awake. */
import { toBase64 } from '../lib/base64.ts';
import { decodeFrame, STREAM_CLOSE_CODES } from '../wire/stream-frames.ts';
import type { AckFrame, DataFrame, DataHeader, ServiceFrame } from '../wire/stream-frames.ts';
import { parseOffset } from '../wire/stream-offset.ts';
import type { StreamPosition } from '../wire/stream-offset.ts';
import { nextCursor } from './stream-cursor.ts';

/** How messages of a stream become the data of an event. */
export type SseEncoding = 'json' | 'text' | 'base64';

export interface SseReader {
  /** to the stream's object, not accepted yet */
  socket: WebSocket;
  /** where the reader begins */
  from: StreamPosition;
  cursor: string | null;
  encoding: SseEncoding;
  /** after which the reader has to come again, so that caches can join readers */
  lifeMs: number;
}

/** A reader that is gone is noticed when it is written to; a comment is written this often when there is nothing else. */
const COMMENT_EVERY_MS = 15_000;

/**
 * The body of the events from an offset on: a data event for each batch of messages, a control event behind each, and one at once for a
 * reader that has everything.
 *
 * @see Durable Streams protocol, section 5.7
 */
export function eventStream({ socket, from, cursor, encoding, lifeMs }: SseReader): ReadableStream {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  void send(socket, writable.getWriter(), { from: from.position, cursor, encoding, lifeMs }); // ends with the reader, and reports nothing
  return readable;
}

async function send(
  socket: WebSocket,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { from, cursor, encoding, lifeMs }: Omit<SseReader, 'socket' | 'from'> & { from: number },
): Promise<void> {
  const encoder = new TextEncoder();
  const write = async (text: string) => writer.write(encoder.encode(text));
  const ended = Promise.withResolvers<void>();
  let lastCursor = cursor;
  let written: Promise<void> = Promise.resolve();
  /** One event after the other; the first that cannot be written ends it. */
  const enqueue = (work: () => Promise<void>) => {
    written = written.then(work).catch(() => ended.resolve());
  };
  let position = from;
  // A character may be cut in two by appends; it is whole again for who reads both.
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  const textOf = ({ header, data }: DataFrame) => {
    if (typeof data === 'string') return data === '' ? '' : `[${data}]`;
    return encoding === 'base64' ? toBase64(data) : decoder.decode(data, { stream: header.closed !== true });
  };
  const deliver = async ({ header, data }: ServiceFrame) => {
    if (header.type !== 'data') return; // answers to what this reader never sends
    const frame = { header, data };
    position += frame.header.lengths?.length ?? 1;
    // A frame is missing: the reader comes again, from the last offset that it was told.
    if (position !== positionOf(frame.header.next)) return ended.resolve();
    lastCursor = nextCursor(lastCursor, Date.now(), Math.random());
    await write(eventsOf(header, textOf(frame), lastCursor));
    if (frame.header.closed) return;
    socket.send(JSON.stringify({ type: 'ack', offset: frame.header.next } satisfies AckFrame));
  };
  // Binary messages are buffers only where that is asked for (compatibility dates from 2026-03-17 on).
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => enqueue(async () => deliver(decodeFrame(data as string | ArrayBuffer)))); // by the line above
  socket.addEventListener('close', () => enqueue(async () => ended.resolve()));
  const comments = setInterval(() => enqueue(async () => write(':\n\n')), COMMENT_EVERY_MS);
  const life = setTimeout(() => ended.resolve(), lifeMs);
  socket.accept();
  await ended.promise;
  clearInterval(comments);
  clearTimeout(life);
  socket.close(STREAM_CLOSE_CODES.end);
  await writer.close().catch(() => undefined); // the reader has gone
}

function positionOf(offset: string): number | null {
  const parsed = parseOffset(offset);
  return parsed === null || typeof parsed === 'string' ? null : parsed.position;
}

/** The events of a frame: its text, and where the next one begins. */
function eventsOf(header: DataHeader, text: string, cursor: string): string {
  const control = header.closed
    ? { streamNextOffset: header.next, streamClosed: true, upToDate: true }
    : { streamNextOffset: header.next, streamCursor: cursor, ...(header.upToDate ? { upToDate: true } : {}) };
  const dataEvent = text === '' ? '' : `event: data\n${dataLines(text)}\n\n`;
  return `${dataEvent}event: control\ndata:${JSON.stringify(control)}\n\n`;
}

/** Every line behind `data:`, whatever ends it, so that no message can begin an event of its own. */
function dataLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `data:${line.startsWith(' ') ? ' ' : ''}${line}`)
    .join('\n');
}
