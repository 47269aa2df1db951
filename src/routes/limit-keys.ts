/** Who is counted together, and where: the one place that makes keys of limits. */
import type { LimitPolicyName } from '../wire/limits.ts';
import type { Principal } from '../wire/principal.ts';

/** The policies that no route names. */
export const ADDRESS_POLICY = 'address';
export const TENANT_POLICY = 'tenant';
/** of workflows: how often runs begin, and how many have not ended */
export const STARTS_POLICY = 'workflow-starts';
export const RUNS_POLICY = 'workflow-runs';
/** of public routes, and of callers of a tenant's without credentials */
export const PUBLIC_POLICY: LimitPolicyName = 'public';

export interface LimitKey {
  key: string;
  /** all keys of a tenant are counted by one object, so that a request is counted for all of them or for none */
  partition: string;
}

/** @param address as `addressKey` makes it */
export function limitKeyOfAddress(address: string): LimitKey {
  return { key: address, partition: address };
}

export function limitKeyOfTenant(tenant: string): LimitKey {
  return { key: tenant, partition: tenant };
}

/** Somebody without credentials, who reads what a tenant lets everybody read. */
export function limitKeyOfAnonymous(tenant: string, address: string): LimitKey {
  return { key: `${tenant}//${address}`, partition: tenant };
}

export function limitKeyOfPrincipal({ tenant, subject }: Pick<Principal, 'tenant' | 'subject'>): LimitKey {
  const key = `${tenant ?? ''}/${subject.kind}/${subject.id}`;
  return { key, partition: tenant ?? key };
}

/** An API key by itself, whoever it acts for. */
export function limitKeyOfApiKey({ tenant, keyId = '' }: Pick<Principal, 'tenant' | 'keyId'>): LimitKey {
  const key = `${tenant ?? ''}/api-key/${keyId}`;
  return { key, partition: tenant ?? key };
}
