/** A tenant of its own with API keys on the Worker under test, and a small client for it. */
import { applyD1Migrations, createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { API_KEY_RANDOM_BYTES, mintApiKey } from '../../src/accounts/index.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { tableProfile } from '../../.bao/models.ts';
import { ensureTable } from '../../src/dynamo/index.ts';
import type { Service } from '../../src/service.ts';
import type { Scope } from '../../src/wire/principal.ts';
import { localClientOptions } from './tables.ts';

export interface RestAnswer {
  status: number;
  headers: Headers;
  /** the parsed JSON body, of JSON lines an array; undefined when there is none */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test asserts on what came, whatever that is
  body: any;
}

export interface RestClient {
  tenant: string;
  /** null: it sends no credentials */
  token: string | null;
  /** `path` is relative to `/v1/{tenant}` unless it starts with `//`, which stands for the root */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestAnswer>;
}

/** Whom a key acts for; default: a backend of the tenant's own. */
export interface KeyHolder {
  role?: string | null;
  subject?: string | null;
}

let prepared: Promise<void> | null = null;

/** Creates a tenant with a key of the given scopes. */
export async function createTenant(
  scopes: readonly Scope[] = ['models:read', 'models:write'],
  tenant = `t-${crypto.randomUUID().slice(0, 13)}`,
  who: KeyHolder = {},
): Promise<RestClient> {
  prepared ??= prepare();
  await prepared;
  await env.DB.prepare('INSERT OR IGNORE INTO tenants (id, name, created_at_ms) VALUES (?, ?, ?)').bind(tenant, tenant, Date.now()).run();
  const token = await createKey(scopes.includes('operator') ? null : tenant, scopes, who);
  return { tenant, token, call: (method, path, body, headers) => call(token, rooted(tenant, path), method, body, headers) };
}

/** Calls the Worker with any token, or none. */
export async function call(
  token: string | null,
  path: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RestAnswer> {
  return answerOf(await exports.default.fetch(requestOf(token, path, method, body, headers)));
}

/** The same tenant on another service than the Worker under test: one with other models. */
export function clientOf({ handler }: Pick<Service, 'handler'>, { tenant, token }: Pick<RestClient, 'tenant' | 'token'>): RestClient {
  return {
    tenant,
    token,
    async call(method, path, body, headers = {}) {
      const request = requestOf(token, rooted(tenant, path), method, body, headers);
      // The bindings of the Worker under test serve any service: what the tenant's object knows of models only decides what it caches.
      return answerOf(await handler.fetch(request as Parameters<typeof handler.fetch>[0], env, createExecutionContext()));
    },
  };
}

function requestOf(token: string | null, path: string, method: string, body: unknown, headers: Record<string, string>): Request {
  return new Request(`https://steamer.test${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function answerOf(response: Response): Promise<RestAnswer> {
  const text = await response.text();
  const body = (): unknown => {
    if (text === '') return undefined;
    const isLines = response.headers.get('content-type')?.startsWith('application/jsonl') === true;
    return isLines
      ? text
          .trimEnd()
          .split('\n')
          .map((line): unknown => JSON.parse(line))
      : JSON.parse(text);
  };
  return { status: response.status, headers: response.headers, body: body() };
}

async function createKey(tenant: string | null, scopes: readonly Scope[], { role = null, subject = null }: KeyHolder): Promise<string> {
  const { token, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  await env.DB.prepare(
    'INSERT INTO api_keys (kid, tenant_id, name, secret_hash, prefix, last4, scopes, role, subject, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
    .bind(kid, tenant, 'test', sha256Hex(token), prefix, last4, JSON.stringify(scopes), role, subject, Date.now())
    .run();
  return token;
}

async function prepare(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  await ensureTable(localClientOptions(env.DYNAMODB_ENDPOINT), env.TABLE_NAME, tableProfile.indexes);
}

function rooted(tenant: string, path: string): string {
  return path.startsWith('//') ? path.slice(1) : `/v1/${tenant}${path}`;
}
