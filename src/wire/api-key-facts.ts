/** What is known of an API key, wherever it is checked: of its row, and as the owner of its tenant was told. */

export interface ApiKeyFacts {
  kid: string;
  /** null: an operator's */
  tenant: string | null;
  /** SHA-256 of the whole token in hex */
  secretHash: string;
  /** a JSON array of `Scope` */
  scopes: string;
  role: string | null;
  /** the user that it acts for */
  subject: string | null;
  plan: string | null;
  /** the limit that its requests are held to, besides those of everybody */
  policy: string | null;
  /** the addresses and ranges it may be used from, by commas; '': from everywhere */
  addresses: string;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  suspendedAtMs: number | null;
  lastUsedAtMs: number | null;
}

/** Whether a key may be used at an instant: it has not expired, is not revoked, and its tenant is not suspended. */
export function isInForce({ expiresAtMs, revokedAtMs, suspendedAtMs }: ApiKeyFacts, nowMs: number): boolean {
  return [expiresAtMs, revokedAtMs, suspendedAtMs].every((atMs) => atMs === null || atMs > nowMs);
}

/** The use of a key is written at most so often. */
const USE_RESOLUTION_MS = 60_000;

/** Whether a use at an instant is to be written. */
export function isUseDue({ lastUsedAtMs }: Pick<ApiKeyFacts, 'lastUsedAtMs'>, nowMs: number): boolean {
  return nowMs >= (lastUsedAtMs ?? 0) + USE_RESOLUTION_MS;
}
