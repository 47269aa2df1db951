/** A piece of a stream as the service hands it over, by an answer or in a frame of a socket. */
import type { DataHeader } from '../wire/stream-frames.ts';

/** Messages that stand behind each other, and where they end. */
export interface StreamPart<Value = unknown> {
  /** JSON messages, or bytes */
  values: Value[];
  /** behind them */
  offset: string;
  /** nothing stands behind them at the moment */
  isUpToDate: boolean;
  /** nothing ever will */
  isClosed: boolean;
}

/** The answer to a read. */
export async function readResponse<Value>(response: Response): Promise<StreamPart<Value>> {
  const { headers } = response;
  return {
    values: await valuesOf<Value>(response),
    offset: headers.get('stream-next-offset') ?? '',
    isUpToDate: headers.has('stream-up-to-date'),
    isClosed: headers.has('stream-closed'),
  };
}

async function valuesOf<Value>(response: Response): Promise<Value[]> {
  const isJson = /^application\/json/i.test(response.headers.get('content-type') ?? '');
  if (isJson && response.status !== 204) return (await response.json()) as Value[]; // the caller's word for them
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.length === 0 ? [] : [bytes as Value]; // the caller's word for it
}

/** A frame of a socket: a line of JSON, and the messages behind it. Null for one of a kind that is not known here. */
export function readFrame<Value>(frame: string | ArrayBuffer): StreamPart<Value> | null {
  const end = typeof frame === 'string' ? frame.indexOf('\n') : new Uint8Array(frame).indexOf(10);
  const line = frame.slice(0, end);
  const rest = frame.slice(end + 1);
  const header = typeof line === 'string' ? line : new TextDecoder().decode(line);
  const { type, next, lengths, upToDate = false, closed = false } = JSON.parse(header) as DataHeader; // the service's
  if (type !== 'data') return null;
  const values = (typeof rest === 'string' ? JSON.parse(`[${rest}]`) : cut(new Uint8Array(rest), lengths)) as Value[]; // the caller's word for it
  return { values, offset: next, isUpToDate: upToDate, isClosed: closed };
}

function cut(bytes: Uint8Array, lengths = [bytes.length]): Uint8Array[] {
  let at = 0;
  return lengths.map((length) => bytes.subarray(at, (at += length)));
}

/** The offset that many messages before another one. */
export function offsetBefore(offset: string, count: number): string {
  const [epoch = '', position] = offset.split('_');
  return `${epoch}_${String(Number(position) - count).padStart(16, '0')}`;
}
