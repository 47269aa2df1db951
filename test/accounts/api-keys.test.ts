import { applyD1Migrations, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY_RANDOM_BYTES, authenticateApiKey, mintApiKey, type MintedApiKey } from '../../src/accounts/index.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const MINUTE_MS = 60_000;
const accounts = { db: env.DB, keyOwner: (tenant: string) => env.SESSION_OWNER.getByName(`t:${tenant}`) };
/** As D1 has it: without a tenant in the path there is no owner to ask. */
const authenticate = (token: string, nowMs: number, later?: (work: Promise<unknown>) => void) =>
  authenticateApiKey(accounts, token, { tenant: null, address: null, nowMs, later });
let key: MintedApiKey;

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));
beforeEach(async () => {
  await env.DB.prepare(`INSERT OR IGNORE INTO tenants (id, name, plan, created_at_ms) VALUES ('acme', 'Acme', 'gold', 1)`).run();
  key = mint();
  await store(key, {});
});

describe('a stored API key', () => {
  it('tells its tenant, scopes and plan', async () => {
    expect(await authenticate(key.token, NOW_MS)).toEqual({
      tenant: 'acme',
      subject: { kind: 'key', id: key.kid },
      scopes: ['models:read'],
      via: 'api-key',
      keyId: key.kid,
      plan: 'gold',
      authenticatedAtMs: NOW_MS,
    });
  });

  it('acts for a user, and in a role, where it says so', async () => {
    await env.DB.prepare('UPDATE api_keys SET subject = ?, role = ? WHERE kid = ?').bind('user-1', 'admin', key.kid).run();
    expect(await authenticate(key.token, NOW_MS)).toMatchObject({
      subject: { kind: 'user', id: 'user-1' },
      role: 'admin',
      keyId: key.kid,
    });
  });

  it('opens nothing while its tenant is suspended', async () => {
    const suspend = (atMs: number | null) => env.DB.prepare(`UPDATE tenants SET suspended_at_ms = ? WHERE id = 'acme'`).bind(atMs).run();
    await suspend(NOW_MS);
    expect(await authenticate(key.token, NOW_MS)).toBeNull();
    await suspend(null);
    expect(await authenticate(key.token, NOW_MS)).not.toBeNull();
  });

  it("is an operator's when it has no tenant", async () => {
    const operator = mint();
    await store(operator, { tenant_id: null, scopes: '["operator"]' });
    expect(await authenticate(operator.token, NOW_MS)).toMatchObject({
      tenant: null,
      subject: { kind: 'operator', id: operator.kid },
      scopes: ['operator'],
    });
  });

  it('is refused with the id of a key and the secret of another', async () => {
    const other = mint();
    await env.DB.prepare('UPDATE api_keys SET secret_hash = ? WHERE kid = ?').bind(sha256Hex(other.token), key.kid).run();
    expect(await authenticate(key.token, NOW_MS)).toBeNull();
  });

  it('is refused when its hash is given in its place', async () => {
    expect(await authenticate(sha256Hex(key.token), NOW_MS)).toBeNull();
  });

  it('is refused from the call after its revocation on', async () => {
    expect(await authenticate(key.token, NOW_MS)).not.toBeNull();
    await change(key, 'revoked_at_ms', NOW_MS);
    expect(await authenticate(key.token, NOW_MS)).toBeNull();
  });

  it.each(['expires_at_ms', 'revoked_at_ms'])('works until %s and not at it', async (column) => {
    await change(key, column, NOW_MS);
    expect(await authenticate(key.token, NOW_MS - 1)).not.toBeNull();
    expect(await authenticate(key.token, NOW_MS)).toBeNull();
  });

  it('is in no column of the database', async () => {
    const { results } = await env.DB.prepare('SELECT * FROM api_keys').all();
    const secret = key.token.split('_')[3] ?? '';
    expect(secret).toHaveLength(43);
    expect(JSON.stringify(results)).not.toContain(secret);
  });
});

describe('the owner of the tenant', () => {
  const inTenant = (nowMs: number, address: string | null = null) =>
    authenticateApiKey(accounts, key.token, { tenant: 'acme', address, nowMs });
  const withoutDatabase = { ...accounts, db: {} as D1Database }; // does not answer

  it('answers for a key that it was told of, and asks nobody', async () => {
    const first = await inTenant(NOW_MS);
    expect(first).toMatchObject({ tenant: 'acme', keyId: key.kid });
    const use = { tenant: 'acme', address: null, nowMs: NOW_MS + 4_999 };
    expect(await authenticateApiKey(withoutDatabase, key.token, use)).toEqual({ ...first, authenticatedAtMs: NOW_MS + 4_999 });
  });

  it('goes on with what it knows while the database does not answer, and not with what it knows to be over', async () => {
    await change(key, 'expires_at_ms', NOW_MS + MINUTE_MS);
    await inTenant(NOW_MS);
    const at = (nowMs: number) => authenticateApiKey(withoutDatabase, key.token, { tenant: 'acme', address: null, nowMs });
    expect(await at(NOW_MS + MINUTE_MS - 1)).toMatchObject({ keyId: key.kid });
    await expect(at(NOW_MS + MINUTE_MS)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('sees within 5 seconds what a command has changed in the database', async () => {
    await inTenant(NOW_MS);
    await change(key, 'revoked_at_ms', NOW_MS);
    expect(await inTenant(NOW_MS + 5_000)).toBeNull();
  });

  it('refuses at once what it was told is revoked, though a request has read the row before', async () => {
    await inTenant(NOW_MS);
    const facts = (await env.DB.prepare('SELECT secret_hash FROM api_keys WHERE kid = ?').bind(key.kid).first<{ secret_hash: string }>())!;
    const before = {
      kid: key.kid,
      tenant: 'acme',
      secretHash: facts.secret_hash,
      scopes: '["models:read"]',
      role: null,
      subject: null,
      plan: null,
      policy: null,
      addresses: '',
      expiresAtMs: null,
      revokedAtMs: null,
      suspendedAtMs: null,
      lastUsedAtMs: null,
    };
    await accounts.keyOwner('acme').learnKey({ ...before, revokedAtMs: NOW_MS }, NOW_MS, 'changed');
    await accounts.keyOwner('acme').learnKey(before, NOW_MS, 'read');
    expect(await inTenant(NOW_MS)).toBeNull();
    await evictDurableObject(accounts.keyOwner('acme'));
    expect(await inTenant(NOW_MS)).toBeNull();
  });

  it('is asked in vain about the key of another tenant, which stays that of its own', async () => {
    expect(await authenticateApiKey(accounts, key.token, { tenant: 'other', address: null, nowMs: NOW_MS })).toMatchObject({
      tenant: 'acme',
    });
    expect(await accounts.keyOwner('other').checkKey(key.kid, sha256Hex(key.token), NOW_MS)).toEqual({ kind: 'untold', last: null });
  });

  it.each([
    ['203.0.113.7', true],
    ['203.0.114.7', false],
    ['2001:db8:1::5', true],
    ['2001:db9::5', false],
    [null, false],
  ])('lets a key with a list in from %s: %s', async (address, isIn) => {
    await env.DB.prepare('UPDATE api_keys SET addresses = ? WHERE kid = ?').bind('203.0.113.0/24,2001:db8::/32', key.kid).run();
    expect((await inTenant(NOW_MS, address)) !== null).toBe(isIn);
  });

  it('is gone a week after the last key was told of', async () => {
    await inTenant(Date.now() - 8 * 86_400_000);
    const owner = env.SESSION_OWNER.getByName('t:acme');
    await runDurableObjectAlarm(owner);
    expect(await owner.checkKey(key.kid, 'x', 0)).toEqual({ kind: 'untold', last: null });
  });
});

describe('a key that nobody has', () => {
  it('is refused when it is unknown', async () => {
    expect(await authenticate(mint().token, NOW_MS)).toBeNull();
  });

  it('is refused without a look into the database when its checksum is wrong', async () => {
    const typo = `${key.token.slice(0, -1)}${key.token.endsWith('0') ? '1' : '0'}`;
    // A binding that is not there would be noticed.
    const nobody = {} as Parameters<typeof authenticateApiKey>[0]; // stands for "must not be asked"
    const use = { tenant: null, address: null, nowMs: NOW_MS };
    expect(await authenticateApiKey(nobody, typo, use)).toBeNull();
    await expect(authenticateApiKey(nobody, key.token, use)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
  });
});

describe('the last use of a key', () => {
  const lastUse = async () =>
    (await env.DB.prepare('SELECT last_used_at_ms FROM api_keys WHERE kid = ?').bind(key.kid).first())?.['last_used_at_ms'];
  const use = async (nowMs: number) => {
    const writes: Promise<unknown>[] = [];
    await authenticate(key.token, nowMs, (work) => void writes.push(work));
    await Promise.all(writes);
    return writes.length;
  };

  it('is written at most once a minute', async () => {
    expect(await use(NOW_MS)).toBe(1);
    expect(await use(NOW_MS + MINUTE_MS - 1)).toBe(0);
    expect(await lastUse()).toBe(NOW_MS);
    expect(await use(NOW_MS + MINUTE_MS)).toBe(1);
    expect(await lastUse()).toBe(NOW_MS + MINUTE_MS);
  });

  it('does not go back when requests overtake each other', async () => {
    const writes: Promise<unknown>[] = [];
    const later = (work: Promise<unknown>) => void writes.push(work);
    await Promise.all([0, 1, 2, 3].map((ms) => authenticate(key.token, NOW_MS + ms, later)));
    await Promise.all(writes);
    await use(NOW_MS - 10 * MINUTE_MS);
    expect(await lastUse()).toBeGreaterThanOrEqual(NOW_MS);
  });

  it('is not written when nothing takes the write, nor for a refused key', async () => {
    await authenticate(key.token, NOW_MS);
    await change(key, 'revoked_at_ms', NOW_MS);
    expect(await use(NOW_MS)).toBe(0);
    expect(await lastUse()).toBeNull();
  });
});

describe('the tables', () => {
  it.each([
    ['scopes that are no list', { scopes: '{}' }],
    ['scopes that are no JSON', { scopes: 'models:read' }],
    ['the operator scope for a tenant', { scopes: '["operator"]' }],
    ['a tenant that does not exist', { tenant_id: 'nobody' }],
  ])('refuse %s', async (_, columns) => {
    await expect(store(mint(), columns)).rejects.toThrow(/constraint/i);
  });

  it.each(['', 'Acme', '-acme', 'a#b', 'a]b', 'a/b', 'x'.repeat(64)])('refuse the tenant id %j', async (id) => {
    await expect(env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms) VALUES (?, ?, 1)').bind(id, id).run()).rejects.toThrow(
      /constraint/i,
    );
  });
});

function mint(): MintedApiKey {
  return mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
}

async function store(minted: MintedApiKey, columns: Record<string, string | null>): Promise<void> {
  const row = {
    kid: minted.kid,
    tenant_id: 'acme',
    name: 'test',
    secret_hash: sha256Hex(minted.token),
    prefix: minted.prefix,
    last4: minted.last4,
    scopes: '["models:read"]',
    created_at_ms: 1,
    ...columns,
  };
  const names = Object.keys(row);
  const sql = `INSERT INTO api_keys (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  await env.DB.prepare(sql)
    .bind(...Object.values(row))
    .run();
}

async function change({ kid }: MintedApiKey, column: string, value: number): Promise<void> {
  await env.DB.prepare(`UPDATE api_keys SET ${column} = ? WHERE kid = ?`).bind(value, kid).run();
}
