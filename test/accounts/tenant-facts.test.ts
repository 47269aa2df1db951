import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { isServedTenant, tenantOrigins, tenantPlan } from '../../src/accounts/index.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const MINUTE_MS = 60_000;

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

async function tenant(columns: { suspended_at_ms?: number; allowed_origins?: string } = {}): Promise<string> {
  const id = `t-${crypto.randomUUID().slice(0, 13)}`;
  await env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms, suspended_at_ms, allowed_origins) VALUES (?, ?, 1, ?, ?)')
    .bind(id, id, columns.suspended_at_ms ?? null, columns.allowed_origins ?? '')
    .run();
  return id;
}

describe('a tenant', () => {
  it('is served when it exists and is not suspended', async () => {
    expect(await isServedTenant(env.DB, await tenant(), NOW_MS)).toBe(true);
    expect(await isServedTenant(env.DB, 'nobody-at-all', NOW_MS)).toBe(false);
    expect(await isServedTenant(env.DB, await tenant({ suspended_at_ms: NOW_MS }), NOW_MS)).toBe(false);
    expect(await isServedTenant(env.DB, await tenant({ suspended_at_ms: NOW_MS + 1 }), NOW_MS)).toBe(true);
  });

  it('is remembered for a minute', async () => {
    const id = await tenant();
    expect(await isServedTenant(env.DB, id, NOW_MS)).toBe(true);
    await env.DB.prepare('UPDATE tenants SET suspended_at_ms = ? WHERE id = ?').bind(NOW_MS, id).run();
    expect(await isServedTenant(env.DB, id, NOW_MS + MINUTE_MS - 1)).toBe(true);
    expect(await isServedTenant(env.DB, id, NOW_MS + MINUTE_MS)).toBe(false);
  });

  it('has a plan, as long as there is such a tenant', async () => {
    expect(await tenantPlan(env.DB, await tenant(), NOW_MS)).toBe('standard');
    expect(await tenantPlan(env.DB, 'nobody-at-all', NOW_MS)).toBeNull();
  });

  it('has the origins that it lists', async () => {
    const id = await tenant({ allowed_origins: 'https://a.example,https://b.example' });
    expect(await tenantOrigins(env.DB, id, NOW_MS)).toEqual(new Set(['https://a.example', 'https://b.example']));
    expect(await tenantOrigins(env.DB, 'nobody-at-all', NOW_MS)).toEqual(new Set());
  });
});
