/** A service on workerd that keeps workflows, for tests of what calls it over HTTP. */
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';
import type { Scope } from '../../src/wire/principal.ts';
import { storeKey, storeTenant, type Database } from './stored-keys.ts';

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
      await storeTenant(DB, id);
      return { url: new URL(`/v1/${id}`, url).href, key: await storeKey(DB, id, scopes) };
    },
    stop: () => server.close(),
  };
}
