/**
 * A segment of a stream as one object of R2: chunks one after the other, each a line of JSON and the messages behind it, so that a part can be
 * read without the rest. Pure.
 */
import { joinBatches } from './message-batch.ts';
import { joinBytes } from '../../lib/join-bytes.ts';
import type { MessageBatch } from './rpc.ts';

/** What a row of the log holds. */
export interface LogRow {
  position: number;
  /** of the first message that was appended together with these */
  appendPosition: number;
  atMs: number;
  lengthBefore: number;
  messages: MessageBatch;
}

/** Where a chunk begins. */
export interface SegmentChunk {
  position: number;
  lengthBefore: number;
  byteOffset: number;
}

/** A chunk that was read back. */
export interface ReadChunk {
  position: number;
  messages: MessageBatch;
  /** the positions at which appends begin */
  appends: number[];
}

interface ChunkHeader {
  position: number;
  lengths: number[];
  appends: number[];
}

/** How much a chunk holds, in characters or bytes: what is read for the sake of one message. */
const CHUNK_LENGTH = 256 * 1024;
const LINE_FEED = 10;

export function encodeSegment(rows: readonly LogRow[], isJson: boolean): { body: Uint8Array; chunks: SegmentChunk[] } {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const chunks: SegmentChunk[] = [];
  let byteOffset = 0;
  for (const group of groupRows(rows)) {
    const [first] = group;
    const { data, lengths } = joinBatches(
      group.map(({ messages }) => messages),
      isJson,
    );
    const appends = group.filter(({ position, appendPosition }) => position === appendPosition).map(({ position }) => position);
    const header: ChunkHeader = { position: first.position, lengths, appends };
    chunks.push({ position: first.position, lengthBefore: first.lengthBefore, byteOffset });
    const line = encoder.encode(`${JSON.stringify(header)}\n`);
    const content = typeof data === 'string' ? encoder.encode(data) : data;
    parts.push(line, content);
    byteOffset += line.byteLength + content.byteLength;
  }
  return { body: joinBytes(parts), chunks };
}

export function decodeChunk(bytes: Uint8Array, isJson: boolean): ReadChunk {
  const end = bytes.indexOf(LINE_FEED);
  const { position, lengths, appends } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as ChunkHeader; // of `encodeSegment`
  const content = bytes.subarray(end + 1);
  const data = isJson ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) : content;
  return { position, messages: { data, lengths }, appends };
}

/** Rows that make a chunk: without a gap, and enough of them. */
function groupRows(rows: readonly LogRow[]): [LogRow, ...LogRow[]][] {
  const groups: [LogRow, ...LogRow[]][] = [];
  let length = 0;
  let next = -1;
  for (const row of rows) {
    const group = groups.at(-1);
    if (group && row.position === next && length < CHUNK_LENGTH) group.push(row);
    else {
      groups.push([row]);
      length = 0;
    }
    length += row.messages.data.length;
    next = row.position + row.messages.lengths.length;
  }
  return groups;
}
