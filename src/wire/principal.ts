/** Who makes a request. Made by the guard, and by nothing else. */
export const SCOPES = [
  'models:read',
  'models:write',
  'streams:read',
  'streams:write',
  'workflows:read',
  'workflows:write',
  'files:read',
  'files:write',
  'tenant:admin',
  'operator',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The names of roles, which are the tenant's own words: `steamer.access` of a model says what each may do. */
export const ROLE_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;
/** The ids of users, as whoever knows the users writes them: 1 to 128 visible ASCII characters. */
const SUBJECT_PATTERN = /^[\x21-\x7e]{1,128}$/;

/** Why a text can be no role, or null when it can. */
export function whyNotARole(text: string): string | null {
  if (ROLE_PATTERN.test(text)) return null;
  return `expected 1 to 63 lower-case letters, digits, "_" or "-", a letter first, got ${JSON.stringify(text.slice(0, 80))}`;
}

/** Why a text can be no user's id, or null when it can. */
export function whyNotASubject(text: string): string | null {
  return SUBJECT_PATTERN.test(text) ? null : `expected 1 to 128 visible ASCII characters, got ${JSON.stringify(text.slice(0, 80))}`;
}

/** A right to one socket, which a page can carry in a URL since it is worth nothing a minute later, or when it was used. */
export interface StreamTicket {
  id: string;
  /** one stream of this name, or (a socket of several) any whose name begins with it */
  covers: 'stream' | 'prefix';
  name: string;
  expiresAtMs: number;
}

export interface Principal {
  /** the tenant whose data may be touched; an operator has none */
  tenant: string | null;
  /** whom the credential acts for; `id` is what the owner fields of models hold */
  subject: { kind: 'user' | 'key' | 'service' | 'operator'; id: string };
  scopes: readonly Scope[];
  /** what the rules of models may ask for; none: a user without one, or a backend of the tenant's own */
  role?: string;
  /** the credential the request was made with */
  via: 'api-key' | 'session-cookie' | 'access-token' | 'outside-token' | 'signature' | 'ticket' | 'internal';
  keyId?: string;
  /** the ticket it was made with */
  ticket?: StreamTicket;
  sessionId?: string;
  /** of a session: since when its user is what it is in the tenant */
  memberSinceMs?: number;
  /** what the application keeps with the session: JSON text, null before it was written */
  sessionData?: { json: string | null; version: number };
  plan?: string;
  /** the limit policy of the credential itself, besides those of its tenant and principal */
  limitPolicy?: string;
  authenticatedAtMs: number;
}

/** The credential that stands behind a principal, by a name that only its tenant gives sense to; empty where none does. What is opened with it ends with it. */
export function credentialOf(principal: Principal | null): string {
  const { keyId, sessionId, memberSinceMs = 0 } = principal ?? {};
  if (keyId !== undefined) return keyCredential(keyId);
  return sessionId === undefined ? '' : sessionCredential(sessionId, memberSinceMs);
}

/** Every credential of a tenant, whatever stands behind it. */
export const ANY_CREDENTIAL = '*';

export function keyCredential(kid: string): string {
  return `key:${kid}`;
}

/** @param memberSinceMs since when its user is what it is in the tenant: as something else it is another credential */
export function sessionCredential(session: string, memberSinceMs: number): string {
  return `session:${session}@${memberSinceMs}`;
}
