import { expect, it } from 'vitest';
import { isIsoInstant, parseIsoDate } from '../../src/lib/iso-date.ts';

it.each([
  ['2026-11-20', '2026-11-20T00:00:00.000Z', false],
  ['2026-11-20T08:00Z', '2026-11-20T08:00:00.000Z', true],
  ['2026-11-20T08:00:00.5+02:00', '2026-11-20T06:00:00.500Z', true],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z', true],
  ['2026-02-29', null, false],
  ['2026-04-31T00:00:00Z', null, false],
  ['2026-11-20T25:00:00Z', null, false],
  ['2026-11-20T08:00:00', null, false],
  ['20 Nov 2026', null, false],
  ['', null, false],
])('%s is the date %s, and an instant: %s', (text, date, isInstant) => {
  expect([parseIsoDate(text)?.toISOString() ?? null, isIsoInstant(text)]).toEqual([date, isInstant]);
});
