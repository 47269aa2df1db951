/** Who makes a request. Made by the guard, and by nothing else. */
export const SCOPES = ['models:read', 'models:write', 'operator'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** the tenant whose data may be touched; an operator has none */
  tenant: string | null;
  subject: { kind: 'user' | 'key' | 'service' | 'operator'; id: string };
  scopes: readonly Scope[];
  /** the credential the request was made with */
  via: 'api-key' | 'session-cookie' | 'access-token' | 'internal';
  keyId?: string;
  sessionId?: string;
  plan?: string;
  authenticatedAtMs: number;
}
