/** API keys as operators revoke them, whosever they are. */
import { revokeAnyKey } from '../accounts/index.ts';
import { note } from './audit-trail.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

export const operatorKeyRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/operator/keys/:kid/revoke',
    access: 'operator',
    limit: 'operator',
    cacheable: false,
    mutates: true,
    bodyLimitBytes: 0,
    summary: "Revokes a tenant's key: the next request with it is refused, and its sockets are closed",
    schemas: { responses: { 200: { type: 'object', properties: { kid: { type: 'string' }, tenant: { type: 'string' } } } } },
    handle: revoke,
  },
];

async function revoke(context: RequestContext): Promise<Response> {
  const kid = context.params['kid'] ?? '';
  const { tenant, hasChanged } = await revokeAnyKey(context.services.accounts, kid, Date.now());
  if (hasChanged) await note(context, 'key.revoked', { tenant, target: kid });
  return json({ kid, tenant });
}
