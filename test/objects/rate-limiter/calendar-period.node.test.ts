import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { calendarPeriod } from '../../../src/objects/rate-limiter/algorithms/calendar-period.ts';

const HOUR = 3_600_000;

test.each([
  ['day', 'UTC', '2026-11-20T12:00:00Z', '2026-11-20T00:00:00Z', 24],
  ['day', 'Asia/Kathmandu', '2026-11-20T12:00:00Z', '2026-11-19T18:15:00Z', 24],
  ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
  ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
  ['day', 'Australia/Lord_Howe', '2026-04-05T02:00:00Z', '2026-04-04T13:00:00Z', 24.5],
  // Clocks went from 24:00 to 01:00, and from 24:00 back to 23:00 of the same day.
  ['day', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00Z', 23],
  ['day', 'America/Sao_Paulo', '2018-02-17T12:00:00Z', '2018-02-17T02:00:00Z', 25],
  // Samoa had no 30th of December in 2011.
  ['day', 'Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-29T10:00:00Z', 24],
  ['day', 'Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T10:00:00Z', 24],
  ['month', 'UTC', '2028-02-29T23:59:59Z', '2028-02-01T00:00:00Z', 29 * 24],
  ['month', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-02-28T23:00:00Z', 31 * 24 - 1],
  ['month', 'America/New_York', '2026-12-31T23:00:00-05:00', '2026-12-01T00:00:00-05:00', 31 * 24],
] as const)('the %s of %s at %s begins at %s and has %d hours', (period, timeZone, at, start, hours) => {
  const { startMs, endMs } = calendarPeriod(period, timeZone, Date.parse(at));
  expect([new Date(startMs).toISOString(), (endMs - startMs) / HOUR]).toEqual([new Date(start).toISOString(), hours]);
});

test('in every zone, periods follow each other without gaps, and begin when the date changes', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2037, 0, 1) });
  const property = fc.property(
    fc.constantFrom(...zones),
    fc.constantFrom('day' as const, 'month' as const),
    instant,
    (zone, period, atMs) => {
      const dateOf = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(ms).slice(0, period === 'day' ? 10 : 7);
      const { startMs, endMs } = calendarPeriod(period, zone, atMs);
      expect([startMs <= atMs, atMs < endMs]).toEqual([true, true]);
      expect([dateOf(startMs), dateOf(endMs - 1)]).toEqual([dateOf(atMs), dateOf(atMs)]);
      expect(dateOf(startMs - 1) < dateOf(atMs)).toBe(true);
      expect(calendarPeriod(period, zone, endMs).startMs).toBe(endMs);
    },
  );
  fc.assert(property, { numRuns: Math.ceil(300 * inject('testScale')) });
});

test('a time zone that there is not is refused', () => {
  expect(() => calendarPeriod('day', 'Mars/Olympus', 0)).toThrow(RangeError);
});
