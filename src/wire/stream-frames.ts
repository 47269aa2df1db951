/** Frames of a stream on a WebSocket: a line of JSON, then the messages as they are. Text where the messages are text, else binary. */

/** The first line of what a reader is sent. */
export interface DataHeader {
  type: 'data';
  /** the offset behind these messages */
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

/** Why a socket is closed; the code of each (PROTOCOL.md, Streams). */
export const STREAM_CLOSE_CODES = {
  /** the stream is closed, and everything of it was sent */
  end: 1000,
  invalid_frame: 4400,
  deleted: 4404,
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
