/** Tenants, their members and invitations. */
import {
  acceptInvitation,
  changeRole,
  createTenant,
  endMembership,
  invite,
  listInvitations,
  listMembers,
  requestErasure,
  tenantsOf,
  withdrawInvitation,
} from '../accounts/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { ACCOUNT_BODY_MAX_BYTES, bodySchema, CODE_BODY } from '../wire/account-bodies.ts';
import type { JsonSchema } from '../wire/route.ts';
import { CREATE_TENANT_BODY, INVITE_BODY, ROLE_BODY, TENANT_BODY_MAX_BYTES, TENANT_BODY_SCHEMAS } from '../wire/tenant-bodies.ts';
import { note } from './audit-trail.ts';
import { addressOf } from './caller-address.ts';
import { accepted, ACCEPTED, SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import { type RequestContext, type Route, tenantOf } from './route.ts';
import { requireManager, requireRecentPassword, requireUserId } from './signed-in.ts';

const MANAGED = { access: { scope: 'tenant:admin' }, cacheable: false } as const;
const MANAGED_READ = { ...MANAGED, limit: 'read', mutates: false, bodyLimitBytes: 0 } as const;
const MANAGED_CHANGE = { ...MANAGED, limit: 'write', mutates: true, bodyLimitBytes: TENANT_BODY_MAX_BYTES } as const;

const TENANT: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    plan: { type: 'string' },
    isSuspended: { type: 'boolean' },
  },
};
const MEMBER: JsonSchema = {
  type: 'object',
  properties: {
    user: { type: 'string' },
    email: { type: 'string' },
    fullName: { type: 'string' },
    role: { type: 'string' },
    since: { type: 'string', format: 'date-time' },
  },
};
const INVITATION: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    email: { type: 'string' },
    role: { type: 'string' },
    expiresAt: { type: 'string', format: 'date-time' },
  },
};

export const tenantRoutes: readonly Route[] = [
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/tenants',
    summary: 'The tenants of the user, by their ids',
    schemas: { responses: { 200: listOf('tenants', TENANT) } },
    handle: list,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/tenants',
    summary: 'Makes a tenant, which the user owns',
    schemas: { body: TENANT_BODY_SCHEMAS.createTenant, responses: { 201: TENANT } },
    handle: create,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/tenants/:tenant/leave',
    summary: 'Ends the membership of the user',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: leave,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/invitations/accept',
    summary: 'Accepts an invitation that was sent to the address of the user',
    schemas: {
      body: bodySchema(CODE_BODY),
      responses: { 200: { type: 'object', properties: { tenant: { type: 'string' }, role: { type: 'string' } } } },
    },
    handle: accept,
  },
  {
    ...MANAGED_CHANGE,
    method: 'DELETE',
    path: '/v1/:tenant',
    summary: 'Removes the tenant with everything in it, for good; for its owners',
    bodyLimitBytes: 0,
    schemas: { responses: { 202: ACCEPTED } },
    handle: erase,
  },
  {
    ...MANAGED_READ,
    method: 'GET',
    path: '/v1/:tenant/members',
    summary: 'The members of the tenant, by name',
    schemas: { responses: { 200: listOf('members', MEMBER) } },
    handle: members,
  },
  {
    ...MANAGED_CHANGE,
    method: 'PATCH',
    path: '/v1/:tenant/members/:user',
    summary: 'Gives a member another role',
    schemas: { body: TENANT_BODY_SCHEMAS.role, responses: { 204: null } },
    handle: changeMember,
  },
  {
    ...MANAGED_CHANGE,
    method: 'DELETE',
    path: '/v1/:tenant/members/:user',
    summary: 'Removes a member',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: removeOne,
  },
  {
    ...MANAGED_READ,
    method: 'GET',
    path: '/v1/:tenant/invitations',
    summary: 'The open invitations of the tenant, the newest first',
    schemas: { responses: { 200: listOf('invitations', INVITATION) } },
    handle: invitations,
  },
  {
    ...MANAGED_CHANGE,
    method: 'POST',
    path: '/v1/:tenant/invitations',
    summary: 'Invites an address into the tenant, by mail',
    schemas: { body: TENANT_BODY_SCHEMAS.invite, responses: { 202: ACCEPTED } },
    handle: inviteOne,
  },
  {
    ...MANAGED_CHANGE,
    method: 'DELETE',
    path: '/v1/:tenant/invitations/:invitation',
    summary: 'Withdraws an invitation',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: withdraw,
  },
];

async function list(context: RequestContext): Promise<Response> {
  return json({ tenants: await tenantsOf(context.services.accounts.db, requireUserId(context), Date.now()) });
}

async function create(context: RequestContext): Promise<Response> {
  const body = await readJson(context.request, CREATE_TENANT_BODY, TENANT_BODY_MAX_BYTES);
  const made = await createTenant(context.services.accounts, requireUserId(context), body, Date.now());
  await note(context, 'tenant.created', { tenant: made.id, detail: { name: made.name } });
  return json(made, 201);
}

async function leave(context: RequestContext): Promise<Response> {
  const [tenant, user] = [context.params['tenant'] ?? '', requireUserId(context)];
  await endMembership(context.services.accounts, tenant, user, null, Date.now());
  await note(context, 'member.left', { tenant, target: user });
  return empty(204);
}

async function accept(context: RequestContext): Promise<Response> {
  const { code } = await readJson(context.request, CODE_BODY, ACCOUNT_BODY_MAX_BYTES);
  const user = requireUserId(context);
  const { tenant, role } = await acceptInvitation(context.services.accounts, user, code, Date.now());
  await note(context, 'member.joined', { tenant, target: user, detail: { role } });
  return json({ tenant, role });
}

async function erase(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  if (roleOf(context) !== 'owner') throw new ServiceError('forbidden', 'Only an owner removes a tenant.');
  const [target, user] = [tenantOf(context), requireUserId(context)];
  await requestErasure(context.services.accounts, target, `user/${user}`, Date.now());
  await note(context, 'tenant.erasure-requested', { tenant: null, target });
  return accepted();
}

async function members(context: RequestContext): Promise<Response> {
  const all = await listMembers(context.services.accounts.db, tenantOf(context));
  return json({ members: all.map(({ sinceMs, ...member }) => ({ ...member, since: new Date(sinceMs).toISOString() })) });
}

async function changeMember(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { role } = await readJson(context.request, ROLE_BODY, TENANT_BODY_MAX_BYTES);
  const target = context.params['user'] ?? '';
  await changeRole(context.services.accounts, tenantOf(context), target, role, roleOf(context), Date.now());
  await note(context, 'member.role-changed', { target, detail: { role } });
  return empty(204);
}

async function removeOne(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const target = context.params['user'] ?? '';
  await endMembership(context.services.accounts, tenantOf(context), target, roleOf(context), Date.now());
  await note(context, 'member.removed', { target });
  return empty(204);
}

async function invitations(context: RequestContext): Promise<Response> {
  const open = await listInvitations(context.services.accounts.db, tenantOf(context), Date.now());
  return json({ invitations: open.map(({ expiresAtMs, ...one }) => ({ ...one, expiresAt: new Date(expiresAtMs).toISOString() })) });
}

async function inviteOne(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const body = await readJson(context.request, INVITE_BODY, TENANT_BODY_MAX_BYTES);
  const by = { ...requireManager(context), address: addressOf(context.request) };
  await invite(context.services.accounts, tenantOf(context), by, body, Date.now());
  await note(context, 'invitation.sent', { detail: { email: body.email, role: body.role } });
  return accepted();
}

async function withdraw(context: RequestContext): Promise<Response> {
  const target = context.params['invitation'] ?? '';
  const isGone = await withdrawInvitation(context.services.accounts.db, tenantOf(context), target);
  if (!isGone) throw new ServiceError('not_found', 'There is no such invitation.');
  await note(context, 'invitation.withdrawn', { target });
  return empty(204);
}

function roleOf({ principal }: RequestContext): string {
  return principal?.role ?? '';
}

function listOf(name: string, items: JsonSchema): JsonSchema {
  return { type: 'object', required: [name], properties: { [name]: { type: 'array', items } } };
}
