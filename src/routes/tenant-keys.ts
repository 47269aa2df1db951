/** The API keys of a tenant, for its owners and admins. */
import { createKey, listKeys, revokeKey, rotateKey, type TenantKey } from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import {
  CREATE_KEY_BODY,
  GRACE_DEFAULT_SEC,
  KEY_POLICY,
  ROTATE_KEY_BODY,
  TENANT_BODY_MAX_BYTES,
  TENANT_BODY_SCHEMAS,
} from '../wire/tenant-bodies.ts';
import { note } from './audit-trail.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import { type RequestContext, type Route, tenantOf } from './route.ts';
import { requireManager, requireRecentPassword } from './signed-in.ts';

const MANAGED = { access: { scope: 'tenant:admin' }, cacheable: false } as const;
const CHANGE = { ...MANAGED, limit: 'write', mutates: true } as const;
const NO_STORE = { 'cache-control': 'no-store' };

export const tenantKeyRoutes: readonly Route[] = [
  {
    ...MANAGED,
    method: 'GET',
    path: '/v1/:tenant/keys',
    summary: 'The API keys of the tenant, the newest first',
    limit: 'read',
    mutates: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { type: 'object', properties: { keys: { type: 'array', items: TENANT_BODY_SCHEMAS.key } } } } },
    handle: list,
  },
  {
    ...CHANGE,
    method: 'POST',
    path: '/v1/:tenant/keys',
    summary: 'Makes an API key; its token is in this answer and nowhere else',
    bodyLimitBytes: TENANT_BODY_MAX_BYTES,
    schemas: { body: TENANT_BODY_SCHEMAS.createKey, responses: { 201: TENANT_BODY_SCHEMAS.key } },
    handle: create,
  },
  {
    ...CHANGE,
    method: 'POST',
    path: '/v1/:tenant/keys/:kid/rotate',
    summary: 'Makes a key like another, which may be used a while longer',
    bodyLimitBytes: TENANT_BODY_MAX_BYTES,
    schemas: { body: TENANT_BODY_SCHEMAS.rotateKey, responses: { 201: TENANT_BODY_SCHEMAS.key } },
    handle: rotate,
  },
  {
    ...CHANGE,
    method: 'DELETE',
    path: '/v1/:tenant/keys/:kid',
    summary: 'Revokes an API key: the next request with it is refused',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: revoke,
  },
];

async function list(context: RequestContext): Promise<Response> {
  const keys = await listKeys(context.services.accounts.db, tenantOf(context), Date.now());
  return json({ keys: keys.map(shown) });
}

async function create(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const body = await readJson(context.request, CREATE_KEY_BODY, TENANT_BODY_MAX_BYTES);
  const { name, scopes, role = null, subject = null, policy = KEY_POLICY, addresses = [], expiresAt } = body;
  if (!Object.hasOwn(context.services.limits.registry.document.policies, policy))
    throw new ServiceError('invalid_input', `/policy: there is no policy "${policy}".`);
  const nowMs = Date.now();
  const expiresAtMs = expiresAt === undefined ? null : Date.parse(expiresAt);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw new ServiceError('invalid_input', '/expiresAt: expected a time to come.');
  const wanted = { name, scopes, role, subject, policy, addresses, expiresAtMs };
  const { token, ...key } = await createKey(context.services.accounts, tenantOf(context), requireManager(context), wanted, nowMs);
  await note(context, 'key.created', { target: key.kid, detail: { name, scopes, role, subject, policy, addresses } });
  return json({ ...shown(key), token }, 201, NO_STORE);
}

async function rotate(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { graceSec = GRACE_DEFAULT_SEC } = await readJson(context.request, ROTATE_KEY_BODY, TENANT_BODY_MAX_BYTES);
  const { accounts } = context.services;
  const kid = context.params['kid'] ?? '';
  const { token, ...key } = await rotateKey(accounts, tenantOf(context), kid, requireManager(context), graceSec * 1000, Date.now());
  await note(context, 'key.rotated', { target: kid, detail: { successor: key.kid, graceSec } });
  return json({ ...shown(key), token }, 201, NO_STORE);
}

async function revoke(context: RequestContext): Promise<Response> {
  const kid = context.params['kid'] ?? '';
  await revokeKey(context.services.accounts, tenantOf(context), kid, Date.now());
  await note(context, 'key.revoked', { target: kid });
  return empty(204);
}

function shown({ createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs, ...key }: TenantKey): object {
  const instant = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  const times = { createdAt: instant(createdAtMs), expiresAt: instant(expiresAtMs), revokedAt: instant(revokedAtMs) };
  return { ...key, ...times, lastUsedAt: instant(lastUsedAtMs) };
}
