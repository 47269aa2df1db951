/** What readers and writers send on a socket, checked. */
import { isSequenceNumber, whyNotAProducerId } from '../../wire/stream-producer.ts';
import { STREAM_APPEND_MAX_BYTES } from '../../wire/limits.ts';
import { READER_FRAME_MAX_BYTES, splitFrame, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { AppendHeader } from '../../wire/stream-frames.ts';
import { parseOffset } from '../../wire/stream-offset.ts';

/** Messages that somebody sends: a header and, behind it, the messages as they are. */
export interface AppendFrame {
  kind: 'append';
  header: AppendHeader;
  body: string | Uint8Array;
}

/** How far a reader has come, what a writer appends, or why it is not to be listened to any longer. */
export type ReaderFrame = { kind: 'ack'; position: number } | AppendFrame | { kind: 'refused'; code: number; reason: string };

/** Reads a frame; nothing of one that is too long is looked at. @param mayAppend whether messages are taken from this socket */
export function readReaderFrame(message: string | ArrayBuffer, mayAppend: boolean): ReaderFrame {
  const size = typeof message === 'string' ? message.length : message.byteLength;
  const most = READER_FRAME_MAX_BYTES + (mayAppend ? STREAM_APPEND_MAX_BYTES : 0);
  if (size > most) return tooLarge(most, size);
  if (typeof message !== 'string' && !mayAppend) return refused('expected text, got a binary frame');
  const { line, body } = splitFrame(message);
  if (line.length > READER_FRAME_MAX_BYTES) return tooLarge(READER_FRAME_MAX_BYTES, line.length);
  const header = parse(line);
  if (header?.['type'] === 'ack') return readAck(header);
  if (header?.['type'] !== 'append') return refused('expected {"type":"ack","offset":"…"} or {"type":"append"}');
  if (!mayAppend) return { kind: 'refused', code: STREAM_CLOSE_CODES.forbidden, reason: 'this socket may read, and not append' };
  const reason = whyNotAnAppend(header);
  return reason === null ? { kind: 'append', header: header as unknown as AppendHeader, body } : refused(reason); // checked by the line above
}

function readAck({ offset: text }: Record<string, unknown>): ReaderFrame {
  const offset = typeof text === 'string' ? parseOffset(text) : null;
  if (offset === null || typeof offset === 'string') return refused('ack: expected the offset of a frame');
  return { kind: 'ack', position: offset.position };
}

function whyNotAnAppend({ id, producer, close }: Record<string, unknown>): string | null {
  if (id !== undefined && !isSequenceNumber(id)) return 'append: expected id to be a whole number';
  if (close !== undefined && close !== true) return 'append: expected close to be true, or absent';
  if (producer === undefined) return null;
  // `after` is the word of the service's own producers: who says it may leave numbers out.
  if (typeof producer !== 'object' || producer === null || 'after' in producer)
    return 'append: expected producer to be {"id","epoch","seq"}';
  const { id: name, epoch, seq }: Record<string, unknown> = { ...producer };
  if (typeof name !== 'string' || whyNotAProducerId(name) !== null) return 'append: expected producer.id to be 1 to 255 characters';
  return isSequenceNumber(epoch) && isSequenceNumber(seq) ? null : 'append: expected producer.epoch and .seq to be whole numbers';
}

function tooLarge(most: number, size: number): ReaderFrame {
  return { kind: 'refused', code: STREAM_CLOSE_CODES.frame_too_large, reason: `expected at most ${most} bytes, got ${size}` };
}

function refused(reason: string): ReaderFrame {
  return { kind: 'refused', code: STREAM_CLOSE_CODES.invalid_frame, reason };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
