/** Tenants as operators provision, list, suspend and resume them. */
import {
  erasureOf,
  type ErasureReport,
  listTenants,
  provisionTenant,
  requestErasure,
  requireTenant,
  setSuspended,
  type TenantRow,
} from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from '../wire/limits.ts';
import { PROVISION_TENANT_BODY, TENANT_BODY_MAX_BYTES, TENANT_BODY_SCHEMAS } from '../wire/tenant-bodies.ts';
import { TENANT_PATTERN } from '../wire/tenant.ts';
import { note } from './audit-trail.ts';
import { ParameterReader } from './parameter-reader.ts';
import { readJson } from './read-json.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

const OPERATOR = { access: 'operator', limit: 'operator', cacheable: false } as const;
const READ = { ...OPERATOR, method: 'GET', mutates: false, bodyLimitBytes: 0 } as const;
const CHANGE = { ...OPERATOR, method: 'POST', mutates: true, bodyLimitBytes: 0 } as const;
const PATH = '/v1/operator/tenants';
const { tenant: TENANT } = TENANT_BODY_SCHEMAS;

export const operatorTenantRoutes: readonly Route[] = [
  {
    ...READ,
    path: PATH,
    summary: 'The tenants, by their ids',
    schemas: {
      query: { limit: { type: 'integer' }, cursor: { type: 'string' } },
      responses: {
        200: { type: 'object', properties: { tenants: { type: 'array', items: TENANT }, cursor: { type: ['string', 'null'] } } },
      },
    },
    handle: list,
  },
  {
    ...CHANGE,
    path: PATH,
    summary: 'Makes a tenant, and invites its first owner',
    bodyLimitBytes: TENANT_BODY_MAX_BYTES,
    schemas: { body: TENANT_BODY_SCHEMAS.provisionTenant, responses: { 201: TENANT } },
    handle: provision,
  },
  {
    ...READ,
    path: `${PATH}/:tenant`,
    summary: 'One tenant: its name, plan and standing',
    schemas: { responses: { 200: TENANT } },
    handle: async ({ services, params }) => json(shown(await requireTenant(services.accounts.db, params['tenant'] ?? ''))),
  },
  {
    ...CHANGE,
    path: `${PATH}/:tenant/suspend`,
    summary: 'Suspends a tenant: the next request for it is refused',
    schemas: { responses: { 200: TENANT } },
    handle: (context) => changeStanding(context, true),
  },
  {
    ...CHANGE,
    path: `${PATH}/:tenant/resume`,
    summary: 'Lets a suspended tenant go on',
    schemas: { responses: { 200: TENANT } },
    handle: (context) => changeStanding(context, false),
  },
  {
    ...CHANGE,
    path: `${PATH}/:tenant/erase`,
    summary: 'Removes everything of a tenant for good; asked again, an erasure that got stuck goes on',
    schemas: { responses: { 202: TENANT_BODY_SCHEMAS.erasure } },
    handle: erase,
  },
  {
    ...READ,
    path: `${PATH}/:tenant/erasure`,
    summary: 'What has become of the erasure of a tenant',
    schemas: { responses: { 200: TENANT_BODY_SCHEMAS.erasure } },
    handle: async (context) => json(await report(context)),
  },
];

async function list({ url, services }: RequestContext): Promise<Response> {
  const reader = new ParameterReader(url);
  const limit = reader.integer('limit', PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS);
  const after = reader.take('cursor') ?? '';
  if (after !== '' && !TENANT_PATTERN.test(after)) reader.refuse('cursor', 'expected the cursor of a page of tenants');
  reader.finish('limit and cursor');
  const rows = await listTenants(services.accounts.db, after, limit + 1);
  const page = rows.slice(0, limit);
  return json({ tenants: page.map(shown), cursor: rows.length > limit ? page.at(-1)?.id : null });
}

async function provision(context: RequestContext): Promise<Response> {
  const { id, name, plan = 'standard', owner = null } = await readJson(context.request, PROVISION_TENANT_BODY, TENANT_BODY_MAX_BYTES);
  const made = await provisionTenant(context.services.accounts, { id, name, plan, owner }, Date.now());
  await note(context, 'tenant.created', { tenant: id, detail: { name, plan, owner } });
  return json(shown(made), 201);
}

async function changeStanding(context: RequestContext, isSuspended: boolean): Promise<Response> {
  const { accounts } = context.services;
  const id = context.params['tenant'] ?? '';
  const hasChanged = await setSuspended(accounts, id, isSuspended, Date.now());
  if (hasChanged) await note(context, isSuspended ? 'tenant.suspended' : 'tenant.resumed', { tenant: id });
  return json(shown(await requireTenant(accounts.db, id)));
}

async function erase(context: RequestContext): Promise<Response> {
  const { services, params, principal } = context;
  const id = params['tenant'] ?? '';
  await requestErasure(services.accounts, id, `operator/${principal?.subject.id ?? ''}`, Date.now());
  await note(context, 'tenant.erasure-requested', { tenant: null, target: id });
  return json(await report(context), 202);
}

async function report({ services, params }: RequestContext): Promise<object> {
  const found = await erasureOf(services.accounts.db, params['tenant'] ?? '');
  if (found === null) throw new ServiceError('not_found', 'Nobody has asked for this tenant to be erased.');
  return shownErasure(found);
}

function shownErasure({ tenant, requestedAtMs, requestedBy, step, removed, finishedAtMs }: ErasureReport): object {
  const [requestedAt, finishedAt] = [requestedAtMs, finishedAtMs].map((atMs) => (atMs === null ? null : new Date(atMs).toISOString()));
  return { tenant, status: finishedAtMs === null ? 'running' : 'finished', requestedAt, requestedBy, step, removed, finishedAt };
}

function shown({ id, name, plan, suspendedAtMs, createdAtMs }: TenantRow): object {
  const suspendedAt = suspendedAtMs === null ? null : new Date(suspendedAtMs).toISOString();
  return { id, name, plan, suspendedAt, createdAt: new Date(createdAtMs).toISOString() };
}
