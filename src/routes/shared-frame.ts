/** What a client sends on a socket of several streams, checked as far as it is not passed on to a stream's object. */
import { STREAM_APPEND_MAX_BYTES, STREAM_NAME_MAX_BYTES } from '../wire/limits.ts';
import { encodeFrame, SHARED_LINE_MAX_BYTES, splitFrame, STREAM_CLOSE_CODES } from '../wire/stream-frames.ts';
import { whyNotAStreamName } from '../wire/stream-name.ts';
import { parseOffset } from '../wire/stream-offset.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';

/** One stream, or all that are there and come whose names begin with a prefix. */
export interface SharedTarget {
  of: 'stream' | 'prefix';
  name: string;
}

/** `offsets`: where streams that are known begin; all others at `from`. `presence` as in the URL of a socket of one stream. */
export type SharedFrame =
  | { kind: 'subscribe'; target: SharedTarget; from: StreamFrom; offsets: ReadonlyMap<string, StreamFrom>; presence: string | null }
  | { kind: 'unsubscribe'; target: SharedTarget }
  | { kind: 'ack'; stream: string; position: number }
  | { kind: 'append'; stream: string; id: unknown; frame: string | Uint8Array }
  | { kind: 'refused'; code: number; reason: string };

/** Reads a frame; nothing of one that is too long is looked at. */
export function readSharedFrame(message: string | ArrayBuffer): SharedFrame {
  const size = typeof message === 'string' ? message.length : message.byteLength;
  if (size > SHARED_LINE_MAX_BYTES + STREAM_APPEND_MAX_BYTES) return tooLarge(size);
  const { line, body } = splitFrame(message);
  if (line.length > SHARED_LINE_MAX_BYTES) return tooLarge(line.length);
  const { type, ...members } = parse(line);
  switch (type) {
    case 'subscribe':
      return readSubscription(members);
    case 'unsubscribe': {
      const target = readTarget(members);
      return target ? { kind: 'unsubscribe', target } : refused(WHAT);
    }
    case 'ack':
      return readAck(members);
    case 'append': {
      const { stream, ...header } = members;
      if (!isName(stream)) return refused(WHICH);
      return { kind: 'append', stream, id: header['id'], frame: encodeFrame({ header: { type, ...header }, data: body }) };
    }
    default:
      return refused('expected a frame of the type subscribe, unsubscribe, ack or append');
  }
}

const WHICH = 'stream: expected the name of a stream';
const WHAT = 'expected stream, the name of one, or prefix, the beginning of names';

type Members = Record<string, unknown>;

function readSubscription(members: Members): SharedFrame {
  const target = readTarget(members);
  if (!target) return refused(WHAT);
  const from = readOffset(members['offset'] ?? '-1');
  if (from === null) return refused('offset: expected -1, now, or the offset of a frame');
  const offsets = new Map<string, StreamFrom>();
  for (const [name, text] of Object.entries(membersOf(members['offsets']))) {
    const offset = readOffset(text);
    if (offset === null) return refused('offsets: expected the offset of a frame for each stream');
    offsets.set(name, offset);
  }
  return { kind: 'subscribe', target, from, offsets, presence: textOf(members['presence']) };
}

function readAck({ stream, offset: text }: Members): SharedFrame {
  const offset = readOffset(text);
  if (!isName(stream)) return refused(WHICH);
  if (offset === null || typeof offset === 'string') return refused('ack: expected the offset of a frame');
  return { kind: 'ack', stream, position: offset.position };
}

function readTarget({ stream, prefix }: Members): SharedTarget | null {
  if (prefix === undefined) return isName(stream) ? { of: 'stream', name: stream } : null;
  if (stream !== undefined || typeof prefix !== 'string' || prefix.length > STREAM_NAME_MAX_BYTES) return null;
  return { of: 'prefix', name: prefix };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && whyNotAStreamName(value) === null;
}

function readOffset(text: unknown): StreamFrom | null {
  return typeof text === 'string' ? parseOffset(text) : null;
}

/** A member as the text that it is in a URL; null for one that is left out. */
function textOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function tooLarge(size: number): SharedFrame {
  const reason = `expected at most ${SHARED_LINE_MAX_BYTES} bytes of JSON and ${STREAM_APPEND_MAX_BYTES} of messages, got ${size}`;
  return { kind: 'refused', code: STREAM_CLOSE_CODES.frame_too_large, reason };
}

function refused(reason: string): SharedFrame {
  return { kind: 'refused', code: STREAM_CLOSE_CODES.invalid_frame, reason };
}

/** The members of a JSON object; none of what is no such thing. */
function parse(text: string): Members {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
