/** Tenants and their API keys, written into the accounts database of a service that runs. */
import { apiKeyStatement } from '../../src/cli/api-keys.ts';
import { tenantStatement } from '../../src/cli/tenants.ts';
import type { Scope } from '../../src/wire/principal.ts';

/** What is used here of D1. */
export interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> }; run(): Promise<unknown> };
}

/** Makes a tenant where there is none of the id. */
export async function storeTenant(database: Database, id: string): Promise<void> {
  await database.prepare(tenantStatement(id, id)).run();
}

/** Makes a key of these scopes. @param tenant null: an operator's */
export async function storeKey(database: Database, tenant: string | null, scopes: readonly Scope[]): Promise<string> {
  const { statement, token } = await apiKeyStatement({ tenant, scopes, name: 'test', expiresInMs: null });
  await database.prepare(statement).run();
  return token;
}
