/** A stream as its readers get it: what there is, what comes next, or events for as long as they stay. */
import { ServiceError } from '../lib/errors.ts';
import { isJsonType } from '../objects/stream-hub/append-rules.ts';
import type { StreamPart } from '../objects/stream-hub/rpc.ts';
import { readerFrom } from '../objects/stream-hub/socket-request.ts';
import { credentialOf } from '../wire/principal.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';
import { bodyOf } from './stream-body.ts';
import { nextCursor } from './stream-cursor.ts';
import { readOffset } from './stream-headers.ts';
import { locate } from './stream-position.ts';
import { readRefused, trimmedAnswer } from './stream-refusals.ts';
import { wantsSocket } from './stream-upgrade.ts';
import { openSocket, upgradeReader } from './stream-socket.ts';
import { eventStream } from './stream-sse.ts';
import type { SseEncoding } from './stream-sse.ts';
import { answer, readableHub } from './stream-target.ts';

/** How long readers wait, in milliseconds. */
export interface ReadTimes {
  longPollMs: number;
  sseMs: number;
}

/** Answers a GET: `offset` says where the reader is, `live` how it wants to be told what comes. */
export async function readStream(context: RequestContext, times: ReadTimes): Promise<Response> {
  const { url } = context;
  const offsets = url.searchParams.getAll('offset');
  const live = url.searchParams.get('live');
  if (offsets.length > 1) throw new ServiceError('invalid_input', 'offset: expected once, came more than once.');
  if (live !== null && live !== 'long-poll' && live !== 'sse')
    throw new ServiceError('invalid_input', `live: expected long-poll or sse, got ${JSON.stringify(live.slice(0, 80))}.`);
  const [offset] = offsets;
  if (offset === undefined && live !== null) throw new ServiceError('invalid_input', `live=${live}: expected an offset, got none.`);
  const from = offset === undefined ? 'start' : readOffset('offset', offset);
  if (wantsSocket(context.request)) return upgradeReader(context, from);
  if (live === 'sse') return readEvents(context, from, times.sseMs);
  const waitMs = live === 'long-poll' ? Math.min(times.longPollMs, readTimeoutMs(url)) : 0;
  const result = await (await readableHub(context)).read(from, waitMs);
  if (result.kind === 'trimmed') return trimmedAnswer(result, context);
  if (result.kind !== 'part') throw readRefused(result);
  return live === 'long-poll' ? livePart(result, context) : storedPart(result, from, context);
}

/** How long the reader itself wants to wait at most, in `timeout` seconds. */
function readTimeoutMs(url: URL): number {
  const timeout = url.searchParams.get('timeout');
  if (timeout === null) return Infinity;
  if (/^\d{1,4}$/.test(timeout)) return Number(timeout) * 1000;
  throw new ServiceError('invalid_input', `timeout: expected whole seconds, got ${JSON.stringify(timeout.slice(0, 80))}.`);
}

/** What there is; a part that nothing can be added to may be kept, by its reader alone. */
function storedPart(part: StreamPart, from: StreamFrom, { request }: RequestContext): Response {
  const headers = { ...partHeaders(part), 'cache-control': cacheControlOf(part, from) };
  if (from === 'now') return answer(200, headers, bodyOf(part.messages));
  const etag = entityTagOf(part);
  if (
    request.headers
      .get('if-none-match')
      ?.split(',')
      .some((tag) => tag.trim() === etag)
  )
    return answer(304, { ...headers, etag });
  return answer(200, { ...headers, etag }, bodyOf(part.messages));
}

function livePart(part: StreamPart, { url }: RequestContext): Response {
  const headers = {
    ...partHeaders(part),
    'stream-cursor': nextCursor(url.searchParams.get('cursor'), Date.now(), Math.random()),
    'cache-control': 'private, no-store',
  };
  if (part.messages.lengths.length === 0) return answer(204, headers);
  return answer(200, { ...headers, etag: entityTagOf(part) }, bodyOf(part.messages));
}

async function readEvents(context: RequestContext, from: StreamFrom, lifeMs: number): Promise<Response> {
  const hub = await readableHub(context);
  const { contentType, position } = await locate(hub, from);
  const encoding = encodingOf(contentType);
  const cursor = context.url.searchParams.get('cursor');
  const stream = { tenant: tenantOf(context), name: context.params['name'] ?? '' };
  const socket = await openSocket(context.services, stream, readerFrom(position, credentialOf(context.principal)));
  const body = eventStream({ socket, from: position, cursor, encoding, lifeMs });
  const encodingHeader = encoding === 'base64' ? { 'stream-sse-data-encoding': 'base64' } : {};
  return answer(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-store', ...encodingHeader }, body);
}

function encodingOf(contentType: string): SseEncoding {
  if (isJsonType(contentType)) return 'json';
  return /^text\//i.test(contentType) ? 'text' : 'base64';
}

function partHeaders({ contentType, next, isUpToDate, isClosed }: StreamPart): Record<string, string> {
  return {
    'content-type': contentType,
    'stream-next-offset': formatOffset(next),
    ...(isUpToDate ? { 'stream-up-to-date': 'true' } : {}),
    ...(isClosed ? { 'stream-closed': 'true' } : {}),
  };
}

function cacheControlOf({ isUpToDate, isClosed }: StreamPart, from: StreamFrom): string {
  if (from === 'now') return 'no-store';
  return isUpToDate && !isClosed ? 'private, no-cache' : 'private, max-age=60, stale-while-revalidate=300';
}

/** A range of a stream never changes, but that the stream may be closed behind it. */
function entityTagOf({ from, next, isClosed }: StreamPart): string {
  return `"${from.epoch}:${from.position}:${next.position}${isClosed ? ':closed' : ''}"`;
}
