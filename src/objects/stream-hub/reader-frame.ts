/** What readers send, checked. */
import { READER_FRAME_MAX_BYTES, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import { parseOffset } from '../../wire/stream-offset.ts';

/** How far a reader has come, or why it is not to be listened to any longer. */
export type ReaderFrame = { position: number } | { code: number; reason: string };

/** Reads a reader's frame; nothing of one that is too long is looked at. */
export function readReaderFrame(message: string | ArrayBuffer): ReaderFrame {
  if (typeof message !== 'string') return refused('expected text, got a binary frame');
  if (message.length > READER_FRAME_MAX_BYTES)
    return { code: STREAM_CLOSE_CODES.frame_too_large, reason: `expected at most ${READER_FRAME_MAX_BYTES} bytes, got ${message.length}` };
  const frame = parse(message);
  if (frame === null || frame['type'] !== 'ack') return refused('expected {"type":"ack","offset":"…"}');
  const offset = typeof frame['offset'] === 'string' ? parseOffset(frame['offset']) : null;
  return offset === null || typeof offset === 'string' ? refused('ack: expected the offset of a frame') : { position: offset.position };
}

function refused(reason: string): ReaderFrame {
  return { code: STREAM_CLOSE_CODES.invalid_frame, reason };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
