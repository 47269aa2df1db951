/**
 * Routes that read and write the database in a session: a caller who sends the bookmark of an earlier answer may be answered by a replica
 * nearby, and reads nothing older than what that answer had seen or done. Who sends none is answered by the database itself.
 */
import { openSession } from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { RequestContext, Route } from './route.ts';

/** As Cloudflare's examples call it. */
export const BOOKMARK_HEADER = 'x-d1-bookmark';
const BOOKMARK = /^(?:first-unconstrained|[0-9a-f-]{1,200})$/;

/** The same route, in a session. */
export function inDatabaseSession(route: Route): Route {
  const { schemas } = route;
  return {
    ...route,
    schemas: { ...schemas, headers: { ...schemas.headers, 'X-D1-Bookmark': { type: 'string', pattern: BOOKMARK.source } } },
    async handle(context) {
      const { accounts } = context.services;
      const { db, bookmark } = openSession(accounts.db, startOf(context));
      const response = await route.handle({ ...context, services: { ...context.services, accounts: { ...accounts, db } } });
      const seen = bookmark();
      if (seen !== null) response.headers.set(BOOKMARK_HEADER, seen);
      return response;
    },
  };
}

/** Whether the caller has said what it has seen. */
export function hasBookmark({ request }: RequestContext): boolean {
  return request.headers.has(BOOKMARK_HEADER);
}

/** @throws ServiceError `invalid_input` for what is no bookmark */
function startOf({ request, route }: RequestContext): string {
  const bookmark = request.headers.get(BOOKMARK_HEADER);
  if (bookmark !== null && !BOOKMARK.test(bookmark))
    throw new ServiceError('invalid_input', 'X-D1-Bookmark: expected the one of an earlier answer, or first-unconstrained.');
  // What a write decides by has to be as it is.
  return route.mutates || bookmark === null ? 'first-primary' : bookmark;
}
