/**
 * Frames of streams on a WebSocket, subprotocol `steamer.v1`: a line of JSON, then the messages as they are. Text where the messages are text,
 * else binary.
 *
 * @see PROTOCOL.md, Streams over WebSockets
 */

import type { ErrorCode } from '../lib/errors.ts';

/** What a client asks for in `Sec-WebSocket-Protocol`. */
export const STREAM_SUBPROTOCOL = 'steamer.v1';

/** A text that a client may send at any time, and what it is answered without waking anybody. */
export const HEARTBEAT = { ask: 'ping', answer: 'pong' } as const;

/** The longest frame that a reader sends, in bytes; a writer's may have as much around its messages. */
export const READER_FRAME_MAX_BYTES = 1024;

/** The longest line of a frame on a socket of several streams: it may name the offsets of many. */
export const SHARED_LINE_MAX_BYTES = 64 * 1024;

/** As many frames with messages are taken from one socket in a second: who has more sends more messages in one. */
export const APPEND_FRAMES_PER_SEC = 2_000;

/** The first line of messages that a reader is sent. */
export interface DataHeader {
  type: 'data';
  /** whose messages they are, on a socket of several streams */
  stream?: string;
  /** the offset behind these messages: how many they are tells a reader whether one before them is missing */
  next: string;
  /** how long each message is, in characters or bytes; left out for a single one */
  lengths?: number[];
  /** how many messages between the frame before and `next` were left out, as the reader has appended them itself */
  skipped?: number;
  /** nothing stands behind them at the moment */
  upToDate?: true;
  /** nothing ever will: the stream is closed */
  closed?: true;
}

/** What a reader sends: how far it has dealt with what it got. */
export interface AckFrame {
  type: 'ack';
  offset: string;
}

/** What a writer sends before its messages. */
export interface AppendHeader {
  type: 'append';
  /** comes back with the answer */
  id?: number;
  /** an idempotent producer's name for this append */
  producer?: { id: string; epoch: number; seq: number };
  /** closes the stream behind the messages */
  close?: true;
}

/** The answer to an append that is stored, by this frame or (`duplicate`) by one before it. */
export interface AppendedHeader {
  type: 'appended';
  stream?: string;
  id?: number;
  /** the offset behind its last message */
  next: string;
  duplicate?: true;
  closed?: true;
}

/** The answer to an append of which nothing is stored, or to a subscription that cannot be. */
export interface RefusedHeader {
  type: 'refused';
  stream?: string;
  prefix?: string;
  id?: number;
  /** as in the answers over HTTP */
  code: ErrorCode;
  detail: string;
  /** the epoch or the number that a producer's next append has to have */
  expected?: number;
}

/** On a socket of several streams: one of them is followed from now on, from this offset. */
export interface SubscribedHeader {
  type: 'subscribed';
  stream: string;
  next: string;
}

/** On a socket of several streams: one of them is followed no longer, for the reason that a socket of its own would be closed with. */
export interface EndedHeader {
  type: 'ended';
  stream: string;
  code: number;
  reason: string;
}

/** A principal that is there, with what it says of itself. */
export interface Member {
  kind: string;
  id: string;
  /** JSON of its own making; null: nothing */
  data: unknown;
  /** when the first of its sockets came, Unix milliseconds */
  sinceMs: number;
}

/** Who is there (once, at first), who comes, who leaves: to those who are there themselves. */
export interface PresenceHeader {
  type: 'presence';
  stream?: string;
  event: 'members' | 'join' | 'leave';
  members: Member[];
}

/** What the service sends. */
export type ServiceHeader = DataHeader | AppendedHeader | RefusedHeader | SubscribedHeader | EndedHeader | PresenceHeader;

export interface ServiceFrame<Header extends ServiceHeader = ServiceHeader> {
  header: Header;
  /** the messages, JSON ones with commas between them; empty but for data */
  data: string | Uint8Array;
}

export type DataFrame = ServiceFrame<DataHeader>;

/** Why a socket is closed; the reason says more, and ends with the last offset where there is one to go on from. */
export const STREAM_CLOSE_CODES = {
  /** the stream is closed, and everything of it was sent */
  end: 1000,
  /** it has been open for 15 minutes: come again, and show that you still may */
  restart: 1012,
  /** what comes next cannot be read at the moment */
  failed: 1011,
  invalid_frame: 4400,
  /** the key or session that it was opened with is no more */
  revoked: 4401,
  /** an append by who may only read */
  forbidden: 4403,
  deleted: 4404,
  /** what stands behind the reader's offset is not kept any more */
  trimmed: 4410,
  /** nothing was acknowledged for too long */
  lagging: 4408,
  frame_too_large: 4413,
  /** frames without need */
  flood: 4429,
} as const;

const LINE_FEED = 10;

/** A frame as a WebSocket carries it. */
export function encodeFrame({ header, data }: { header: object; data: string | Uint8Array }): string | Uint8Array {
  const line = `${JSON.stringify(header)}\n`;
  if (typeof data === 'string') return line + data;
  const prefix = new TextEncoder().encode(line);
  const frame = new Uint8Array(prefix.byteLength + data.byteLength);
  frame.set(prefix);
  frame.set(data, prefix.byteLength);
  return frame;
}

/** Reads a frame back. @throws SyntaxError when its first line is not JSON; what the line says is the service's word */
export function decodeFrame(frame: string | ArrayBuffer): ServiceFrame {
  const { line, body } = splitFrame(frame);
  return { header: JSON.parse(line) as ServiceHeader, data: body }; // the service's word
}

/** The line that a frame begins with, and what stands behind it. A text of one line need not end it. */
export function splitFrame(frame: string | ArrayBuffer): { line: string; body: string | Uint8Array } {
  if (typeof frame === 'string') {
    const end = frame.indexOf('\n');
    return end < 0 ? { line: frame, body: '' } : { line: frame.slice(0, end), body: frame.slice(end + 1) };
  }
  const bytes = new Uint8Array(frame);
  const end = bytes.indexOf(LINE_FEED);
  return { line: new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))), body: bytes.subarray(end + 1) };
}
