/** A tenant's configuration and flags. */
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import type { JsonSchema } from '../wire/route.ts';
import { CONFIG_MAX_BYTES, isFlagOn, TENANT_CONFIG, type StoredConfig, type TenantConfig } from '../wire/tenant-config.ts';
import { note } from './audit-trail.ts';
import { entityTag, ifMatch, isUnmodified } from './conditional.ts';
import { hasBookmark } from './database-session.ts';
import { readJsonText } from './read-body.ts';
import { empty, json } from './respond.ts';
import { tenantOf, type RequestContext, type Route } from './route.ts';

const CONFIG: JsonSchema = {
  type: 'object',
  required: ['values', 'flags'],
  properties: { values: { type: 'object' }, flags: { type: 'object' } },
};
const READ = { access: { scope: 'models:read' }, limit: 'read', mutates: false, cacheable: false, bodyLimitBytes: 0 } as const;

export const tenantConfigRoutes: readonly Route[] = [
  {
    ...READ,
    method: 'GET',
    path: '/v1/:tenant/config',
    summary: "The tenant's configuration: values and flags",
    schemas: { responses: { 200: CONFIG, 304: null } },
    handle: read,
  },
  {
    method: 'PUT',
    path: '/v1/:tenant/config',
    summary: "Replaces the tenant's configuration",
    access: { scope: 'tenant:admin' },
    limit: 'write',
    mutates: true,
    cacheable: false,
    bodyLimitBytes: CONFIG_MAX_BYTES,
    schemas: { body: CONFIG, responses: { 200: CONFIG } },
    handle: replace,
  },
  {
    ...READ,
    method: 'GET',
    path: '/v1/:tenant/flags',
    summary: 'Which flags are on for the caller',
    schemas: { responses: { 200: { type: 'object', additionalProperties: { type: 'boolean' } } } },
    handle: flags,
  },
];

async function read(context: RequestContext): Promise<Response> {
  const config = await current(context);
  if (isUnmodified(context.request, String(config.version))) return empty(304, headersOf(config));
  return shown(config);
}

async function replace(context: RequestContext): Promise<Response> {
  const config = parsed(parseJson(await readJsonText(context.request, CONFIG_MAX_BYTES)));
  const match = ifMatch(context.request);
  const tags = match?.kind === 'tags' ? match.tags : null;
  const ifVersion = tags === null ? null : Number(tags.find((tag) => /^\d{1,15}$/.test(tag)) ?? -1);
  const { configs, accounts } = context.services;
  const stored = await configs.replace(tenantOf(context), config, ifVersion, accounts.db);
  if (stored === null)
    throw new ServiceError('precondition_failed', 'The configuration has another version than If-Match names; read it again.');
  await note(context, 'config.replaced', { detail: { version: stored.version } });
  return shown(stored);
}

async function flags(context: RequestContext): Promise<Response> {
  const config = await current(context);
  const subject = context.principal?.subject.id ?? '';
  const on = Object.entries(config.flags).map(([name, flag]) => [name, isFlagOn(name, flag, subject)] as const);
  return json(Object.fromEntries(on));
}

function current(context: RequestContext): Promise<StoredConfig> {
  const { configs, accounts } = context.services;
  return configs.read(tenantOf(context), context.later, hasBookmark(context) ? accounts.db : null);
}

function parsed(body: unknown): TenantConfig {
  const result = TENANT_CONFIG.safeParse(body);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: path.map((part) => `/${String(part)}`).join(''),
    reason: message,
  }));
  const [first] = issues;
  throw new ServiceError('invalid_input', `${first?.path || '/'}: ${first?.reason}.`, { issues });
}

function shown(config: StoredConfig): Response {
  const { values, flags: ofAll } = config;
  return json({ values, flags: ofAll }, 200, headersOf(config));
}

function headersOf({ version }: StoredConfig): Record<string, string> {
  return { etag: entityTag(String(version)) };
}
