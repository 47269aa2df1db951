/**
 * Frames of streams on a WebSocket, subprotocol `steamer.v1`: a line of JSON, then the messages as they are. Text where the messages are text,
 * else binary.
 *
 * @see PROTOCOL.md, Streams over WebSockets
 */

/** What a client asks for in `Sec-WebSocket-Protocol`. */
export const STREAM_SUBPROTOCOL = 'steamer.v1';

/** A text that a client may send at any time, and what it is answered without waking anybody. */
export const HEARTBEAT = { ask: 'ping', answer: 'pong' } as const;

/** The longest frame that a reader sends, in bytes. */
export const READER_FRAME_MAX_BYTES = 1024;

/** The first line of what a reader is sent. */
export interface DataHeader {
  type: 'data';
  /** the offset behind these messages: how many they are tells a reader whether one before them is missing */
  next: string;
  /** how long each message is, in characters or bytes; left out for a single one */
  lengths?: number[];
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

export interface DataFrame {
  header: DataHeader;
  /** the messages; JSON ones with commas between them */
  data: string | Uint8Array;
}

/** Why a socket is closed; the reason says more, and ends with the last offset where there is one to go on from. */
export const STREAM_CLOSE_CODES = {
  /** the stream is closed, and everything of it was sent */
  end: 1000,
  /** it has been open for 15 minutes: come again, and show that you still may */
  restart: 1012,
  invalid_frame: 4400,
  deleted: 4404,
  /** nothing was acknowledged for too long */
  lagging: 4408,
  frame_too_large: 4413,
  /** frames without need */
  flood: 4429,
} as const;

const LINE_FEED = 10;

/** A frame as a WebSocket carries it. */
export function encodeFrame({ header, data }: DataFrame): string | Uint8Array {
  const line = `${JSON.stringify(header)}\n`;
  if (typeof data === 'string') return line + data;
  const prefix = new TextEncoder().encode(line);
  const frame = new Uint8Array(prefix.byteLength + data.byteLength);
  frame.set(prefix);
  frame.set(data, prefix.byteLength);
  return frame;
}

/** Reads a frame back. @throws SyntaxError when its first line is not JSON; what the line says is the sender's word */
export function decodeFrame(frame: string | ArrayBuffer): DataFrame {
  if (typeof frame === 'string') {
    const end = frame.indexOf('\n');
    return { header: JSON.parse(frame.slice(0, end)) as DataHeader, data: frame.slice(end + 1) };
  }
  const bytes = new Uint8Array(frame);
  const end = bytes.indexOf(LINE_FEED);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as DataHeader, data: bytes.subarray(end + 1) };
}
