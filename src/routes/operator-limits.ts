/** What an operator does with limits while the service runs: reads and replaces the changes to them, and resets a caller. */
import * as z from 'zod/mini';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { clashingOverrides, type LimitsDocument, parseLimits } from '../wire/limit-document.ts';
import { LIMITS_BODY_MAX_BYTES } from '../wire/limits.ts';
import { TENANT_PATTERN } from '../wire/tenant.ts';
import { ATTEMPT_POLICIES } from './attempt-limits.ts';
import { note } from './audit-trail.ts';
import { entityTag, ifMatch } from './conditional.ts';
import { addressKey } from '../lib/ip-address.ts';
import { parseJson } from '../lib/json-text.ts';
import { limitKeyOfAddress, limitKeyOfApiKey, limitKeyOfPrincipal, limitKeyOfTenant, type LimitKey } from './limit-keys.ts';
import { readJsonText } from './read-body.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

const RESET_BODY_MAX_BYTES = 4096;
/** Another operator may be faster so many times, when nobody says which version is meant. */
const MAX_ATTEMPTS = 5;

const DOCUMENT = {
  type: 'object',
  properties: {
    policies: { type: 'object' },
    overrides: { type: 'array', items: { type: 'object' } },
    ban: { type: 'array', items: { type: 'object' } },
    allow: { type: 'array', items: { type: 'object' } },
  },
  additionalProperties: false,
};
const OPERATOR = { access: 'operator', limit: 'operator', cacheable: false } as const;
const ANSWER = {
  type: 'object',
  required: ['version', 'changes', 'inForce'],
  properties: { version: { type: 'integer' }, changes: DOCUMENT, inForce: DOCUMENT },
};

/** The routes of limits. */
export const operatorLimitRoutes: readonly Route[] = [
  {
    ...OPERATOR,
    method: 'GET',
    path: '/v1/operator/limits',
    summary: 'Limits: the changes made at run time, and what is in force with them',
    mutates: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: ANSWER } },
    handle: read,
  },
  {
    ...OPERATOR,
    method: 'PUT',
    path: '/v1/operator/limits',
    summary: 'Replaces the run-time changes of limits: policies, overrides, bans and permissions; in force everywhere within ten seconds',
    mutates: true,
    bodyLimitBytes: LIMITS_BODY_MAX_BYTES,
    schemas: { body: DOCUMENT, responses: { 200: ANSWER } },
    handle: replace,
  },
  {
    ...OPERATOR,
    method: 'POST',
    path: '/v1/operator/limits/reset',
    summary: 'Forgets what a tenant, one of its principals, or an address has used',
    mutates: true,
    bodyLimitBytes: RESET_BODY_MAX_BYTES,
    schemas: {
      body: {
        type: 'object',
        properties: {
          policy: { type: 'string', description: 'left out: all policies' },
          tenant: { type: 'string' },
          subject: { type: 'object', properties: { kind: { type: 'string' }, id: { type: 'string' } } },
          address: { type: 'string' },
        },
        additionalProperties: false,
      },
      responses: { 204: null },
    },
    handle: reset,
  },
];

async function read({ services: { limits } }: RequestContext): Promise<Response> {
  limits.registry.adopt(await limits.readChanges());
  return answer(limits);
}

async function replace(context: RequestContext): Promise<Response> {
  const { request } = context;
  const { limits } = context.services;
  const condition = ifMatch(request);
  const body = parseJson(await readJsonText(request, LIMITS_BODY_MAX_BYTES));
  const document = readChanges(body, limits.registry.base);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { version } = await limits.readChanges();
    if (condition?.kind === 'tags' && !condition.tags.includes(String(version))) break;
    const replaced = await limits.replaceChanges(document, version);
    if (replaced === null) continue;
    limits.registry.adopt({ version: replaced, changes: document });
    await note(context, 'limits.replaced', { target: String(replaced), detail: { policies: Object.keys(document.policies ?? {}) } });
    return answer(limits);
  }
  throw new ServiceError('precondition_failed', 'The limits have been changed meanwhile; read them again.');
}

function readChanges(body: unknown, base: LimitsDocument): LimitsDocument {
  const parsed = parseLimits(body, base);
  const issues = 'issues' in parsed ? parsed.issues : clashingOverrides(base, parsed.document);
  if ('document' in parsed && issues.length === 0) return parsed.document;
  const [first] = issues;
  throw new ServiceError('invalid_input', `Limits${first?.path ?? ''}: ${first?.reason ?? 'not valid'}.`, { issues });
}

async function reset(context: RequestContext): Promise<Response> {
  const { request } = context;
  const { limits } = context.services;
  const { policy, tenant, counted } = readReset(parseJson(await readJsonText(request, RESET_BODY_MAX_BYTES)));
  // Attempts are counted by an account or the place of one, which a reset cannot name.
  const policies = Object.keys(limits.registry.document.policies).filter((name) => !ATTEMPT_POLICIES.includes(name));
  if (policy !== null && !policies.includes(policy)) {
    throw new ServiceError('invalid_input', `policy: expected one of ${policies.join(', ')}, got ${describeValue(policy)}.`);
  }
  for (const { key, partition } of counted) await limits.administration.reset(policy, key, partition);
  await note(context, 'limits.reset', { tenant, target: counted[0].key, detail: { policy } });
  return empty(204);
}

const RESET = z.strictObject({
  policy: z.exactOptional(z.string()),
  tenant: z.exactOptional(z.string().check(z.regex(TENANT_PATTERN))),
  subject: z.exactOptional(
    z.strictObject({ kind: z.enum(['user', 'key', 'service', 'operator']), id: z.string().check(z.minLength(1), z.maxLength(128)) }),
  ),
  address: z.exactOptional(z.string()),
});

/** Whose counts are meant: an address's, a tenant's, or those of one principal of it (of none: an operator's). */
function readReset(body: unknown): { policy: string | null; tenant: string | null; counted: [LimitKey, ...LimitKey[]] } {
  const parsed = RESET.safeParse(body);
  const { policy = null, tenant = null, subject, address } = parsed.data ?? {};
  const counted = address === undefined ? null : addressKey(address);
  if (counted !== null && tenant === null && subject === undefined) return { policy, tenant, counted: [limitKeyOfAddress(counted)] };
  if (address === undefined && subject !== undefined) {
    const ofKey = subject.kind === 'key' ? [limitKeyOfApiKey({ tenant, keyId: subject.id })] : [];
    return { policy, tenant, counted: [limitKeyOfPrincipal({ tenant, subject }), ...ofKey] };
  }
  if (address === undefined && tenant !== null) return { policy, tenant, counted: [limitKeyOfTenant(tenant)] };
  throw new ServiceError(
    'invalid_input',
    'Expected {"policy"?: "read"} with one of {"address": "203.0.113.7"}, {"tenant": "acme"} or {"tenant": "acme", "subject": {"kind": "key", "id": "…"}}.',
  );
}

function answer({ registry }: RequestContext['services']['limits']): Response {
  const { version, changes } = registry.changes;
  return json({ version, changes, inForce: registry.document }, 200, { etag: entityTag(String(version)) });
}
