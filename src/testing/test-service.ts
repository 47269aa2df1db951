/** The Worker under test as its callers see it, with tenants to throw away. */
import { API_KEY_RANDOM_BYTES, mintApiKey } from '../accounts/api-key.ts';
import { createClient, type SteamerClient } from '../client/index.ts';
import { ensureTable, type TableProfile } from '../dynamo/index.ts';
import { readEnvironment } from '../edge/env.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { Scope } from '../wire/principal.ts';

/** What `cloudflare:workers` has in a test, and the generated table. */
export interface TestServiceOptions {
  /** `env` of cloudflare:workers */
  env: { DB: D1Database };
  /** `exports.default` of cloudflare:workers */
  worker: { fetch(request: Request): Promise<Response> };
  /** of the generated manifest: the table is made as it says; default: one without indexes */
  tableProfile?: Pick<TableProfile, 'indexes'>;
}

/** What a key may do, and for whom it acts. */
export interface KeyHolder {
  /** default: everything of data */
  scopes?: readonly Scope[];
  /** as access rules know it */
  role?: string;
  /** the user that it acts for; default: it is a backend of the tenant's own */
  subject?: string;
}

/** A tenant of one test, and a client of it as a backend that may do everything with its data. */
export interface TestTenant<Models> extends SteamerClient<Models> {
  id: string;
  /** an API key of everything of data, which `models` and the others are called with */
  key: string;
  /** of the tenant: https://steamer.test/v1/{id} */
  url: string;
  /** The tenant as somebody else sees it. */
  as(holder: KeyHolder): Promise<SteamerClient<Models>>;
  /** Any request below the tenant's URL, with the tenant's key unless `headers` say otherwise. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The service under test. */
export interface TestService<Models> {
  /** Makes a tenant that nobody else knows, with a key. */
  createTenant(): Promise<TestTenant<Models>>;
}

const ORIGIN = 'https://steamer.test';
const DATA_SCOPES: readonly Scope[] = ['models:read', 'models:write', 'streams:read', 'streams:write', 'files:read', 'files:write'];

/**
 * The Worker under test. `Models` is the `ClientModels` of the generated manifest. What `steamer/testing/setup` has started is its DynamoDB.
 *
 * @throws ServiceError `misconfigured` by what makes a tenant, where a variable is missing
 */
export function testService<Models>({ env, worker, tableProfile = { indexes: {} } }: TestServiceOptions): TestService<Models> {
  let prepared: Promise<void> | null = null;
  const fetch = (url: string, init?: RequestInit) => worker.fetch(new Request(url, init));
  return {
    async createTenant() {
      await (prepared ??= prepare(env, tableProfile));
      const id = `test-${crypto.randomUUID()}`;
      const url = `${ORIGIN}/v1/${id}`;
      await env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms) VALUES (?, ?, ?)').bind(id, id, Date.now()).run();
      const clientOf = (token: string) => createClient<Models>({ url, headers: { authorization: `Bearer ${token}` }, fetch });
      const key = await createKey(env.DB, id, {});
      return {
        ...clientOf(key),
        id,
        key,
        url,
        as: async (holder) => clientOf(await createKey(env.DB, id, holder)),
        fetch: (path, init = {}) => fetch(url + path, { ...init, headers: init.headers ?? { authorization: `Bearer ${key}` } }),
      };
    },
  };
}

async function createKey(db: D1Database, tenant: string, { scopes = DATA_SCOPES, role, subject }: KeyHolder): Promise<string> {
  const { token, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  const columns = 'kid, tenant_id, name, secret_hash, prefix, last4, scopes, role, subject, created_at_ms';
  const values = [kid, tenant, 'test', sha256Hex(token), prefix, last4, JSON.stringify(scopes), role ?? null, subject ?? null, Date.now()];
  await db
    .prepare(`INSERT INTO api_keys (${columns}) VALUES (${values.map(() => '?').join(', ')})`)
    .bind(...values)
    .run();
  return token;
}

/** What `steamer/testing/setup` hands over: the statements that make the accounts database. */
interface TestEnvironment {
  STEAMER_MIGRATIONS?: readonly string[];
}

async function prepare(env: { DB: D1Database }, { indexes }: Pick<TableProfile, 'indexes'>): Promise<void> {
  const { name, region, endpoint, credentials } = readEnvironment(env).table;
  if (endpoint === null || credentials === null)
    throw new TypeError('The table of tests has to stand on this machine: globalSetup lacks steamer/testing/setup');
  await ensureTable({ region, endpoint, credentials }, name, indexes);
  const { STEAMER_MIGRATIONS: statements = [] } = env as TestEnvironment; // of `workerUnderTest`
  const isMade = await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'tenants'").first();
  if (isMade === null) await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
}
