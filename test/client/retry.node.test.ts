import { expect, test } from 'vitest';
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
