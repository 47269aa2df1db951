/** Tickets: a page cannot send a header with a WebSocket, so it fetches a right to one socket first, over HTTPS and with its credential. */
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { seal, unseal } from '../lib/sealed-text.ts';
import type { SealOptions } from '../lib/sealed-text.ts';
import { BATCH_BODY_MAX_BYTES, STREAM_NAME_MAX_BYTES, STREAM_TICKET_SEC } from '../wire/limits.ts';
import type { Principal, Scope, StreamTicket } from '../wire/principal.ts';
import { isServiceStream } from '../wire/stream-name.ts';
import { readJsonText } from './read-body.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route, Services } from './route.ts';
import { wantsSocket } from './stream-upgrade.ts';
import { checkName } from './stream-target.ts';

/** What a ticket holds. Who has it reads the stream as who asked for it. */
interface SealedTicket extends StreamTicket {
  scopes: Principal['scopes'];
  subject: Principal['subject'];
  role?: string;
  /** the credential that it was given for, and ends with */
  keyId?: string;
  sessionId?: string;
  memberSinceMs?: number;
  limitPolicy?: string;
}

/** What a ticket may be good for; reading is always part of it. */
const PERMISSIONS = ['read', 'write'] as const;

/** `POST /v1/{tenant}/stream-tickets`: `{"stream" | "prefix", "permissions"?}` → `{"ticket", "expiresAt"}`. */
export const streamTicketRoute: Route = {
  method: 'POST',
  path: '/v1/:tenant/stream-tickets',
  summary: 'Gives a ticket for one WebSocket on a stream',
  access: { scope: 'streams:read' },
  limit: 'read',
  mutates: true,
  cacheable: false,
  bodyLimitBytes: BATCH_BODY_MAX_BYTES,
  schemas: {
    body: {
      type: 'object',
      additionalProperties: false,
      properties: {
        stream: { type: 'string' },
        prefix: { type: 'string' },
        permissions: { type: 'array', items: { enum: [...PERMISSIONS] } },
      },
    },
    responses: {
      201: {
        type: 'object',
        required: ['ticket', 'expiresAt'],
        properties: { ticket: { type: 'string' }, expiresAt: { type: 'string', format: 'date-time' } },
      },
    },
  },
  handle: issue,
};

async function issue(context: RequestContext): Promise<Response> {
  const { principal, services } = context;
  if (!principal) throw new ServiceError('unauthenticated', 'A ticket is given to who sends a credential.');
  const { stream, prefix, permissions } = membersOf(parseJson(await readJsonText(context.request, BATCH_BODY_MAX_BYTES)));
  const covered = prefix === undefined ? readStream(stream) : readPrefix(prefix, stream);
  const scopes = readScopes(permissions, principal);
  if (scopes.includes('streams:write') && isServiceStream(covered.name))
    throw new ServiceError('forbidden', `The stream ${covered.name} is written by the service only.`);
  const expiresAtMs = Date.now() + STREAM_TICKET_SEC * 1000;
  const { subject, role, keyId, sessionId, memberSinceMs, limitPolicy } = principal;
  const sealed: SealedTicket = {
    id: crypto.randomUUID(),
    ...covered,
    expiresAtMs,
    scopes,
    subject,
    ...(role === undefined ? {} : { role }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(memberSinceMs === undefined ? {} : { memberSinceMs }),
    ...(limitPolicy === undefined ? {} : { limitPolicy }),
  };
  const ticket = await seal(sealed, sealOptions(tenantOf(context), services));
  return json({ ticket, expiresAt: new Date(expiresAtMs).toISOString() }, 201, { 'cache-control': 'no-store' });
}

function membersOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

type Covered = Pick<StreamTicket, 'covers' | 'name'>;

function readStream(stream: unknown): Covered {
  if (typeof stream !== 'string')
    throw new ServiceError('invalid_input', `/stream: expected the name of a stream, got ${describeValue(stream)}.`);
  checkName(stream);
  return { covers: 'stream', name: stream };
}

function readPrefix(prefix: unknown, stream: unknown): Covered {
  if (typeof prefix === 'string' && prefix.length <= STREAM_NAME_MAX_BYTES && stream === undefined)
    return { covers: 'prefix', name: prefix };
  throw new ServiceError('invalid_input', '/prefix: expected the beginning of names, and no stream beside it.');
}

/** The scopes of a ticket: no more than who asks for it has. */
function readScopes(permissions: unknown, { scopes }: Principal): Scope[] {
  const asked: unknown[] | null = permissions === undefined ? ['read'] : Array.isArray(permissions) ? permissions : null;
  if (!asked?.every((name) => PERMISSIONS.some((permission) => permission === name)))
    throw new ServiceError('invalid_input', '/permissions: expected an array of "read" and "write".');
  const wanted = PERMISSIONS.filter((name) => name === 'read' || asked.includes(name)).map((name) => `streams:${name}` as const);
  const lacking = wanted.find((scope) => !scopes.includes(scope));
  if (lacking !== undefined) throw new ServiceError('forbidden', `/permissions: these need the scope ${lacking}.`);
  // Streams of changes are read by who may read models, too.
  return [...wanted, ...scopes.filter((scope) => scope === 'models:read')];
}

/** The ticket that a request for a socket carries; null when it has to show another credential. */
export function ticketOf(request: Request, { access }: Route): string | null {
  const takesTickets = typeof access === 'object' && 'scope' in access && access.ticket === true;
  return takesTickets && wantsSocket(request) ? new URL(request.url).searchParams.get('ticket') : null;
}

/** Whom a ticket makes the caller. @throws ServiceError `unauthenticated` for one that is none of this tenant's, or too old */
export async function ticketHolder(text: string, tenant: string, services: Services): Promise<Principal> {
  const opened = await unseal(text, sealOptions(tenant, services));
  const ticket = opened === undefined ? null : (opened as SealedTicket); // authenticated: only `issue` has written it
  if (!ticket || ticket.expiresAtMs <= Date.now())
    throw new ServiceError('unauthenticated', `Expected a ticket of the last ${STREAM_TICKET_SEC} seconds, got another or an edited one.`);
  const { id, covers, name, expiresAtMs, ...holder } = ticket;
  return {
    tenant,
    ...holder,
    via: 'ticket',
    ticket: { id, covers, name, expiresAtMs },
    authenticatedAtMs: Date.now(),
  };
}

function sealOptions(tenant: string, { environment }: Services): SealOptions {
  return { purpose: 'steamer stream ticket v1', binding: tenant, keys: environment.signingKeys };
}
