/** Who is calling, and may they: the only place that turns a credential into a principal. */
import type { Credential } from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { Principal } from '../wire/principal.ts';
import { addressOf } from './caller-address.ts';
import { refuseForged } from './forged-requests.ts';
import type { RequestContext, Route, Services } from './route.ts';
import { isSigned, signingSender } from './sender.ts';
import { claimCookieOf, sessionCookieOf } from './session-cookie.ts';
import { ticketHolder, ticketOf } from './stream-ticket.ts';

/** RFC 6750: `Bearer`, any case, one space or more, one token. */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;
const BEARER_MAX_CHARACTERS = 4096;

/** Who calls, and for which tenant: what handlers go by. */
export type Caller = Pick<RequestContext, 'principal' | 'tenant'>;

/** A caller, with the claim that its browser is given for its next requests. */
export interface Admission extends Caller {
  claim?: string;
}

/**
 * Who calls a route. Somebody without credentials where the route lets such in; credentials that are sent have to be right there, too.
 *
 * A tenant in the path that is not the principal's is answered as one that does not exist. Where route and service allow it, a claim of a moment ago stands for the session.
 *
 * @throws ServiceError `unauthenticated` without a live credential, `forbidden` without the scope or from a foreign site, `not_found` for another tenant
 * @see PROTOCOL.md, Authentication
 */
export async function guard(
  request: Request,
  route: Route,
  tenant: string | undefined,
  services: Services,
  later: (work: Promise<unknown>) => void,
): Promise<Admission> {
  if (route.access === 'public') return { principal: null, tenant: null };
  if (isSigned(request, route)) return { principal: await signingSender(request, route, services), tenant: null };
  const ticket = ticketOf(request, route);
  if (ticket !== null && tenant !== undefined) {
    const principal = await ticketHolder(ticket, tenant, services);
    if (await services.servesTenant(tenant)) return { principal, tenant };
    throw noSuchTenant(tenant);
  }
  const credential = credentialOf(request);
  if (credential === null && mayBeAnonymous(route)) {
    if (tenant === undefined || !(await services.servesTenant(tenant))) throw noSuchTenant(tenant);
    return { principal: null, tenant };
  }
  const nowMs = Date.now();
  const claims = route.toleratesStaleness === true && credential?.kind === 'cookie' ? services.claimsOf(credential.text) : null;
  const claimed = claims && (await claims.read(claimCookieOf(request), tenant, nowMs));
  const principal =
    claimed ??
    (credential && (await services.authenticate(credential, { tenant: tenant ?? null, address: addressOf(request), nowMs, later })));
  if (principal === null) throw new ServiceError('unauthenticated', whyNot(credential));
  // A socket sends and receives as the user from then on, whatever its request says that it changes (ASVS 5.0, 4.4.2).
  const needsOrigin = route.mutates || request.headers.has('upgrade');
  if (credential?.kind === 'cookie' && needsOrigin) await refuseForged(request, tenant ?? null, services, 'carried');
  const caller = admitted(route.access, principal, tenant);
  return claims === null || claimed !== null ? caller : { ...caller, claim: await claims.issue(principal, nowMs) };
}

/** Whether what the principal may do is what the route asks for. */
function admitted(access: Exclude<Route['access'], 'public'>, principal: Principal, tenant: string | undefined): Caller {
  if (access === 'user') {
    if (principal.sessionId === undefined) throw new ServiceError('forbidden', 'This route is for users who have signed in.');
    return { principal, tenant: null };
  }
  if (access === 'operator' || 'sender' in access) {
    if (!principal.scopes.includes('operator')) throw new ServiceError('forbidden', 'This route needs an operator key.');
    return { principal, tenant: null };
  }
  if (tenant === undefined || principal.tenant !== tenant) throw noSuchTenant(tenant);
  if (!principal.scopes.includes(access.scope)) {
    throw new ServiceError(
      'forbidden',
      `This route needs the scope ${access.scope}; the caller has ${principal.scopes.join(', ') || 'none'}.`,
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

/** What a request shows; the cookie only where there is no Authorization, which a page would have to send by itself. */
function credentialOf(request: Request): Credential | null {
  const header = request.headers.get('authorization');
  if (header !== null) return { kind: 'bearer', text: bearerToken(header) };
  const text = sessionCookieOf(request);
  return text === null ? null : { kind: 'cookie', text };
}

function bearerToken(header: string): string {
  const token = header.length <= BEARER_MAX_CHARACTERS ? BEARER.exec(header)?.[1] : undefined;
  if (token === undefined)
    throw new ServiceError('unauthenticated', 'Expected "Authorization: Bearer <API key or access token>", got another scheme or form.');
  return token;
}

function whyNot(credential: Credential | null): string {
  if (credential === null) return 'Sign in, or send an API key: "Authorization: Bearer stm_live_…".';
  if (credential.kind === 'cookie') return 'The session is not live: it has ended, or never was.';
  return 'The API key or access token is not valid: unknown, revoked, expired, mistyped, or of a suspended tenant.';
}
