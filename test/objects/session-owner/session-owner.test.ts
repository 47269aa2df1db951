import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { SessionOwner } from '../../../src/worker.ts';
import type { NewSession } from '../../../src/objects/session-owner/rpc.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
let owner: DurableObjectStub<SessionOwner>;
beforeEach(() => {
  owner = env.SESSION_OWNER.getByName(`u:${crypto.randomUUID()}`);
});

const started = (id: string, more: Partial<NewSession> = {}) =>
  owner.issue({ id, kind: 'token', secretHash: `${id}-1`, device: 'curl', place: 'Berlin', placeHash: null, atMs: NOW_MS, ...more });
const isLive = async (id: string, hash = `${id}-1`, nowMs = NOW_MS) => (await owner.check(id, hash, null, nowMs)).kind === 'live';
const storedKeys = () => runInDurableObject(owner, (_, { storage }) => storage.sql.exec('SELECT name FROM sqlite_master').toArray().length);

describe("a user's owner", () => {
  it('knows its sessions by their secrets', async () => {
    await started('a');
    expect(await isLive('a')).toBe(true);
    expect([await isLive('a', 'b-1'), await isLive('b'), await isLive('a', '')]).toEqual([false, false, false]);
  });

  it('keeps sessions, rotations, data and failures across eviction', async () => {
    await started('a');
    await owner.rotate('a', 'a-1', 'a-2', NOW_MS);
    await owner.writeData('a', '{"theme":"dark"}', 0, NOW_MS);
    await owner.noteFailure(NOW_MS);
    await evictDurableObject(owner);
    expect(await owner.check('a', 'a-2', null, NOW_MS)).toMatchObject({ kind: 'live', data: { json: '{"theme":"dark"}', version: 1 } });
    expect(await isLive('a', 'a-1')).toBe(false);
    expect(await owner.rotate('a', 'a-1', 'a-x', NOW_MS + 60_000)).toEqual({ kind: 'replayed' });
    expect(await started('b')).toEqual({ failures: 1, isNewDevice: true, mayBeOvertaken: false });
  });

  it('leaves one live successor of 100 refreshes at once, and ends the session when the old token comes later', async () => {
    await started('a');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => owner.rotate('a', 'a-1', `next-${index}`, NOW_MS)));
    expect(answers.filter(({ kind }) => kind === 'rotated')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'superseded')).toHaveLength(99);
    const live = await Promise.all(answers.map((_, index) => isLive('a', `next-${index}`)));
    expect(live.filter(Boolean)).toHaveLength(1);
    expect(await owner.rotate('a', 'a-1', 'thief', NOW_MS + 10_000)).toEqual({ kind: 'replayed' });
    expect(await isLive('a', `next-${live.indexOf(true)}`)).toBe(false);
  });

  it('answers a refresh again until what it gave is used, across eviction, and ends the session when the old token comes behind that', async () => {
    await started('a');
    const refresh = async (hash: string, next: string, atMs: number) => (await owner.rotate('a', hash, next, NOW_MS + atMs)).kind;
    expect([await refresh('a-1', 'a-2', 0), await refresh('a-1', 'a-2', 59_999)]).toEqual(['rotated', 'repeated']);
    await owner.check('a', { issuedAtSec: Math.floor(NOW_MS / 1000) - 1 }, null, NOW_MS);
    expect(await refresh('a-1', 'a-2', 0)).toBe('repeated');
    await owner.check('a', { issuedAtSec: Math.ceil(NOW_MS / 1000) }, null, NOW_MS);
    await evictDurableObject(owner);
    expect(await refresh('a-1', 'a-2', 0)).toBe('superseded');
    expect([await refresh('a-2', 'a-3', 0), await refresh('a-2', 'a-3', 0), await refresh('a-1', 'a-2', 0)]).toEqual([
      'rotated',
      'repeated',
      'replayed',
    ]);
    expect(await isLive('a', 'a-3')).toBe(false);
  });

  it('recognises every one of the last tokens, and is not ended by a made-up one', async () => {
    await started('a');
    for (let turn = 1; turn < 20; turn++) await owner.rotate('a', `a-${turn}`, `a-${turn + 1}`, NOW_MS);
    expect(await owner.rotate('a', 'made-up', 'x', NOW_MS)).toEqual({ kind: 'refused' });
    expect(await isLive('a', 'a-20')).toBe(true);
    expect(await owner.rotate('a', 'a-3', 'x', NOW_MS)).toEqual({ kind: 'replayed' });
    expect(await isLive('a', 'a-20')).toBe(false);
  });

  it('does not rotate the session of a cookie', async () => {
    await started('a', { kind: 'cookie' });
    expect(await owner.rotate('a', 'a-1', 'a-2', NOW_MS)).toEqual({ kind: 'refused' });
  });

  it('gives a cookie another secret with the password, and lets the one before see ten seconds more, without what needs the password', async () => {
    await started('a', { kind: 'cookie' });
    await owner.confirm('a', 'a-2', NOW_MS + 5);
    await evictDurableObject(owner);
    expect(await owner.check('a', 'a-2', null, NOW_MS + 5)).toMatchObject({ kind: 'live', authenticatedAtMs: NOW_MS + 5 });
    expect(await owner.check('a', 'a-1', null, NOW_MS + 5)).toMatchObject({ kind: 'live', authenticatedAtMs: 0 });
    expect([await isLive('a', 'a-1', NOW_MS + 10_005), await isLive('a', 'a-2', NOW_MS + 10_005)]).toEqual([false, true]);
    await owner.revokeAll('a', 'a-3');
    expect(await Promise.all(['a-1', 'a-2', 'a-3'].map((hash) => isLive('a', hash)))).toEqual([false, false, true]);
  });

  it('keeps the refresh token of a session whose password is given by its access token, and takes none that was used before', async () => {
    await started('a');
    await owner.confirm('a', null, NOW_MS + 5);
    expect(await owner.check('a', 'a-1', null, NOW_MS)).toMatchObject({ kind: 'live', authenticatedAtMs: NOW_MS + 5 });
    await owner.rotate('a', 'a-1', 'a-2', NOW_MS);
    expect(await isLive('a', 'a-1')).toBe(false);
  });

  it('ends one, the others, or all', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await started(id);
    expect([await owner.revoke('a'), await owner.revoke('a')]).toEqual([true, false]);
    expect(await owner.revokeAll('b')).toBe(2);
    expect((await owner.list(NOW_MS)).map(({ id }) => id)).toEqual(['b']);
    expect(await owner.revokeAll(null)).toBe(1);
  });

  it('says of a session that began by what was before all were ended, also across eviction, and forgets that after ten minutes', async () => {
    const begun = async (id: string, atMs: number) => (await started(id, { atMs })).mayBeOvertaken;
    expect(await begun('a', NOW_MS)).toBe(false);
    vi.setSystemTime(NOW_MS + 60_000);
    try {
      await owner.revokeAll(null);
      await evictDurableObject(owner);
      expect([await begun('b', NOW_MS), await begun('c', NOW_MS + 69_999), await begun('d', NOW_MS + 70_000)]).toEqual([true, true, false]);
      await owner.erase();
      vi.setSystemTime(NOW_MS + 660_000);
      expect(await runDurableObjectAlarm(owner)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
    expect(await storedKeys()).toBe(0);
  });

  it('never accepts a session after its revocation, whatever runs beside it', async () => {
    for (let round = 0; round < 10 * inject('testScale'); round++) {
      const id = `s${round}`;
      await started(id);
      let hasEnded = false;
      const checks = Array.from({ length: 50 }, async (_, index) => {
        if (index === 25) {
          await owner.revoke(id);
          hasEnded = true;
        }
        const wasOver = hasEnded;
        return { wasOver, live: await isLive(id) };
      });
      expect((await Promise.all(checks)).filter(({ wasOver, live }) => wasOver && live)).toEqual([]);
      expect(await isLive(id)).toBe(false);
    }
  });

  it('has at most 20 sessions', async () => {
    for (let index = 0; index < 21; index++) await started(`s${index}`, { atMs: NOW_MS + index });
    const ids = (await owner.list(NOW_MS + 21)).map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect(ids).not.toContain('s0');
  });

  it('takes data made from the version that there is, and no other', async () => {
    await started('a');
    expect(await owner.writeData('a', '1', 0, NOW_MS)).toBe(1);
    expect(await owner.writeData('a', '2', 0, NOW_MS)).toBeNull();
    expect(await owner.writeData('none', '2', 0, NOW_MS)).toBeNull();
  });
});

describe('the places of a user', () => {
  it('are known for 90 days, the last 20 of them, and go with the user', async () => {
    await started('a', { placeHash: 'home' });
    expect([await owner.knowsPlace('home', NOW_MS), await owner.knowsPlace('elsewhere', NOW_MS)]).toEqual([true, false]);
    await evictDurableObject(owner);
    expect(await owner.knowsPlace('home', NOW_MS + 90 * DAY_MS - 1)).toBe(true);
    expect(await owner.knowsPlace('home', NOW_MS + 90 * DAY_MS)).toBe(false);
    for (let index = 1; index <= 20; index++) await owner.notePlace(`place-${index}`, NOW_MS + index);
    expect([await owner.knowsPlace('home', NOW_MS), await owner.knowsPlace('place-1', NOW_MS)]).toEqual([false, true]);
    await owner.erase();
    expect(await owner.knowsPlace('place-1', NOW_MS)).toBe(false);
  });
});

describe('the alarm of an owner', () => {
  it('removes what is over, and the owner with the last of it', async () => {
    await started('a', { atMs: NOW_MS - 40 * DAY_MS });
    await started('b', { atMs: NOW_MS - 29 * DAY_MS });
    await owner.noteFailure(NOW_MS - 31 * DAY_MS);
    expect(await runDurableObjectAlarm(owner)).toBe(true);
    expect((await owner.list(NOW_MS - 29 * DAY_MS)).map(({ id }) => id)).toEqual(['b']);
    vi.setSystemTime(NOW_MS + 2 * DAY_MS);
    try {
      expect(await runDurableObjectAlarm(owner)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
    expect(await storedKeys()).toBe(0);
    expect(await runDurableObjectAlarm(owner)).toBe(false);
  });

  it('is not set, and nothing is stored, by questions about sessions that there are not', async () => {
    await owner.check('a', 'b', 'acme', NOW_MS);
    await owner.rotate('a', 'b', 'c', NOW_MS);
    await owner.learnMembership('acme', { role: 'owner', plan: null, isSuspended: false }, NOW_MS, 'changed');
    expect(await storedKeys()).toBe(0);
    expect(await runDurableObjectAlarm(owner)).toBe(false);
  });
});

describe('a membership', () => {
  const MEMBER = { role: 'admin', plan: 'gold', isSuspended: false };
  const membership = async (nowMs: number) => {
    const checked = await owner.check('a', 'a-1', 'acme', nowMs);
    return checked.kind === 'live' ? checked.membership : 'refused';
  };

  it('is told with the check for 30 seconds, and has to be told again then', async () => {
    await started('a');
    expect(await membership(NOW_MS)).toBeNull();
    await owner.learnMembership('acme', MEMBER, NOW_MS, 'read');
    expect(await membership(NOW_MS + 29_999)).toEqual({ ...MEMBER, sinceMs: NOW_MS });
    expect(await membership(NOW_MS + 30_000)).toBeNull();
  });

  it('is since the same instant, told how often ever and across eviction, until it is another', async () => {
    await started('a');
    const learn = async (role: string, atMs: number) => owner.learnMembership('acme', { ...MEMBER, role }, NOW_MS + atMs, 'read');
    expect([await learn('admin', 0), await learn('admin', 1), await learn('admin', 40_000)]).toEqual([NOW_MS, NOW_MS, NOW_MS]);
    await evictDurableObject(owner);
    expect(await learn('admin', 80_000)).toBe(NOW_MS);
    expect([await learn('reader', 120_000), await learn('admin', 160_000)]).toEqual([NOW_MS + 120_000, NOW_MS + 160_000]);
  });

  it('is over when the owner is told so', async () => {
    await started('a');
    await owner.learnMembership('acme', MEMBER, NOW_MS, 'read');
    await owner.learnMembership('acme', { role: null, plan: null, isSuspended: false }, NOW_MS, 'changed');
    expect(await membership(NOW_MS)).toMatchObject({ role: null });
  });

  it('that was read before a change does not undo it', async () => {
    await started('a');
    await owner.learnMembership('acme', { ...MEMBER, role: 'reader' }, NOW_MS, 'changed');
    await owner.learnMembership('acme', MEMBER, NOW_MS, 'read');
    expect(await membership(NOW_MS)).toMatchObject({ role: 'reader' });
    await evictDurableObject(owner);
    expect(await membership(NOW_MS)).toMatchObject({ role: 'reader' });
  });
});
