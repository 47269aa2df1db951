/** Which requests become sockets: of pages that may read the tenant, and of clients that speak the protocol. */
import { ServiceError } from '../lib/errors.ts';
import { STREAM_SUBPROTOCOL } from '../wire/stream-frames.ts';
import { problem, toPublicError } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';

/** Whether a request wants to become a WebSocket. */
export function wantsSocket({ headers }: Request): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket';
}

/**
 * The answer to a client that speaks another protocol, and is told which one there is; null for one that may have a socket.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant
 */
export async function refuseUpgrade(context: RequestContext): Promise<Response | null> {
  await refuseForeignPages(context);
  const offered = (context.request.headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  if (offered.includes(STREAM_SUBPROTOCOL)) return null;
  const refusal = new ServiceError('upgrade_required', `Sec-WebSocket-Protocol: expected ${STREAM_SUBPROTOCOL}, got none of it.`);
  return problem(toPublicError(refusal), context.requestId, { upgrade: 'websocket', 'sec-websocket-protocol': STREAM_SUBPROTOCOL });
}

/** The answer that a socket goes out with. */
export function upgraded(webSocket: WebSocket): Response {
  return new Response(null, { status: 101, webSocket, headers: { 'sec-websocket-protocol': STREAM_SUBPROTOCOL } });
}

/** Whether the socket is sent its own messages, too. @throws ServiceError `invalid_input` */
export function readEcho({ url }: RequestContext): boolean {
  const echo = url.searchParams.get('echo') ?? 'true';
  if (echo === 'true' || echo === 'false') return echo === 'true';
  throw new ServiceError('invalid_input', `echo: expected true or false, got ${JSON.stringify(echo.slice(0, 80))}.`);
}

/**
 * Browsers let any page open a socket and only say which one it is. The service's own may.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant
 */
export async function refuseForeignPages(context: RequestContext): Promise<void> {
  const origin = context.request.headers.get('origin');
  if (origin === null || origin === context.url.origin || (await context.services.allowsOrigin(origin, tenantOf(context)))) return;
  throw new ServiceError('forbidden', `Origin: expected one that the tenant allows, got ${JSON.stringify(origin.slice(0, 80))}.`);
}
