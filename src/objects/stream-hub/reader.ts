/** One reader on a socket: what is remembered of it. */
import { STREAM_SOCKET_SEC } from '../../wire/limits.ts';
import { STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { Member } from '../../wire/stream-frames.ts';
import type { PositionRange } from './own-messages.ts';
import type { SocketRequest } from './socket-request.ts';

/** How much may be on its way to one reader, in characters or bytes. */
export const WINDOW_LENGTH = 512 * 1024;
/** How much of the log one frame has, or as much as stands in one row of it. */
export const PIECE_LENGTH = 128 * 1024;
/** A reader that has a window full to acknowledge, and does not for as long, is sent away. */
export const ACK_TIMEOUT_MS = 30_000;

/** What a socket's attachment holds: all that is known of a reader when its object wakes. */
interface Progress {
  /** the position up to which the reader has dealt with what it got */
  acked: number;
  /** the position up to which it was sent messages; null: it was sent everything that was announced, and is sent what comes next */
  sent: number | null;
  /** since when it has to acknowledge before it is sent more; null: it need not */
  stalledAtMs: number | null;
  /** when it has to come again, and show that it still may read */
  endsAtMs: number;
  mayAppend: boolean;
  /** where what it has appended itself and was not sent stands; null: it is sent that, too */
  own: PositionRange[] | null;
  /** who is present by this socket */
  member: Member | null;
  /** what the socket was opened with, and ends with */
  credential: string;
}

export interface Reader extends Progress {
  readonly socket: WebSocket;
  isCatchingUp: boolean;
  uselessFrames: number;
}

/** What a reader asks for besides a position. */
export type SocketOptions = Pick<SocketRequest, 'mayAppend' | 'hearsItself' | 'member' | 'credential'>;

/** A reader that has just come, and has everything before the position. */
export function newReader(
  socket: WebSocket,
  position: number,
  { mayAppend, hearsItself, member, credential }: SocketOptions,
  nowMs: number,
): Reader {
  const reader: Reader = {
    socket,
    acked: position,
    sent: position,
    stalledAtMs: null,
    endsAtMs: nowMs + STREAM_SOCKET_SEC * 1000,
    mayAppend,
    own: hearsItself ? null : [],
    member: member && { ...member, sinceMs: nowMs },
    credential,
    isCatchingUp: false,
    uselessFrames: 0,
  };
  change(reader, {});
  return reader;
}

/** The reader of a socket whose object has been away. */
export function readerOf(socket: WebSocket): Reader {
  const progress = socket.deserializeAttachment() as Progress; // written by `change` only
  return { socket, ...progress, isCatchingUp: false, uselessFrames: 0 };
}

/** Changes what is remembered of a reader. */
export function change(of: Reader, changes: Partial<Progress>): void {
  const { socket, acked, sent, stalledAtMs, endsAtMs, mayAppend, own, member, credential } = Object.assign(of, changes);
  socket.serializeAttachment({ acked, sent, stalledAtMs, endsAtMs, mayAppend, own, member, credential } satisfies Progress);
}

/** When the reader has to go, if nothing happens. */
export function dueOf({ stalledAtMs, endsAtMs }: Progress): number {
  return stalledAtMs === null ? endsAtMs : Math.min(endsAtMs, stalledAtMs + ACK_TIMEOUT_MS);
}

/** Sends a frame. A socket that is closing by now is sent nothing: its reader comes back with what it has. */
export function send(socket: WebSocket, frame: string | Uint8Array, isLast: boolean): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(frame);
  if (isLast) socket.close(STREAM_CLOSE_CODES.end, 'the stream is closed');
}
