/** Builds the application of this folder as its users would, and runs it on workerd. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import initializeArgon2 from '@phi-ag/argon2/node';
import { createTestHarness } from 'wrangler';
import { newId } from '../../src/accounts/secrets.ts';
import { buildWorkflows } from '../../src/cli/workflows-build.ts';
import type { Scope } from '../../src/wire/principal.ts';
import { storeKey, storeTenant, type Database } from './stored-keys.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const RUNTIME = fileURLToPath(new URL('../../src/workflows.ts', import.meta.url));
/** Those of the Worker. */
export const VARIABLES = { ENVIRONMENT: 'development', TABLE_NAME: 'steamer', AWS_REGION: 'us-east-1', PUBLIC_URL: 'https://shop.test' };
/** How the application keeps its runs and has their messages delivered, where a test does not say so: a mode of app/worker.ts. */
export const MODE = process.env['STEAMER_WORKFLOW_MODE'] ?? 'object';
export const SECRETS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  WORKFLOW_SECRET: 'd29ya2Zsb3ctc2VjcmV0LW9mLXRoZS10ZXN0LXN1aXRlLTE=',
  SIGNING_KEYS: 'k1:c2lnbmluZy1rZXktb2YtdGhlLXRlc3Qtc3VpdGUtMDE=',
};

export interface RunningApp {
  url: URL;
  /** with a body: by POST */
  fetch(path: string, body?: unknown): Promise<Response>;
  /** by a tenant's API key of these scopes: the status and the body */
  call(method: string, path: string, scopes: readonly Scope[], body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** the service's address, and a header with a tenant's API key of these scopes */
  caller(scopes: readonly Scope[]): Promise<{ url: URL; authorization: string }>;
  /** a key of an operator */
  operatorKey(): Promise<string>;
  /** makes a user who owns the tenant */
  owner(): Promise<{ email: string; password: string }>;
  stop(): Promise<void>;
}

/** Builds the workflows. */
export async function buildApp(): Promise<void> {
  await buildWorkflows({ projectFolder: APP, sourceFolders: ['workflows'], outputFolder: '.steamer', runtime: RUNTIME });
}

/** Builds the workflows, and bundles one of the application's Workers as it is deployed. @param options of `wrangler deploy` @returns its code, in one module */
export async function bundleAppWorker(name: string, ...options: string[]): Promise<string> {
  await buildApp();
  const folder = await mkdtemp(join(tmpdir(), 'steamer-app-'));
  const args = ['deploy', `${name}.ts`, ...options, '--dry-run', '--outdir', folder];
  await promisify(execFile)('wrangler', args, { cwd: APP, env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  const code = await readFile(join(folder, `${name}.js`), 'utf8');
  await rm(folder, { recursive: true });
  return code;
}

/** Builds the workflows, bundles the Worker and starts it, on databases of its own. @param variables those of the Worker, besides its usual ones */
export async function startApp(variables: Record<string, string> = {}): Promise<RunningApp> {
  await buildApp();
  const server = createTestHarness({
    root: APP,
    workers: [{ configPath: 'wrangler.toml', vars: { ...VARIABLES, MODE, ...variables }, secrets: SECRETS }],
  });
  const { url } = await server.listen();
  const worker = server.getWorker();
  await worker.applyD1Migrations('WORKFLOW_DB');
  await worker.applyD1Migrations('DB');
  const { DB } = (await worker.getEnv()) as { DB: Database }; // of wrangler.toml
  await storeTenant(DB, 'acme');
  return {
    url: new URL(url),
    fetch: (path, body) =>
      fetch(new URL(path, url), {
        headers: { 'accept-encoding': 'identity' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      }),
    async call(method, path, scopes, body) {
      const authorization = `Bearer ${await storeKey(DB, 'acme', scopes)}`;
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await fetch(new URL(path, url), { method, headers: { authorization, ...type }, ...content });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }; // JSON, as all answers of the service
    },
    caller: async (scopes) => ({ url: new URL(url), authorization: `Bearer ${await storeKey(DB, 'acme', scopes)}` }),
    operatorKey: () => storeKey(DB, null, ['operator']),
    owner: () => makeOwner(DB),
    stop: () => server.close(),
  };
}

async function makeOwner(database: Database): Promise<{ email: string; password: string }> {
  const owner = { email: 'owner@example.com', password: 'steam rises from the kettle' };
  const argon2 = await initializeArgon2();
  const { encoded } = argon2.hash(owner.password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const columns = 'id, email, email_key, full_name, password_hash, email_verified_at_ms, created_at_ms';
  const user = database.prepare(`INSERT INTO users (${columns}) VALUES (?1, ?2, ?2, 'Owner', ?3, 1, 1)`);
  const id = newId();
  await user.bind(id, owner.email, encoded).run();
  const membership = "INSERT INTO memberships (tenant_id, user_id, role, created_at_ms) VALUES ('acme', ?, 'owner', 1)";
  await database.prepare(membership).bind(id).run();
  return owner;
}
