/** Requests that another site makes a browser send: told apart by what browsers say of where a request comes from, and pages cannot change. */
import { ServiceError } from '../lib/errors.ts';
import type { Services } from './route.ts';

/** What of a browser a request has to do with: a session's cookie that it carries, or that its answer sets; nothing where all goes by tokens. */
export type CookieUse = 'carried' | 'set' | 'none';

/**
 * Refuses a request of a foreign site. One that has nothing to do with cookies is taken from pages of every listed origin, of other sites, too;
 * one that carries a cookie was made by a browser, and so has to say where it comes from.
 *
 * @param tenant whose listed origins count, too
 * @throws ServiceError `forbidden`
 */
export async function refuseForged(request: Request, tenant: string | null, services: Services, cookie: CookieUse): Promise<void> {
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if (origin === null && site === null) {
    if (cookie !== 'carried') return;
    throw new ServiceError(
      'forbidden',
      'A request with a session cookie that changes something needs an Origin; programs send a bearer token instead.',
    );
  }
  const isOwn = origin === null || isOwnOrigin(origin, request, services);
  const isListed = !isOwn && (await services.allowsOrigin(origin, tenant));
  // A page that was typed in or is this service's own; a listed one may be a neighbour of the same site.
  const isNear =
    (cookie === 'none' && isListed) || site === null || site === 'same-origin' || site === 'none' || (isListed && site === 'same-site');
  if (!(isOwn || isListed) || !isNear) throw new ServiceError('forbidden', 'This request comes from a site that may not make it.');
}

/** The cookie is bound to the host that it was set by, so the host that a request names is the service's whenever the cookie is there. */
function isOwnOrigin(origin: string, request: Request, { environment }: Services): boolean {
  return origin === environment.publicUrl || origin === new URL(request.url).origin;
}
