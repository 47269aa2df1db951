import { SCOPES, type Scope } from '../wire/principal.ts';

/** What keys may have. `tenant:admin` is for people: a key that could make keys would outlive its own revocation. */
const KEY_SCOPES = SCOPES.filter((scope) => scope !== 'tenant:admin');

/**
 * Why a key of `tenant` (null: an operator's) may not have these scopes, or null when it may.
 * A tenant's key has at least one scope and never `operator`; an operator's key has `operator` and nothing else.
 */
export function whyNotScopes(scopes: readonly string[], tenant: string | null): string | null {
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) return `expected scopes out of ${KEY_SCOPES.join(', ')}, got ${JSON.stringify(unknown.slice(0, 80))}`;
  if (tenant === null) return scopes.join() === 'operator' ? null : "an operator's key has the scope operator and no other";
  if (scopes.includes('operator')) return "the scope operator is never a tenant's; make an operator's key instead";
  return scopes.length > 0 ? null : `expected at least one scope of ${KEY_SCOPES.filter((scope) => scope !== 'operator').join(', ')}`;
}

/**
 * The scopes that a stored key grants, in the order of `SCOPES`.
 * Fails closed: what is no JSON array grants nothing, an unknown scope is left out, and `operator` counts for keys without a tenant only.
 *
 * @param json the text of the column `scopes`
 */
export function grantedScopes(json: string, tenant: string | null): Scope[] {
  const stored = parsed(json);
  return KEY_SCOPES.filter((scope) => stored.includes(scope) && (scope === 'operator') === (tenant === null));
}

function isScope(text: string): text is Scope {
  return KEY_SCOPES.some((scope) => scope === text);
}

function parsed(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
