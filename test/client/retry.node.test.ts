import { expect, test, vi } from 'vitest';
import { SteamerError } from '../../src/client/connection.ts';
import { retryDelayMs } from '../../src/client/retry.ts';

const LOST = new Error('the connection is lost');

test.each([
  ['at any time within half a second after the first failure', 0, LOST, 0.5, 250],
  ['within twice the time after each further one', 3, LOST, 0.5, 2_000],
  ['within half a minute after however many', 100, LOST, 1, 30_000],
  [
    'behind the time that the service asks for',
    0,
    new SteamerError('rate_limited', 429, '', new Headers({ 'retry-after': '7' })),
    0.5,
    7_250,
  ],
])('tries again %s', (_title, failures, error, random, expected) => {
  expect(retryDelayMs(failures, error, random)).toBe(expected);
});

test.each([
  ['seconds', '7', 7_000],
  ['an instant', 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['an instant that is over', 'Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['neither', 'soon', 0],
])('reads a Retry-After of %s', (_title, header, expected) => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  expect(new SteamerError('unavailable', 503, '', new Headers({ 'retry-after': header })).retryAfterMs).toBe(expected);
  vi.useRealTimers();
});
