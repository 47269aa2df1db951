/** A stream over a WebSocket that the stream's object ends: subprotocol `steamer.v1`. */
import { ServiceError } from '../lib/errors.ts';
import { socketUrl } from '../objects/stream-hub/socket-request.ts';
import type { SocketRequest } from '../objects/stream-hub/socket-request.ts';
import { STREAM_SUBPROTOCOL } from '../wire/stream-frames.ts';
import { isServiceStream } from '../wire/stream-name.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { problem, toPublicError } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';
import { locate } from './stream-position.ts';
import { missing } from './stream-refusals.ts';
import { hubOf } from './stream-target.ts';

/**
 * Makes a reader of the request, which has everything before `from`.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant, `not_found` and `gone` as other reads
 */
export async function upgradeReader(context: RequestContext, from: StreamFrom): Promise<Response> {
  const { request, requestId } = context;
  await refuseForeignPages(context);
  const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(STREAM_SUBPROTOCOL)) {
    const refusal = new ServiceError('upgrade_required', `Sec-WebSocket-Protocol: expected ${STREAM_SUBPROTOCOL}, got none of it.`);
    return problem(toPublicError(refusal), requestId, { upgrade: 'websocket', 'sec-websocket-protocol': STREAM_SUBPROTOCOL });
  }
  const hub = hubOf(context);
  const { position } = await locate(hub, from);
  const asked = { from: position, ticket: ticketOf(context), mayAppend: mayAppend(context), hearsItself: readEcho(context) };
  const { status, webSocket } = await hub.fetch(socketUrl(asked), { headers: { upgrade: 'websocket' } });
  if (status === 401) throw new ServiceError('unauthenticated', 'The ticket was used before; fetch another.');
  if (!webSocket) throw missing({ kind: 'absent' });
  return new Response(null, { status: 101, webSocket, headers: { 'sec-websocket-protocol': STREAM_SUBPROTOCOL } });
}

/** Browsers let any page open a socket and only say which one it is. */
async function refuseForeignPages(context: RequestContext): Promise<void> {
  const origin = context.request.headers.get('origin');
  if (origin === null || (await context.services.allowsOrigin(origin, tenantOf(context)))) return;
  throw new ServiceError('forbidden', `Origin: expected one that the tenant allows, got ${JSON.stringify(origin.slice(0, 80))}.`);
}

/** A ticket is good for one stream, and the stream's object sees to it that it is good for one socket. */
function ticketOf({ principal, params }: RequestContext): SocketRequest['ticket'] {
  const ticket = principal?.ticket;
  if (!ticket) return null;
  if (ticket.stream !== params['name']) throw new ServiceError('forbidden', `The ticket is for the stream ${ticket.stream}.`);
  return { id: ticket.id, expiresAtMs: ticket.expiresAtMs };
}

function mayAppend({ principal, params }: RequestContext): boolean {
  return principal?.scopes.includes('streams:write') === true && !isServiceStream(params['name'] ?? '');
}

/** Whether the socket is sent its own messages, too. */
function readEcho({ url }: RequestContext): boolean {
  const echo = url.searchParams.get('echo') ?? 'true';
  if (echo === 'true' || echo === 'false') return echo === 'true';
  throw new ServiceError('invalid_input', `echo: expected true or false, got ${JSON.stringify(echo.slice(0, 80))}.`);
}
