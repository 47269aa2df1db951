import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { isServedTenant } from '../../src/accounts/index.ts';
import { tenantOwnerStub } from '../../src/objects/index.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const owners = { db: env.DB, keyOwner: (id: string) => tenantOwnerStub(env.SESSION_OWNER, id) };

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

async function tenant(suspendedAtMs: number | null = null): Promise<string> {
  const id = `t-${crypto.randomUUID().slice(0, 13)}`;
  await env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms, suspended_at_ms) VALUES (?, ?, 1, ?)')
    .bind(id, id, suspendedAtMs)
    .run();
  return id;
}

describe('a tenant', () => {
  it('is served when it exists and is not suspended', async () => {
    expect(await isServedTenant(owners, await tenant(), NOW_MS)).toBe(true);
    expect(await isServedTenant(owners, 'nobody-at-all', NOW_MS)).toBe(false);
    expect(await isServedTenant(owners, await tenant(NOW_MS), NOW_MS)).toBe(false);
    expect(await isServedTenant(owners, await tenant(NOW_MS + 1), NOW_MS)).toBe(true);
  });

  it('that is suspended in the database alone is refused five seconds later', async () => {
    const id = await tenant();
    expect(await isServedTenant(owners, id, NOW_MS)).toBe(true);
    await env.DB.prepare('UPDATE tenants SET suspended_at_ms = ? WHERE id = ?').bind(NOW_MS, id).run();
    expect(await isServedTenant(owners, id, NOW_MS + 4_999)).toBe(true);
    expect(await isServedTenant(owners, id, NOW_MS + 5_000)).toBe(false);
  });

  it('that its owner is told of is refused at once, and what was read before does not undo it', async () => {
    const id = await tenant();
    expect(await isServedTenant(owners, id, NOW_MS)).toBe(true);
    await owners.keyOwner(id).learnStanding({ plan: 'standard', suspendedAtMs: NOW_MS }, NOW_MS, 'changed');
    await owners.keyOwner(id).learnStanding({ plan: 'standard', suspendedAtMs: null }, NOW_MS + 1, 'read');
    expect(await isServedTenant(owners, id, NOW_MS + 2)).toBe(false);
  });
});
