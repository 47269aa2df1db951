/** What somebody has used of the limits that hold for them, read without using anything. */
import { ServiceError } from '../lib/errors.ts';
import type { Rule } from '../wire/limit-rules.ts';
import type { Ask, Decision } from '../wire/limiter.ts';
import { LIMIT_POLICIES } from '../wire/limits.ts';
import type { Principal } from '../wire/principal.ts';
import { KEY_POLICY } from '../wire/tenant-bodies.ts';
import type { LimitedCaller } from './limit-callers.ts';
import {
  ADDRESS_POLICY,
  limitKeyOfAddress,
  limitKeyOfApiKey,
  limitKeyOfPrincipal,
  limitKeyOfTenant,
  PUBLIC_POLICY,
  RUNS_POLICY,
  STARTS_POLICY,
  TENANT_POLICY,
} from './limit-keys.ts';
import type { ServiceLimits } from './route.ts';

/** Whose limits are meant: an address's, a tenant's, or those of a principal, with the tenant's where it has one. */
export type LimitHolder =
  | { kind: 'address'; address: string; key: string }
  | { kind: 'tenant'; tenant: string; plan: string | null }
  | ({ kind: 'principal'; plan: string | null } & Pick<Principal, 'tenant' | 'subject' | 'keyId'>);

/** What is counted for all of a tenant together. */
const TENANT_POLICIES: readonly string[] = [TENANT_POLICY, STARTS_POLICY, RUNS_POLICY];

/** The JSON Schema of the answer to who asks for limits. */
export const CONSUMPTION = {
  type: 'object',
  required: ['limits'],
  properties: {
    limits: {
      type: 'array',
      items: {
        type: 'object',
        required: ['policy', 'limit', 'of', 'algorithm', 'capacity', 'used', 'left', 'moreInMs'],
        properties: {
          policy: { type: 'string' },
          limit: { type: 'string', description: 'its name within the policy' },
          of: { enum: ['tenant', 'principal', 'key', 'address'] },
          override: { type: 'string', description: 'the one that the numbers are of, where there is one' },
          algorithm: { type: 'string' },
          capacity: { type: 'integer', description: 'the most that can be used at once' },
          used: { type: 'integer', description: 'what isolates have taken for the next seconds included' },
          left: { type: 'integer' },
          moreInMs: { type: 'integer', description: '0: all is there' },
        },
      },
    },
  },
};

/**
 * What is used of each limit, as `CONSUMPTION` has it. Overrides for a route are left out: what is asked about is not a request.
 *
 * @throws ServiceError `limits_unavailable`
 */
export async function consumptionOf({ registry, administration }: ServiceLimits, holder: LimitHolder): Promise<{ limits: object[] }> {
  const caller = callerOf(holder);
  const counted = countedOf(holder, Object.keys(registry.document.policies)).flatMap((one) => {
    const rule = registry.ruleFor(one.policy, caller);
    return rule === undefined ? [] : [{ ...one, rule }];
  });
  const [first] = counted;
  if (first === undefined) return { limits: [] };
  const asks = counted.map(({ rule, key }): Ask => [rule.name, key]);
  const decisions = await administration.peek(asks, first.partition, { priority: 'critical' }).catch((cause: unknown) => {
    throw new ServiceError('limits_unavailable', 'Limits cannot be read at the moment.', { cause });
  });
  return { limits: counted.flatMap(({ rule, of }, index) => usesOf(rule, of, decisions[index])) };
}

function callerOf(holder: LimitHolder): LimitedCaller {
  if (holder.kind === 'address') return { address: holder.address, tenant: null, plan: null, key: holder.key, route: null };
  const { tenant, plan } = holder;
  return { address: null, tenant, plan, key: holder.kind === 'principal' ? holder.subject.id : null, route: null };
}

function countedOf(holder: LimitHolder, policies: readonly string[]) {
  if (holder.kind === 'address')
    return [ADDRESS_POLICY, PUBLIC_POLICY].map((policy) => ({ policy, of: 'address', ...limitKeyOfAddress(holder.key) }));
  const { tenant } = holder;
  const ofTenant = tenant === null ? [] : TENANT_POLICIES.map((policy) => ({ policy, of: 'tenant', ...limitKeyOfTenant(tenant) }));
  if (holder.kind === 'tenant') return ofTenant;
  const { subject, keyId } = holder;
  const isOfSubject = (policy: string) => policy !== PUBLIC_POLICY && (policy === 'operator') === (subject.kind === 'operator');
  const ofPrincipal = LIMIT_POLICIES.filter(isOfSubject).map((policy) => ({ policy, of: 'principal', ...limitKeyOfPrincipal(holder) }));
  // Which of them a key is held to is known where it is presented; of the others it has used nothing.
  const keyPolicies = keyId === undefined ? [] : policies.filter((policy) => policy.startsWith(KEY_POLICY));
  return [...ofTenant, ...ofPrincipal, ...keyPolicies.map((policy) => ({ policy, of: 'key', ...limitKeyOfApiKey(holder) }))];
}

function usesOf({ name, policy, limits }: Rule, of: string, decision: Decision | undefined): object[] {
  const override = name === policy ? {} : { override: name.slice(policy.length + 1) };
  return limits.map(({ name: limit, algorithm, capacity }, index) => {
    const left = decision?.limits[index * 2] ?? capacity;
    const moreInMs = decision?.limits[index * 2 + 1] ?? 0;
    return { policy, limit, of, ...override, algorithm, capacity, used: capacity - left, left, moreInMs };
  });
}
