/** Accounts as the service has them, and loops over their parts: a path names one, and how often it is done. */
import { DurableObject } from 'cloudflare:workers';
import { authenticate, type Credential } from '../../src/accounts/index.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { mintApiKey, API_KEY_RANDOM_BYTES } from '../../src/accounts/api-key.ts';
import { newId } from '../../src/accounts/secrets.ts';
import { mintSessionToken } from '../../src/accounts/session-token.ts';
import { accountServices } from '../../src/account-services.ts';
import { readEnvironment } from '../../src/edge/env.ts';
import { createService } from '../../src/service.ts';
import type { ServiceBindings } from '../../src/service-options.ts';

interface Env extends ServiceBindings {
  EMPTY: DurableObjectNamespace<Empty>;
  SESSIONS: KVNamespace;
}

const service = createService();
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}

export class Empty extends DurableObject {
  answer(): string {
    return 'hello';
  }
}

const TENANT = 'bench';
const NO_ATTEMPTS = { admitSignIn: async () => () => {}, admitMail: async () => {} };
/** A session, or a key, and all it takes to check it in each of the ways. */
interface Checked {
  cookie: Credential;
  key: Credential;
  hash: string;
}
let checked: Promise<Checked> | null = null;

type Loop = (env: Env, count: number) => Promise<unknown>;
const LOOPS: Readonly<Record<string, Loop>> = {
  hash: async (_env, count) => {
    for (let index = 0; index < count; index++) await hashPassword(`correct horse battery ${index}`);
  },
  /** With a stub for each call, as each is of another request. */
  empty: async (env, count) => {
    for (let index = 0; index < count; index++) await env.EMPTY.getByName('bench').answer();
  },
  session: async (env, count) => check(env, 'cookie', count),
  key: async (env, count) => check(env, 'key', count),
  /** As samples have it: the session is a value of a namespace, under the hash of its token. */
  kv: async (env, count) => {
    const { cookie, hash } = await given(env);
    await env.SESSIONS.put(hash, '{}');
    for (let index = 0; index < count; index++) await env.SESSIONS.get(sha256Hex(cookie.text), 'json');
  },
  /** As others have it: a row of the database. */
  d1: async (env, count) => {
    const { cookie } = await given(env);
    const query = 'SELECT * FROM users WHERE id = ? OR password_hash = ?';
    for (let index = 0; index < count; index++) await env.DB.prepare(query).bind(sha256Hex(cookie.text), '-').first();
  },
  revocations: async (env, count) => ({ stale: await staleAccepts(env, count) }),
};

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const [, where, name = '', count] = new URL(request.url).pathname.split('/');
    const loop = where === 'loop' ? LOOPS[name] : undefined;
    if (loop) return Response.json((await loop(env, Number(count))) ?? {});
    if (where === 'hash-of-password') return new Response(await hashPassword(decodeURIComponent(name)));
    return service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], env, ctx); // the service looks at nothing else
  },
  queue: service.handler.queue,
};

function accountsOf(env: Env) {
  return accountServices(env, readEnvironment(env), {}, NO_ATTEMPTS);
}

async function check(env: Env, way: 'cookie' | 'key', count: number): Promise<void> {
  const [accounts, { [way]: credential }] = [accountsOf(env), await given(env)];
  const use = { tenant: TENANT, address: null, nowMs: Date.now() };
  for (let index = 0; index < count; index++)
    if ((await authenticate(accounts, credential, use))?.tenant !== TENANT) throw new Error(`the ${way} is not live`);
}

function given(env: Env): Promise<Checked> {
  checked ??= make(env);
  return checked;
}

async function make(env: Env): Promise<Checked> {
  const [accounts, nowMs] = [accountsOf(env), Date.now()];
  const token = mintSessionToken('cookie', newId());
  const { token: key, kid, prefix, last4 } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  const columns = 'kid, tenant_id, name, secret_hash, prefix, last4, scopes, created_at_ms, last_used_at_ms';
  await env.DB.batch([
    env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms) VALUES (?1, ?1, 1)').bind(TENANT),
    env.DB.prepare(
      `INSERT INTO users (id, email, email_key, full_name, password_hash, created_at_ms) VALUES (?1, 'bench@example.com', 'bench@example.com', 'x', '-', 1)`,
    ).bind(token.user),
    env.DB.prepare(`INSERT INTO memberships (tenant_id, user_id, role, created_at_ms) VALUES (?, ?, 'admin', 1)`).bind(TENANT, token.user),
    env.DB.prepare(`INSERT INTO api_keys (${columns}) VALUES (?, ?, 'x', ?, ?, ?, '["models:read"]', 1, ?)`).bind(
      kid,
      TENANT,
      sha256Hex(key),
      prefix,
      last4,
      nowMs,
    ),
  ]);
  const hash = sha256Hex(token.text);
  await accounts
    .owner(token.user)
    .issue({ id: token.session, kind: 'cookie', secretHash: hash, device: '', place: '', placeHash: null, atMs: nowMs });
  return { cookie: { kind: 'cookie', text: token.text }, key: { kind: 'bearer', text: key }, hash };
}

/** Checks and revocations of sessions at the same time. @returns how many checks that began after a revocation had ended found a session */
async function staleAccepts(env: Env, count: number): Promise<number> {
  const [accounts, user] = [accountsOf(env), newId()];
  const owner = accounts.owner(user);
  const begin = async (id: string, secretHash: string) =>
    owner.issue({ id, kind: 'cookie', secretHash, device: '', place: '', placeHash: null, atMs: Date.now() });
  // One stays, or each would be the first of an owner that has to be made.
  await begin(newId(), '-');
  let stale = 0;
  for (let index = 0; index < count; index++) {
    const token = mintSessionToken('cookie', user);
    const secretHash = sha256Hex(token.text);
    const look = async () => (await owner.check(token.session, secretHash, null, Date.now())).kind;
    await begin(token.session, secretHash);
    const [, , after] = await Promise.all([look(), look(), owner.revoke(token.session).then(look)]);
    if (after === 'live') stale++;
  }
  return stale;
}
