import { describe, expect, it } from 'vitest';
import { SessionClaims } from '../../src/accounts/session-claims.ts';
import { seal } from '../../src/lib/sealed-text.ts';
import type { Principal } from '../../src/wire/principal.ts';

const NOW_MS = 1_800_000_000_000;
const KEYS = [{ id: 'k1', secret: new Uint8Array(32).fill(1) }];
const ADA: Principal = {
  tenant: 'acme',
  subject: { kind: 'user', id: 'ada' },
  scopes: ['models:read'],
  role: 'admin',
  via: 'session-cookie',
  sessionId: 's1',
  authenticatedAtMs: NOW_MS,
  sessionData: { json: '{"secret":1}', version: 1 },
};
const claims = new SessionClaims(KEYS, 'cookie of ada');
const issued = await claims.issue(ADA, NOW_MS);

describe('a claim', () => {
  it('says who calls, with no recent password and without data, and shows nothing of it', async () => {
    const { sessionData: _, ...rest } = ADA;
    expect(await claims.read(issued, 'acme', NOW_MS)).toEqual({ ...rest, authenticatedAtMs: 0 });
    expect(atob(issued.slice(3).replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('ada');
  });

  it.each([
    ['four seconds old, which is five by a clock that is a second behind', 4_000],
    ['old', 3_600_000],
    ['of a clock that is ahead', -1],
  ])('is worth nothing when it is %s', async (_, ageMs) => {
    expect(await claims.read(issued, 'acme', NOW_MS + 3_999)).not.toBeNull();
    expect(await claims.read(issued, 'acme', NOW_MS + ageMs)).toBeNull();
  });

  it('is worth nothing in another tenant, in none, and beside another cookie', async () => {
    for (const tenant of ['beta', undefined]) expect(await claims.read(issued, tenant, NOW_MS)).toBeNull();
    expect(await new SessionClaims(KEYS, 'cookie of eve').read(issued, 'acme', NOW_MS)).toBeNull();
  });

  it('is of this service: not made up, edited, of another key, or sealed for something else', async () => {
    const strangers = [{ id: 'k1', secret: new Uint8Array(32).fill(2) }];
    const options = { binding: 'x', keys: KEYS };
    const forged = [
      null,
      '',
      'k1.',
      `k1.${btoa(JSON.stringify({ checkedAtMs: NOW_MS, principal: ADA }))}`,
      // Of the last character some bits say nothing.
      ...Array.from(issued.slice(3, -1), (old, at) => issued.slice(0, at + 3) + (old === 'A' ? 'B' : 'A') + issued.slice(at + 4)),
      issued.replace('k1.', 'k2.'),
      await new SessionClaims(strangers, 'cookie of ada').issue(ADA, NOW_MS),
      await seal({ checkedAtMs: NOW_MS, principal: ADA }, { ...options, purpose: 'stream-ticket' }),
    ];
    const taken = await Promise.all(forged.map((text) => claims.read(text, 'acme', NOW_MS)));
    expect(taken.filter((principal) => principal !== null)).toEqual([]);
  });

  it('goes on when the keys are rotated', async () => {
    const rotated = [{ id: 'k2', secret: new Uint8Array(32).fill(3) }, ...KEYS];
    expect(await new SessionClaims(rotated, 'cookie of ada').read(issued, 'acme', NOW_MS)).not.toBeNull();
  });
});
