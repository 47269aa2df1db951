/** The user of a route whose access is `user`. */
import type { RequestContext } from './route.ts';

export function requireUserId({ principal, route }: RequestContext): string {
  if (principal?.subject.kind !== 'user') throw new TypeError(`${route.method} ${route.path} needs a user but is not guarded by one`);
  return principal.subject.id;
}
