/** A stream over a WebSocket that the stream's object ends: subprotocol `steamer.v1`. */
import { ServiceError } from '../lib/errors.ts';
import { STREAM_SUBPROTOCOL } from '../wire/stream-frames.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { problem, toPublicError } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';
import { locate } from './stream-position.ts';
import { missing } from './stream-refusals.ts';
import { hubOf } from './stream-target.ts';

/** Whether a request wants to become a WebSocket. */
export function wantsSocket({ headers }: Request): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket';
}

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
  const { webSocket } = await hub.fetch(`https://stream/?from=${formatOffset(position)}`, { headers: { upgrade: 'websocket' } });
  if (!webSocket) throw missing({ kind: 'absent' });
  return new Response(null, { status: 101, webSocket, headers: { 'sec-websocket-protocol': STREAM_SUBPROTOCOL } });
}

/** Browsers let any page open a socket and only say which one it is. */
async function refuseForeignPages(context: RequestContext): Promise<void> {
  const origin = context.request.headers.get('origin');
  if (origin === null || (await context.services.allowsOrigin(origin, tenantOf(context)))) return;
  throw new ServiceError('forbidden', `Origin: expected one that the tenant allows, got ${JSON.stringify(origin.slice(0, 80))}.`);
}
