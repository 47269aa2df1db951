/** `GET /v1/{tenant}/streams`: which streams there are. */
import { ServiceError } from '../lib/errors.ts';
import type { StreamListing } from '../objects/stream-hub/directory-rpc.ts';
import { STREAM_NAME_MAX_BYTES, STREAMS_DEFAULT_LIMIT, STREAMS_MAX_LIMIT } from '../wire/limits.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import { ParameterReader } from './parameter-reader.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';
import { upgradeShared } from './shared-upgrade.ts';
import { wantsSocket } from './stream-upgrade.ts';

const LISTING_SCHEMA = {
  type: 'object',
  required: ['name', 'contentType', 'nextOffset', 'messages', 'size', 'readers', 'isClosed', 'createdAt', 'reportedAt'],
  properties: {
    name: { type: 'string' },
    contentType: { type: 'string' },
    nextOffset: { type: 'string' },
    messages: { type: 'integer' },
    size: { type: 'integer' },
    readers: { type: 'integer' },
    isClosed: { type: 'boolean' },
    createdAt: { type: 'string', format: 'date-time' },
    reportedAt: { type: 'string', format: 'date-time' },
  },
};

export const streamListRoute: Route = {
  method: 'GET',
  path: '/v1/:tenant/streams',
  summary: 'Lists streams by name, a page at a time; as a WebSocket, follows several',
  access: { scope: 'streams:read', ticket: true },
  limit: 'read',
  mutates: false,
  cacheable: false,
  bodyLimitBytes: 0,
  schemas: {
    query: {
      prefix: { type: 'string' },
      limit: { type: 'integer' },
      cursor: { type: 'string' },
      echo: { type: 'boolean' },
      ticket: { type: 'string' },
    },
    responses: {
      200: {
        type: 'object',
        required: ['items', 'cursor'],
        properties: { items: { type: 'array', items: LISTING_SCHEMA }, cursor: { type: ['string', 'null'] } },
      },
    },
  },
  handle: list,
};

async function list(context: RequestContext): Promise<Response> {
  if (wantsSocket(context.request)) return upgradeShared(context);
  const reader = new ParameterReader(context.url);
  const prefix = reader.take('prefix') ?? '';
  const cursor = reader.take('cursor') ?? '';
  const limit = reader.integer('limit', STREAMS_DEFAULT_LIMIT, STREAMS_MAX_LIMIT);
  reader.finish('prefix, limit, cursor');
  if (prefix.length > STREAM_NAME_MAX_BYTES)
    throw new ServiceError('invalid_input', `prefix: expected at most ${STREAM_NAME_MAX_BYTES} characters.`);
  if (cursor.length > STREAM_NAME_MAX_BYTES) throw new ServiceError('invalid_cursor', 'cursor: expected the cursor of the page before.');
  const listings = await context.services.streamDirectory(tenantOf(context)).list(prefix, cursor, limit);
  return json({ items: listings.map(toJson), cursor: listings.length < limit ? null : (listings.at(-1)?.name ?? null) });
}

function toJson({ name, contentType, next, size, readers, isClosed, createdAtMs, reportedAtMs }: StreamListing): Record<string, unknown> {
  const createdAt = new Date(createdAtMs).toISOString();
  const reportedAt = new Date(reportedAtMs).toISOString();
  return { name, contentType, nextOffset: formatOffset(next), messages: next.position, size, readers, isClosed, createdAt, reportedAt };
}
