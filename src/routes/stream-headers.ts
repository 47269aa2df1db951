/** The headers of the Durable Streams protocol, read from requests and written to answers. */
import { ServiceError } from '../lib/errors.ts';
import type { StreamRetention } from '../objects/stream-hub/retention.ts';
import type { ForkSource, ProducerStamp, StreamLifetime } from '../objects/stream-hub/rpc.ts';
import { STREAM_HEADER_MAX_CHARACTERS, STREAM_TIME_MAX_SEC } from '../wire/limits.ts';
import { parseOffset } from '../wire/stream-offset.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { whyNotAProducerId } from '../wire/stream-producer.ts';

const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** How long a new stream lives; null where nothing is said. @throws ServiceError `invalid_input` */
export function readLifetime(headers: Headers): StreamLifetime | null {
  const ttl = headers.get('stream-ttl');
  const expiresAt = headers.get('stream-expires-at');
  if (ttl !== null && expiresAt !== null) throw invalid('Stream-TTL and Stream-Expires-At: expected one of them, got both');
  if (ttl !== null) return { ttlSec: readTimeSec('Stream-TTL', ttl), expiresAtMs: null };
  if (expiresAt === null) return null;
  const expiresAtMs = RFC_3339.test(expiresAt) ? Date.parse(expiresAt) : NaN;
  if (Number.isNaN(expiresAtMs) || !isDay(expiresAt.slice(0, 10)))
    throw invalid(`Stream-Expires-At: expected an RFC 3339 time, got ${shown(expiresAt)}`);
  return { ttlSec: null, expiresAtMs };
}

/** How long a new stream keeps its messages; null where nothing is said. @throws ServiceError `invalid_input` */
export function readRetention(headers: Headers): StreamRetention | null {
  const readers = { 'Stream-Retention-Seconds': readTimeSec, 'Stream-Retention-Bytes': readWholeNumber };
  const [ageSec, bytes] = Object.entries(readers).map(([name, read]) => {
    const text = headers.get(name);
    const value = text === null ? null : read(name, text);
    if (value === 0) throw invalid(`${name}: expected 1 or more, got 0`);
    return value;
  });
  return ageSec == null && bytes == null ? null : { ageSec: ageSec ?? null, bytes: bytes ?? null };
}

/** Whether the request closes the stream. */
export function readCloses(headers: Headers): boolean {
  return headers.get('stream-closed')?.toLowerCase() === 'true';
}

/** The producer that an append names; all three headers or none. @throws ServiceError `invalid_input` */
export function readProducer(headers: Headers): ProducerStamp | null {
  const [id, epoch, seq] = ['producer-id', 'producer-epoch', 'producer-seq'].map((name) => headers.get(name) ?? null);
  if (id == null && epoch == null && seq == null) return null;
  if (id == null || epoch == null || seq == null)
    throw invalid('Producer-Id, Producer-Epoch, Producer-Seq: expected all of them or none, got some');
  const reason = whyNotAProducerId(id);
  if (reason !== null) throw invalid(`Producer-Id: ${reason}`);
  return { id, epoch: readWholeNumber('Producer-Epoch', epoch), seq: readWholeNumber('Producer-Seq', seq) };
}

/** What a new stream is a fork of, null for none. @param prefix the path of the tenant's streams, which the source's path begins with */
export function readFork(headers: Headers, prefix: string): ForkSource | null {
  const source = headers.get('stream-forked-from');
  const offset = headers.get('stream-fork-offset');
  const subOffset = headers.get('stream-fork-sub-offset');
  if (source === null) {
    if (offset === null && subOffset === null) return null;
    throw invalid('Stream-Fork-Offset and Stream-Fork-Sub-Offset: expected Stream-Forked-From beside them, got none');
  }
  if (!source.startsWith(prefix)) throw invalid(`Stream-Forked-From: expected ${prefix}<name>, got ${shown(source)}`);
  return {
    name: source.slice(prefix.length),
    at: offset === null ? null : readOffset('Stream-Fork-Offset', offset),
    subOffset: subOffset === null ? 0 : readWholeNumber('Stream-Fork-Sub-Offset', subOffset),
  };
}

/** A header that the stream keeps as it is, null for none. @throws ServiceError `invalid_input` for one that is too long */
export function readKept(headers: Headers, name: 'Content-Type' | 'Stream-Seq'): string | null {
  const text = headers.get(name);
  if (text === null || text.length <= STREAM_HEADER_MAX_CHARACTERS) return text;
  throw invalid(`${name}: expected at most ${STREAM_HEADER_MAX_CHARACTERS} characters, got ${text.length}`);
}

/** @throws ServiceError `invalid_input` for what is no offset */
export function readOffset(name: string, text: string): StreamFrom {
  const offset = parseOffset(text);
  if (offset !== null) return offset;
  throw invalid(`${name}: expected an offset that this service gave, -1 or now, got ${shown(text)}`);
}

/** Whether the month has such a day: JavaScript goes on into the next month. */
function isDay(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}

function readTimeSec(name: string, text: string): number {
  const value = readWholeNumber(name, text);
  if (value <= STREAM_TIME_MAX_SEC) return value;
  throw invalid(`${name}: expected ${STREAM_TIME_MAX_SEC} seconds (100 years) or less, got ${shown(text)}`);
}

function readWholeNumber(name: string, text: string): number {
  const value = WHOLE_NUMBER.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`${name}: expected a whole number in decimal, got ${shown(text)}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('invalid_input', `${message}.`);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
