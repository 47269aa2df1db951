import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  begin,
  endsAtMs,
  isLive,
  isWorthNoting,
  judgeRefresh,
  MAX_SESSIONS,
  surplus,
} from '../../../src/objects/session-owner/session-rules.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20);
const session = begin({ id: 'a', kind: 'token', secretHash: 'hash-2', device: 'curl', place: '', placeHash: null, atMs: NOW_MS });

describe('a session', () => {
  it('ends 30 days after its last use', () => {
    expect(isLive(session, NOW_MS + 30 * DAY_MS - 1)).toBe(true);
    expect(isLive(session, NOW_MS + 30 * DAY_MS)).toBe(false);
  });

  it('ends 90 days after it began, however often it is used', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 * DAY_MS }), { maxLength: 50 }), (gaps) => {
        let current = session;
        let nowMs = NOW_MS;
        for (const gap of gaps) {
          nowMs += gap;
          if (isLive(current, nowMs) && isWorthNoting(current, nowMs)) current = { ...current, seenAtMs: nowMs };
        }
        expect(endsAtMs(current)).toBeLessThanOrEqual(NOW_MS + 90 * DAY_MS);
        expect(endsAtMs(current)).toBeGreaterThanOrEqual(NOW_MS + 30 * DAY_MS);
      }),
    );
  });

  it('notes its use at most twice a day', () => {
    expect(isWorthNoting(session, NOW_MS + DAY_MS / 2 - 1)).toBe(false);
    expect(isWorthNoting(session, NOW_MS + DAY_MS / 2)).toBe(true);
  });
});

describe('a refresh', () => {
  const rotated = { ...session, previousHash: 'hash-1', rotatedAtMs: NOW_MS, hasArrived: false };
  const isSpent = (hash: string) => hash === 'hash-0';

  it.each([
    ['the current token', 'hash-2', {}, 0, 'rotated'],
    ['the token before it, whose answer has not arrived', 'hash-1', {}, 59_999, 'repeated'],
    ['the token before it, a minute later', 'hash-1', {}, 60_000, 'replayed'],
    ['the token before it, whose answer has arrived, at once', 'hash-1', { hasArrived: true }, 9_999, 'superseded'],
    ['the token before it, whose answer has arrived, later', 'hash-1', { hasArrived: true }, 10_000, 'replayed'],
    ['the token before it, followed by another one, at once', 'hash-1', { secretHash: 'hash-3' }, 9_999, 'superseded'],
    ['the token before it, followed by another one, later', 'hash-1', { secretHash: 'hash-3' }, 10_000, 'replayed'],
    ['an older token, at once', 'hash-0', {}, 0, 'replayed'],
    ['a token that was never of this session', 'hash-x', {}, 0, 'refused'],
  ])('with %s', (_, hash, is, afterMs, verdict) => {
    expect(judgeRefresh({ ...rotated, ...is }, hash, 'hash-2', isSpent, NOW_MS + afterMs)).toBe(verdict);
  });
});

describe('too many sessions', () => {
  it('end by their last use, the oldest first', () => {
    const sessions = Array.from({ length: MAX_SESSIONS + 2 }, (_, index) => ({ ...session, id: `s${index}`, seenAtMs: NOW_MS + index }));
    expect(surplus(sessions.slice(0, MAX_SESSIONS - 1))).toEqual([]);
    expect(surplus(sessions).map(({ id }) => id)).toEqual(['s2', 's1', 's0']);
  });
});
