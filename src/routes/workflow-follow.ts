/** A run's events as they happen: by a socket of its object, or as Server-Sent Events, which this isolate makes of such a socket. */
import { ServiceError } from '../lib/errors.ts';
import { FOLLOWER_CLOSE_CODES, FOLLOWER_MS, type FollowedEvent, type FollowRequest } from '../objects/workflow-run/run-followers.ts';
import { runSocketsName } from '../objects/stubs.ts';
import { upgradeUrl } from '../objects/upgrade-url.ts';
import type { AppScope } from '../runs/run-address.ts';
import { credentialOf } from '../wire/principal.ts';
import { ParameterReader } from './parameter-reader.ts';
import type { RequestContext } from './route.ts';
import { refuseForeignPages, wantsSocket } from './stream-upgrade.ts';
import { runIdOf, type ServedRun } from './workflow-route.ts';

/** A reader that is gone is noticed when it is written to; a comment is written this often when there is nothing else. */
const COMMENT_EVERY_MS = 15_000;

/** Whether a request wants Server-Sent Events. */
export function wantsEventStream({ headers }: Request): boolean {
  return headers.get('accept')?.includes('text/event-stream') === true;
}

/**
 * Events behind `?cursor=` (or `Last-Event-ID`), and those to come, until the run has ended.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant, `invalid_input`, `not_found` where runs are not kept in objects, `unauthenticated` for a credential that has just ended, `unavailable` when too many follow the run
 */
export async function followRun(context: RequestContext, { app, tenant }: AppScope, run: ServedRun): Promise<Response> {
  const { request } = context;
  await refuseForeignPages(context);
  const reader = new ParameterReader(context.url);
  const first = reader.take('cursor') ?? '0';
  reader.finish('cursor');
  // A browser that comes again asks for the same address.
  const cursor = request.headers.get('last-event-id') ?? first;
  if (!/^\d{1,15}$/.test(cursor)) throw new ServiceError('invalid_input', 'cursor: expected one of an earlier event.');
  if (run.fetch === undefined)
    throw new ServiceError('not_found', 'Runs that are kept in D1 are not followed: ask for their events again.');
  const credential = credentialOf(context.principal);
  const url = upgradeUrl({ position: Number(cursor), credential } satisfies FollowRequest);
  const { webSocket } = await run.fetch(url, { headers: { upgrade: 'websocket' } });
  if (!webSocket) throw new ServiceError('unavailable', 'Too many follow this run at the moment.');
  // Noted when the socket is there: a credential that ends meanwhile is refused here, and one that ends later ends the socket.
  const name = runSocketsName({ app, runId: runIdOf(context) });
  if (!(await context.services.streamDirectory(tenant).noteSocket(credential, name, Date.now() + FOLLOWER_MS))) {
    webSocket.accept();
    webSocket.close();
    throw new ServiceError('unauthenticated', 'The key or session is no more.');
  }
  if (wantsSocket(request)) return new Response(null, { status: 101, webSocket });
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-store' };
  return new Response(eventsOf(webSocket), { headers });
}

function eventsOf(socket: WebSocket): ReadableStream {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const end = (): void => {
    clearInterval(comments);
    socket.close();
    void writer.close().catch(() => undefined); // the reader has gone
  };
  const write = (text: string): void => void writer.write(encoder.encode(text)).catch(end);
  const comments = setInterval(() => write(':\n\n'), COMMENT_EVERY_MS);
  socket.addEventListener('message', ({ data }) => {
    const { cursor, event } = JSON.parse(String(data)) as FollowedEvent; // what the object sends
    write(`id: ${cursor}\nevent: ${event.eventType}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  socket.addEventListener('close', ({ code }) => {
    // A browser comes again when a stream ends, unless it is told that there is nothing to come.
    if (code === FOLLOWER_CLOSE_CODES.ended) write('event: end\ndata: {}\n\n');
    end();
  });
  socket.accept();
  return readable;
}
