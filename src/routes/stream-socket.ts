/** A stream over a WebSocket that the stream's object ends: subprotocol `steamer.v1`. */
import { ServiceError } from '../lib/errors.ts';
import { RELAY_HEADER } from '../objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../objects/upgrade-url.ts';
import type { SocketRequest } from '../objects/stream-hub/socket-request.ts';
import type { StreamAddress } from '../objects/stubs.ts';
import { STREAM_MEMBERS_MAX } from '../wire/limits.ts';
import { credentialOf } from '../wire/principal.ts';
import type { Principal } from '../wire/principal.ts';
import { isServiceStream } from '../wire/stream-name.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Services } from './route.ts';
import { readMember } from './stream-presence.ts';
import { positionOf, whyNotTaken } from './stream-position.ts';
import { missing } from './stream-refusals.ts';
import { readableHub } from './stream-target.ts';
import { readEcho, refuseUpgrade, upgraded } from './stream-upgrade.ts';

/**
 * Makes a reader of the request, which has everything before `from`.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant, `not_found` and `gone` as other reads
 */
export async function upgradeReader(context: RequestContext, from: StreamFrom): Promise<Response> {
  const refusal = await refuseUpgrade(context);
  if (refusal) return refusal;
  const hub = await readableHub(context);
  const name = context.params['name'] ?? '';
  const ticket = ticketOf(context.principal, name);
  const position = await positionOf(hub, from);
  const stream = { tenant: tenantOf(context), name };
  const member = readMember(context.url.searchParams.get('presence'), context.principal);
  const mayAppend = mayAppendTo(name, context.principal);
  const credential = credentialOf(context.principal);
  const request = { from: position, ticket, mayAppend, hearsItself: readEcho(context), member, credential };
  return upgraded(await openSocket(context.services, stream, request));
}

/** The socket to a stream's object, or to the relay that it names. @throws ServiceError `unauthenticated` for a ticket that was used, `not_found`, `gone`, `invalid_input` as other reads */
export async function openSocket(services: Services, { tenant, name }: StreamAddress, request: SocketRequest): Promise<WebSocket> {
  const hub = services.streamHub(tenant, name);
  const first = await hub.fetch(upgradeUrl(request), UPGRADE);
  const relay = first.headers.get(RELAY_HEADER);
  const { status, webSocket } =
    relay === null
      ? first
      : await services.streamRelay(tenant, name, Number(relay)).fetch(upgradeUrl({ ...request, ticket: null }), UPGRADE);
  if (status === 401) throw new ServiceError('unauthenticated', 'The ticket was used before, or its key or session is no more.');
  if (status === 409) throw new ServiceError('conflict', `presence: ${STREAM_MEMBERS_MAX} members are there, and no more are taken.`);
  if (status === 400 || status === 410) throw await whyNotTaken(hub, request.from);
  if (!webSocket) throw missing({ kind: 'absent' });
  return webSocket;
}

const UPGRADE = { headers: { upgrade: 'websocket' } };

/** Whether a principal appends to a stream over its sockets. */
export function mayAppendTo(name: string, principal: Principal | null): boolean {
  return principal?.scopes.includes('streams:write') === true && !isServiceStream(name);
}

/** A ticket is good for one stream, and the stream's object sees to it that it is good for one socket. */
function ticketOf(principal: Principal | null, name: string): SocketRequest['ticket'] {
  const ticket = principal?.ticket;
  if (!ticket) return null;
  if (ticket.covers !== 'stream' || ticket.name !== name)
    throw new ServiceError('forbidden', `The ticket is for ${ticket.covers === 'stream' ? 'the stream' : 'streams below'} ${ticket.name}.`);
  return { id: ticket.id, expiresAtMs: ticket.expiresAtMs };
}
