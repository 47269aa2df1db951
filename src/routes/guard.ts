/** Who is calling, and may they: the only place that turns a credential into a principal. */
import { ServiceError } from '../lib/errors.ts';
import type { RequestContext, Route, Services } from './route.ts';
import { isSigned, signingSender } from './sender.ts';
import { ticketHolder, ticketOf } from './stream-ticket.ts';

/** RFC 6750: `Bearer`, any case, one space or more, one token. */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;
const BEARER_MAX_CHARACTERS = 4096;

/** Who calls, and for which tenant: what handlers go by. */
export type Caller = Pick<RequestContext, 'principal' | 'tenant'>;

/**
 * Who calls a route. Somebody without credentials where the route lets such in; credentials that are sent have to be right there, too.
 *
 * A tenant in the path that is not the principal's is answered as one that does not exist.
 *
 * @throws ServiceError `unauthenticated` without a live credential, `forbidden` without the scope, `not_found` for another tenant
 * @see PROTOCOL.md, Authentication
 */
export async function guard(
  request: Request,
  route: Route,
  tenant: string | undefined,
  services: Services,
  later: (work: Promise<unknown>) => void,
): Promise<Caller> {
  if (route.access === 'public') return { principal: null, tenant: null };
  if (isSigned(request, route)) return { principal: await signingSender(request, route, services), tenant: null };
  const ticket = ticketOf(request, route);
  if (ticket !== null && tenant !== undefined) return { principal: await ticketHolder(ticket, tenant, services), tenant };
  if (mayBeAnonymous(route) && !request.headers.has('authorization')) {
    if (tenant === undefined || !(await services.servesTenant(tenant))) throw noSuchTenant(tenant);
    return { principal: null, tenant };
  }
  const principal = await services.authenticate(bearerToken(request), Date.now(), later);
  if (!principal)
    throw new ServiceError('unauthenticated', 'The API key is not valid: unknown, revoked, expired, mistyped, or of a suspended tenant.');
  if (route.access === 'operator' || 'sender' in route.access) {
    if (!principal.scopes.includes('operator')) throw new ServiceError('forbidden', 'This route needs an operator key.');
    return { principal, tenant: null };
  }
  if (tenant === undefined || principal.tenant !== tenant) throw noSuchTenant(tenant);
  if (!principal.scopes.includes(route.access.scope)) {
    throw new ServiceError(
      'forbidden',
      `This route needs the scope ${route.access.scope}; the key has ${principal.scopes.join(', ') || 'none'}.`,
    );
  }
  return { principal, tenant };
}

function mayBeAnonymous({ access }: Route): boolean {
  return typeof access === 'object' && 'scope' in access && access.anonymous === true;
}

function noSuchTenant(tenant = ''): ServiceError {
  return new ServiceError('not_found', `There is no tenant "${tenant}" here.`);
}

function bearerToken(request: Request): string {
  const header = request.headers.get('authorization');
  if (header === null) throw new ServiceError('unauthenticated', 'Send an API key: "Authorization: Bearer stm_live_…".');
  const token = header.length <= BEARER_MAX_CHARACTERS ? BEARER.exec(header)?.[1] : undefined;
  if (token === undefined)
    throw new ServiceError('unauthenticated', 'Expected "Authorization: Bearer <API key>", got another scheme or form.');
  return token;
}
