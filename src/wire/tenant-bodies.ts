/** What the routes of tenants, members and keys take. Members that are not named here are refused. */
import * as z from 'zod/mini';
import { parseRange } from '../lib/ip-address.ts';
import { isIsoInstant } from '../lib/iso-date.ts';
import { ROLE_PATTERN, whyNotARole, whyNotASubject } from './principal.ts';
import type { JsonSchema } from './route.ts';

export const TENANT_BODY_MAX_BYTES = 16_384;
/** How long the old key may be used after a rotation: a day when nothing is said. */
export const GRACE_MAX_SEC = 7 * 86_400;
export const GRACE_DEFAULT_SEC = 86_400;
const MAX_ADDRESSES = 50;
const NO_INSTANT = 'expected a date and time such as 2030-01-01T00:00:00Z';
/** The policies that a key may name are the operator's of these names. */
export const KEY_POLICY = 'api-key';
const KEY_POLICY_PATTERN = /^api-key[a-z0-9-]{0,40}$/;

const text = (max: number) => z.string('expected text').check(z.maxLength(max, `expected at most ${max} characters`));
const line = z
  .string('expected text')
  .check(z.trim(), z.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u, 'expected 1 to 100 characters on one line'));
const role = z.string('expected text').check(z.refine((word) => whyNotARole(word) === null, 'expected a role such as member or admin'));
const plan = z.string('expected text').check(z.regex(ROLE_PATTERN, 'expected the name of a plan, such as standard'));
const subject = z
  .string('expected text')
  .check(z.refine((word) => whyNotASubject(word) === null, 'expected 1 to 128 visible ASCII characters'));
const address = text(50).check(z.refine((word) => parseRange(word) !== null, 'expected an address or a range such as 203.0.113.0/24'));

export const CREATE_TENANT_BODY = z.strictObject({ id: text(63), name: line });
/** `owner`: the address that is invited to own it. */
export const PROVISION_TENANT_BODY = z.strictObject({ id: text(63), name: line, plan: z.optional(plan), owner: z.optional(text(254)) });
export const INVITE_BODY = z.strictObject({ email: text(254), role: z._default(role, 'member') });
export const ROLE_BODY = z.strictObject({ role });
export const CREATE_KEY_BODY = z.strictObject({
  name: line,
  scopes: z.array(text(40), 'expected a list').check(z.maxLength(20, 'expected at most 20 scopes')),
  role: z.optional(role),
  subject: z.optional(subject),
  policy: z.optional(
    z.string('expected text').check(z.regex(KEY_POLICY_PATTERN, 'expected the name of a policy of keys, such as api-key')),
  ),
  addresses: z.optional(z.array(address, 'expected a list').check(z.maxLength(MAX_ADDRESSES, `expected at most ${MAX_ADDRESSES}`))),
  expiresAt: z.optional(z.string(NO_INSTANT).check(z.refine(isIsoInstant, NO_INSTANT))),
});
export const ROTATE_KEY_BODY = z.strictObject({
  graceSec: z.optional(
    z
      .int('expected a whole number of seconds')
      .check(z.minimum(0, 'expected 0 or more'), z.maximum(GRACE_MAX_SEC, `expected at most ${GRACE_MAX_SEC}`)),
  ),
});

const TEXT = { type: 'string' };
const TIME = { type: ['string', 'null'], format: 'date-time' };

/** The JSON Schemas of these bodies, in the same order. */
export const TENANT_BODY_SCHEMAS = {
  createTenant: objectOf({ id: TEXT, name: TEXT }, ['id', 'name']),
  provisionTenant: objectOf(
    {
      id: TEXT,
      name: TEXT,
      plan: { ...TEXT, default: 'standard' },
      owner: { ...TEXT, description: 'an address: it is invited to own the tenant' },
    },
    ['id', 'name'],
  ),
  tenant: objectOf({ id: TEXT, name: TEXT, plan: TEXT, suspendedAt: TIME, createdAt: TIME }, [
    'id',
    'name',
    'plan',
    'suspendedAt',
    'createdAt',
  ]),
  erasure: objectOf(
    {
      tenant: TEXT,
      status: { enum: ['running', 'finished'] },
      requestedAt: TIME,
      requestedBy: TEXT,
      step: { type: ['string', 'null'], description: 'what is being removed' },
      removed: { type: 'object', additionalProperties: { type: 'integer' }, description: 'how many things are gone, by step' },
      finishedAt: TIME,
    },
    ['tenant', 'status', 'removed'],
  ),
  invite: objectOf({ email: TEXT, role: { ...TEXT, default: 'member' } }, ['email']),
  role: objectOf({ role: TEXT }, ['role']),
  createKey: objectOf(
    {
      name: TEXT,
      scopes: { type: 'array', items: TEXT },
      role: TEXT,
      subject: TEXT,
      policy: { ...TEXT, default: KEY_POLICY },
      addresses: { type: 'array', items: TEXT, description: 'addresses and ranges it may be used from; left out: everywhere' },
      expiresAt: { type: 'string', format: 'date-time' },
    },
    ['name', 'scopes'],
  ),
  rotateKey: objectOf({ graceSec: { type: 'integer', minimum: 0, maximum: GRACE_MAX_SEC, default: GRACE_DEFAULT_SEC } }, []),
  key: objectOf(
    {
      kid: TEXT,
      name: TEXT,
      prefix: TEXT,
      last4: TEXT,
      status: { enum: ['active', 'rotating', 'revoked', 'expired'] },
      scopes: { type: 'array', items: TEXT },
      role: { type: ['string', 'null'] },
      subject: { type: ['string', 'null'] },
      policy: { type: ['string', 'null'] },
      addresses: { type: 'array', items: TEXT },
      createdBy: { type: ['string', 'null'] },
      createdAt: TIME,
      expiresAt: TIME,
      revokedAt: TIME,
      lastUsedAt: TIME,
      token: { ...TEXT, description: 'the whole key, in the answer that makes it and nowhere else' },
    },
    ['kid', 'name', 'status', 'scopes'],
  ),
} satisfies Record<string, JsonSchema>;

function objectOf(properties: Record<string, JsonSchema>, required: string[]): JsonSchema {
  return { type: 'object', required, properties, additionalProperties: false };
}
