/** Tenants and their API keys, written into the accounts database of a service that runs. */
import { API_KEY_RANDOM_BYTES, mintApiKey } from '../../src/accounts/api-key.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import type { Scope } from '../../src/wire/principal.ts';

/** What is used here of D1. */
export interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> } };
}

/** Makes a tenant where there is none of the id. */
export async function storeTenant(database: Database, id: string): Promise<void> {
  await database.prepare('INSERT OR IGNORE INTO tenants (id, name, created_at_ms) VALUES (?1, ?1, 1)').bind(id).run();
}

/** Makes a key of these scopes. @param tenant null: an operator's */
export async function storeKey(database: Database, tenant: string | null, scopes: readonly Scope[]): Promise<string> {
  const { token, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  const columns = 'kid, tenant_id, name, secret_hash, prefix, last4, scopes, created_at_ms';
  const key = database.prepare(`INSERT INTO api_keys (${columns}) VALUES (?, ?, 'test', ?, ?, ?, ?, 1)`);
  await key.bind(kid, tenant, sha256Hex(token), prefix, last4, JSON.stringify(scopes)).run();
  return token;
}
