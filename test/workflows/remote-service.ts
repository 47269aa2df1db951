/** A service on workerd that keeps workflows, for tests of what calls it over HTTP. */
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';
import { API_KEY_RANDOM_BYTES, mintApiKey } from '../../src/accounts/api-key.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import type { Scope } from '../../src/wire/principal.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const VARIABLES = { ENVIRONMENT: 'development', TABLE_NAME: 'steamer', AWS_REGION: 'us-east-1' };
const SECRETS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  SIGNING_KEYS: 'k1:c2lnbmluZy1rZXktb2YtdGhlLXRlc3Qtc3VpdGUtMDE=',
};

export interface RunningService {
  /** makes a tenant: its URL, "http://127.0.0.1:1234/v1/acme", and an API key of these scopes */
  tenant(id: string, scopes?: readonly Scope[]): Promise<{ url: string; key: string }>;
  stop(): Promise<void>;
}

/** Bundles the Worker and starts it, on databases of its own. */
export async function startService(): Promise<RunningService> {
  const server = createTestHarness({ root: FOLDER, workers: [{ configPath: 'remote-service.toml', vars: VARIABLES, secrets: SECRETS }] });
  const { url } = await server.listen();
  const worker = server.getWorker();
  await worker.applyD1Migrations('WORKFLOW_DB');
  await worker.applyD1Migrations('DB');
  const { DB } = (await worker.getEnv()) as { DB: Database }; // of remote-service.toml
  return {
    async tenant(id, scopes = ['workflows:read', 'workflows:write']) {
      await DB.prepare('INSERT OR IGNORE INTO tenants (id, name, created_at_ms) VALUES (?1, ?1, 1)').bind(id).run();
      const { token, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
      const columns = 'kid, tenant_id, name, secret_hash, prefix, last4, scopes, created_at_ms';
      const key = DB.prepare(`INSERT INTO api_keys (${columns}) VALUES (?, ?, 'test', ?, ?, ?, ?, 1)`);
      await key.bind(kid, id, sha256Hex(token), prefix, last4, JSON.stringify(scopes)).run();
      return { url: new URL(`/v1/${id}`, url).href, key: token };
    },
    stop: () => server.close(),
  };
}

/** What is used here of the accounts database. */
interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> } };
}
