/** The user of a route whose access is `user`. */
import type { SessionOfUser } from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { addressOf } from './caller-address.ts';
import type { RequestContext } from './route.ts';

/** How long after the password was given sensitive changes are possible (ASVS 5.0, 7.5.1). */
const RECENT_MS = 600_000;

export function requireUserId(context: RequestContext): string {
  return requireSession(context).user;
}

/** The user who manages a tenant, and as what. */
export function requireManager(context: RequestContext): { user: string; role: string } {
  return { user: requireUserId(context), role: context.principal?.role ?? '' };
}

/** The user and the session of who has signed in, and from where. */
export function requireSession({ principal, request, route }: RequestContext): SessionOfUser {
  if (principal?.subject.kind !== 'user' || principal.sessionId === undefined)
    throw new TypeError(`${route.method} ${route.path} needs a user but is not guarded by one`);
  const { subject, sessionId: session, via } = principal;
  return { user: subject.id, session, isCookie: via === 'session-cookie', address: addressOf(request) };
}

/**
 * Refuses a sensitive change when the password was not given lately, so that a session that was left open is not enough.
 *
 * @throws ServiceError `reauthentication_required`; `forbidden` without a session
 */
export function requireRecentPassword({ principal }: RequestContext): void {
  if (principal?.sessionId === undefined) throw new ServiceError('forbidden', 'This is for users who have signed in.');
  if (Date.now() - principal.authenticatedAtMs < RECENT_MS) return;
  throw new ServiceError('reauthentication_required', 'Give the password again first: POST /v1/auth/confirm-password.');
}
