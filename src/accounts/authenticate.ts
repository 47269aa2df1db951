/** Credentials into principals: the one place that knows them all. */
import type { LiveSession, MembershipSince, SessionProof } from '../objects/session-owner/rpc.ts';
import type { Principal } from '../wire/principal.ts';
import { isServed } from '../wire/tenant-standing.ts';
import { authenticateApiKey, type KeyUse } from './api-keys.ts';
import { readMembership, scopesOfRole } from './memberships.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { AccountServices } from './services.ts';
import { parseSessionToken } from './session-token.ts';
import { standingOf } from './tenant-standing.ts';

/** What a request shows: a bearer token (an API key or an access token), or the cookie of a session. */
export interface Credential {
  kind: 'bearer' | 'cookie';
  text: string;
}

/** What a JWT has and no other of our tokens. */
const JWT_MARK = '.';

/**
 * Who shows a credential, or null when it opens nothing.
 *
 * A session is of no tenant until one is named: the principal's tenant is `use.tenant` where the user is a member of it and it is not suspended.
 *
 * @throws ServiceError `unavailable` when the database has to be asked and does not answer
 */
export async function authenticate(accounts: AccountServices, { kind, text }: Credential, use: KeyUse): Promise<Principal | null> {
  if (kind === 'cookie') return ofCookie(accounts, text, use.tenant, use.nowMs);
  return text.includes(JWT_MARK) ? ofAccessToken(accounts, text, use.tenant, use.nowMs) : authenticateApiKey(accounts, text, use);
}

async function ofCookie(accounts: AccountServices, text: string, tenant: string | null, nowMs: number): Promise<Principal | null> {
  const token = parseSessionToken(text);
  if (token === null || token.kind !== 'cookie') return null;
  return ofSession(accounts, token, sha256Hex(text), tenant, nowMs, 'session-cookie');
}

/** An access token ends with its session: here its signature stands for the session's secret, and nothing else. */
async function ofAccessToken(accounts: AccountServices, text: string, tenant: string | null, nowMs: number): Promise<Principal | null> {
  const holder = await accounts.accessTokens.verify(text, nowMs);
  return holder ? ofSession(accounts, holder, holder, tenant, nowMs, 'access-token') : ofOutsideToken(accounts, text, tenant, nowMs);
}

/** A token of another issuer has no session here: it is good until it expires, for the one tenant that it says, as long as that is served. */
async function ofOutsideToken(accounts: AccountServices, text: string, tenant: string | null, nowMs: number): Promise<Principal | null> {
  const holder = await accounts.outsideTokens.verify(text, nowMs);
  if (holder === null) return null;
  const { subject, role, scopes, authenticatedAtMs } = holder;
  const principal: Principal = {
    tenant: null,
    subject: { kind: 'user', id: subject },
    scopes: [],
    via: 'outside-token',
    authenticatedAtMs,
  };
  const standing = tenant === holder.tenant ? await standingOf(accounts, tenant, nowMs) : null;
  if (standing === null || !isServed(standing, nowMs)) return principal;
  return { ...principal, tenant, scopes, plan: standing.plan, ...(role === null ? {} : { role }) };
}

async function ofSession(
  accounts: AccountServices,
  { user, session }: { user: string; session: string },
  proof: SessionProof,
  tenant: string | null,
  nowMs: number,
  via: Principal['via'],
): Promise<Principal | null> {
  const checked = await accounts.owner(user).check(session, proof, tenant, nowMs);
  if (checked.kind === 'refused') return null;
  const principal: Principal = {
    tenant: null,
    subject: { kind: 'user', id: user },
    scopes: [],
    via,
    sessionId: session,
    sessionData: checked.data,
    authenticatedAtMs: checked.authenticatedAtMs,
  };
  if (tenant === null) return principal;
  const { role, plan, isSuspended, sinceMs } = await membershipOf(accounts, user, tenant, checked, nowMs);
  if (role === null || isSuspended) return principal;
  return { ...principal, tenant, role, memberSinceMs: sinceMs, scopes: scopesOfRole(role), ...(plan === null ? {} : { plan }) };
}

/** As the owner was told; where that is too long ago, D1 is asked and the owner told. */
async function membershipOf(
  { db, owner }: AccountServices,
  user: string,
  tenant: string,
  { membership }: LiveSession,
  nowMs: number,
): Promise<MembershipSince> {
  if (membership !== null) return membership;
  const read = await readMembership(db, user, tenant, nowMs);
  return { ...read, sinceMs: await owner(user).learnMembership(tenant, read, nowMs, 'read') };
}
