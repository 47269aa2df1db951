/** Streams by the Durable Streams protocol: `/v1/{tenant}/streams/{name}`. */
import { ServiceError } from '../lib/errors.ts';
import { isJsonType } from '../objects/stream-hub/append-rules.ts';
import type { StreamState } from '../objects/stream-hub/rpc.ts';
import type { StreamHubStub } from '../objects/stubs.ts';
import { STREAM_APPEND_MAX_BYTES } from '../wire/limits.ts';
import type { JsonSchema, RouteDefinition } from '../wire/route.ts';
import { isServiceStream } from '../wire/stream-name.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';
import { readMessages } from './stream-body.ts';
import { readCloses, readFork, readKept, readLifetime, readProducer, readRetention } from './stream-headers.ts';
import { streamListRoute } from './stream-list.ts';
import { streamPresenceRoute } from './stream-presence.ts';
import { readStream } from './stream-reads.ts';
import { appendRefused, creationRefused, missing } from './stream-refusals.ts';
import { answer, checkName, checkReadable, hubOf, readableHub } from './stream-target.ts';
import { streamTicketRoute } from './stream-ticket.ts';

/** How long readers wait. */
export interface StreamOptions {
  /** for a message, before a long poll is answered without one; default 30 */
  longPollSec?: number;
  /** until a reader of events has to come again; default 60 */
  sseSec?: number;
}

const PATH = '/v1/:tenant/streams/:name+';
const READS: Pick<RouteDefinition, 'access' | 'limit' | 'cacheable'> = {
  access: { scope: 'streams:read' },
  limit: 'read',
  cacheable: false,
};
const WRITES: Pick<RouteDefinition, 'access' | 'limit' | 'cacheable'> = {
  access: { scope: 'streams:write' },
  limit: 'write',
  cacheable: false,
};

/** Any bytes, of the content type that the stream has. */
const MESSAGES: JsonSchema = {
  contentMediaType: '*/*',
  description: 'messages in the content type of the stream; of a JSON stream one, or an array of them',
};

/** @see PROTOCOL.md, Streams */
export function streamRoutes({ longPollSec = 30, sseSec = 60 }: StreamOptions = {}): Route[] {
  const times = { longPollMs: longPollSec * 1000, sseMs: sseSec * 1000 };
  return [
    streamListRoute,
    streamTicketRoute,
    streamPresenceRoute,
    {
      ...WRITES,
      method: 'PUT',
      path: PATH,
      summary: 'Creates a stream, or makes sure that it exists',
      mutates: true,
      bodyLimitBytes: STREAM_APPEND_MAX_BYTES,
      schemas: { body: MESSAGES, responses: { 200: null, 201: null } },
      handle: create,
    },
    {
      ...WRITES,
      method: 'POST',
      path: PATH,
      summary: 'Appends messages to a stream, closes it, or both',
      mutates: true,
      bodyLimitBytes: STREAM_APPEND_MAX_BYTES,
      schemas: { body: MESSAGES, responses: { 200: null, 204: null } },
      handle: append,
    },
    {
      ...READS,
      access: { scope: 'streams:read', ticket: true },
      method: 'GET',
      path: PATH,
      summary: 'Reads a stream from an offset on: what there is, or what comes',
      mutates: false,
      bodyLimitBytes: 0,
      schemas: {
        query: {
          offset: { type: 'string' },
          live: { enum: ['long-poll', 'sse'] },
          cursor: { type: 'string' },
          timeout: { type: 'integer' },
          ticket: { type: 'string' },
          echo: { type: 'boolean' },
          presence: { type: 'string' },
        },
        responses: { 200: MESSAGES, 204: null, 304: null },
      },
      handle: async (context) => (context.request.method === 'HEAD' ? describe(context) : readStream(context, times)),
    },
    {
      ...WRITES,
      method: 'DELETE',
      path: PATH,
      summary: 'Deletes a stream with everything in it',
      mutates: true,
      bodyLimitBytes: 0,
      schemas: { responses: { 204: null } },
      handle: remove,
    },
  ];
}

async function create(context: RequestContext): Promise<Response> {
  const { request, url, params } = context;
  const { headers } = request;
  const fork = readFork(headers, `/v1/${params['tenant']}/streams/`);
  if (fork) checkName(fork.name);
  if (fork) checkReadable(context, fork.name);
  const contentType = readKept(headers, 'Content-Type');
  const lifetime = readLifetime(headers);
  const retention = readRetention(headers);
  const isClosed = readCloses(headers);
  const hub = writableHub(context);
  const isJson = isJsonType(contentType ?? (fork && (await typeOf(context, fork.name))) ?? '');
  const messages = await readMessages(request, isJson);
  const result = await hub.create({
    contentType,
    lifetime,
    retention,
    isClosed,
    fork,
    messages: messages?.lengths.length === 0 ? null : messages,
  });
  if (result.kind !== 'created' && result.kind !== 'exists') throw creationRefused(result);
  return answer(result.kind === 'created' ? 201 : 200, {
    ...stateHeaders(result.state),
    'content-type': result.state.contentType,
    ...(result.kind === 'created' ? { location: url.href } : {}),
  });
}

/** The type of a fork's source, which says how the fork's own first messages are read. */
async function typeOf(context: RequestContext, name: string): Promise<string | null> {
  const source = await context.services.streamHub(tenantOf(context), name).describe();
  return source.kind === 'stream' ? source.state.contentType : null;
}

async function append(context: RequestContext): Promise<Response> {
  const { headers } = context.request;
  const closes = readCloses(headers);
  const producer = readProducer(headers);
  const contentType = readKept(headers, 'Content-Type');
  const hub = writableHub(context);
  const messages = await readMessages(context.request, isJsonType(contentType ?? ''));
  if (messages === null && !closes)
    throw new ServiceError('invalid_input', 'Expected a body with messages, or Stream-Closed: true; got neither.');
  if (messages !== null && contentType === null) throw new ServiceError('invalid_input', 'Expected a Content-Type, got none.');
  if (messages?.lengths.length === 0) throw new ServiceError('invalid_input', 'Expected at least one message, got an empty array.');
  const result = await hub.append({ messages, contentType, closes, producer, streamSeq: readKept(headers, 'Stream-Seq') });
  if (result.kind !== 'appended' && result.kind !== 'duplicate') return appendRefused(result, producer, context);
  return answer(producer && messages && result.kind === 'appended' ? 200 : 204, {
    'stream-next-offset': formatOffset(result.next),
    ...(result.isClosed ? { 'stream-closed': 'true' } : {}),
    ...(result.producer ? { 'producer-epoch': String(result.producer.epoch), 'producer-seq': String(result.producer.seq) } : {}),
  });
}

async function describe(context: RequestContext): Promise<Response> {
  const result = await (await readableHub(context)).describe();
  if (result.kind !== 'stream') throw missing(result);
  return answer(200, { ...stateHeaders(result.state), 'content-type': result.state.contentType });
}

async function remove(context: RequestContext): Promise<Response> {
  const result = await writableHub(context).remove();
  if (result.kind !== 'removed') throw missing(result);
  return answer(204, {});
}

function stateHeaders({ lifetime, retention, first, next, isClosed }: StreamState): Record<string, string> {
  return {
    'stream-next-offset': formatOffset(next),
    ...(lifetime.ttlSec === null ? {} : { 'stream-ttl': String(lifetime.ttlSec) }),
    ...(lifetime.expiresAtMs === null ? {} : { 'stream-expires-at': new Date(lifetime.expiresAtMs).toISOString() }),
    ...(retention.ageSec === null ? {} : { 'stream-retention-seconds': String(retention.ageSec) }),
    ...(retention.bytes === null ? {} : { 'stream-retention-bytes': String(retention.bytes) }),
    ...(first.position === 0 ? {} : { 'stream-first-offset': formatOffset(first) }),
    ...(isClosed ? { 'stream-closed': 'true' } : {}),
  };
}

function writableHub(context: RequestContext): StreamHubStub {
  const name = context.params['name'] ?? '';
  if (isServiceStream(name)) throw new ServiceError('forbidden', `The stream ${name} is written by the service only.`);
  return hubOf(context);
}
