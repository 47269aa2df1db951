import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { tenantOrigins, tenantPlan } from '../../src/accounts/index.ts';

const NOW_MS = Date.UTC(2026, 10, 20);

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

async function tenant(columns: { allowed_origins?: string } = {}): Promise<string> {
  const id = `t-${crypto.randomUUID().slice(0, 13)}`;
  await env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms, allowed_origins) VALUES (?, ?, 1, ?)')
    .bind(id, id, columns.allowed_origins ?? '')
    .run();
  return id;
}

describe('a tenant', () => {
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
