import { API_KEY_RANDOM_BYTES, mintApiKey } from '../accounts/api-key.ts';
import { whyNotScopes } from '../accounts/scopes.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { whyNotARole, whyNotASubject } from '../wire/principal.ts';
import { type AccountsDatabase, CommandError, NOW_MS, type Row, sqlText } from './accounts-database.ts';
import { auditStatement } from './audit-events.ts';

export interface NewApiKey {
  /** null: an operator's key */
  tenant: string | null;
  scopes: readonly string[];
  /** what the rules of models may ask for */
  role?: string | undefined;
  /** the user that the key acts for; none: it is a backend of the tenant's own */
  subject?: string | undefined;
  /** what the key is for, as lists show it */
  name: string;
  /** null: it does not expire */
  expiresInMs: number | null;
}

export interface IssuedApiKey {
  kid: string;
  /** the whole key; nothing can show it again */
  token: string;
}

/** SQL that says of a row of `api_keys` whether it is 'live', 'revoked' or 'expired'. */
export const KEY_STATE = `CASE WHEN revoked_at_ms <= ${NOW_MS} THEN 'revoked' WHEN expires_at_ms <= ${NOW_MS} THEN 'expired' ELSE 'live' END`;

/**
 * Mints a key, and the statement that stores its hash.
 *
 * @throws CommandError when scopes, role or subject are not a tenant's or an operator's
 */
export async function apiKeyStatement(key: NewApiKey): Promise<IssuedApiKey & { statement: string }> {
  const { tenant, scopes, role, subject, name, expiresInMs } = key;
  checkHolder(key);
  const { token, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  const values = [
    sqlText(kid),
    tenant === null ? 'NULL' : sqlText(tenant),
    sqlText(name),
    sqlText(sha256Hex(token)),
    sqlText(prefix),
    sqlText(last4),
    sqlText(JSON.stringify(scopes)),
    role === undefined ? 'NULL' : sqlText(role),
    subject === undefined ? 'NULL' : sqlText(subject),
    NOW_MS,
    expiresInMs === null ? 'NULL' : `${NOW_MS} + ${expiresInMs}`,
  ];
  const columns = 'kid, tenant_id, name, secret_hash, prefix, last4, scopes, role, subject, created_at_ms, expires_at_ms';
  return { kid, token, statement: `INSERT INTO api_keys (${columns}) VALUES (${values.join(', ')})` };
}

function checkHolder({ tenant, scopes, role, subject }: NewApiKey): void {
  const wrongScopes = whyNotScopes(scopes, tenant);
  if (wrongScopes !== null) throw new CommandError(`Not the scopes of a key: ${wrongScopes}`);
  if (tenant === null && (role !== undefined || subject !== undefined))
    throw new CommandError("An operator's key has no role and no subject: it opens no tenant's data");
  const wrongRole = role === undefined ? null : whyNotARole(role);
  if (wrongRole !== null) throw new CommandError(`--role: ${wrongRole}`);
  const wrongSubject = subject === undefined ? null : whyNotASubject(subject);
  if (wrongSubject !== null) throw new CommandError(`--subject: ${wrongSubject}`);
}

/**
 * Makes a key. The caller shows the token; only its hash is kept.
 *
 * @throws CommandError when the tenant does not exist or the scopes do not fit
 */
export async function createApiKey(database: AccountsDatabase, key: NewApiKey): Promise<IssuedApiKey> {
  const { statement, ...issued } = await apiKeyStatement(key);
  const { name, scopes, role = null, subject = null } = key;
  const tenant = key.tenant === null ? 'NULL' : sqlText(key.tenant);
  const event = auditStatement({ tenant, action: 'key.created', target: issued.kid, detail: { name, scopes, role, subject } });
  try {
    await database.run(statement, event);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.message.includes('FOREIGN KEY')) throw error;
    throw new CommandError(`There is no tenant ${key.tenant}; make it with: steamer tenants create ${key.tenant}`, { cause: error });
  }
  return issued;
}

/** The keys of one tenant, or of everybody (null), oldest first, without their hashes: the columns of `api_keys`, and `state`. */
export async function listApiKeys(database: AccountsDatabase, tenant: string | null): Promise<Row[]> {
  const [rows = []] = await database.run(
    'SELECT kid, tenant_id, name, prefix, last4, scopes, role, subject, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, ' +
      `${KEY_STATE} AS state FROM api_keys ${tenant === null ? '' : `WHERE tenant_id = ${sqlText(tenant)} `}ORDER BY created_at_ms, kid`,
  );
  return rows;
}

/**
 * Revokes a key: the next request with it is refused. Revoking it again changes nothing.
 *
 * @returns the key's name, and whether it is an operator's
 * @throws CommandError when there is no such key
 */
export async function revokeApiKey(database: AccountsDatabase, kid: string): Promise<{ name: string; isOperators: boolean }> {
  const isKey = `kid = ${sqlText(kid)}`;
  const [, , found = []] = await database.run(
    `UPDATE api_keys SET revoked_at_ms = ${NOW_MS} WHERE ${isKey} AND (revoked_at_ms IS NULL OR revoked_at_ms > ${NOW_MS})`,
    auditStatement({ tenant: `(SELECT tenant_id FROM api_keys WHERE ${isKey})`, action: 'key.revoked', target: kid }),
    `SELECT name, tenant_id FROM api_keys WHERE ${isKey}`,
  );
  const [row] = found;
  if (row === undefined) throw new CommandError(`There is no key ${kid}; list them with: steamer keys list`);
  return { name: String(row['name']), isOperators: row['tenant_id'] === null };
}
