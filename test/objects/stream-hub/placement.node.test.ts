import { expect, test } from 'vitest';
import { placeReader, Rate } from '../../../src/objects/stream-hub/placement.ts';
import type { PlacementLoad } from '../../../src/objects/stream-hub/placement.ts';

const relays = (...readers: number[]) => readers.map((count, index) => ({ index, readers: count }));

test.each<[string, PlacementLoad, number | null]>([
  ['a reader of a quiet stream goes to its object', { readers: 7_999, relays: [], announcementsPerSec: 0 }, null],
  ['one too many begins a relay', { readers: 8_000, relays: [], announcementsPerSec: 0 }, 0],
  ['a busier stream has fewer readers per object', { readers: 1_000, relays: [], announcementsPerSec: 20 }, 0],
  ['and no fewer than 500', { readers: 499, relays: [], announcementsPerSec: 100 }, null],
  ['the fullest relay that has room is filled first', { readers: 8_000, relays: relays(10, 8_000, 7_000), announcementsPerSec: 1 }, 2],
  ['a full relay is followed by another', { readers: 8_000, relays: relays(8_000), announcementsPerSec: 1 }, 1],
  ['the place of a relay that is gone is taken', { readers: 8_000, relays: [{ index: 1, readers: 8_000 }], announcementsPerSec: 1 }, 0],
  ['a stream that has become quiet takes readers itself again', { readers: 600, relays: relays(900), announcementsPerSec: 0.1 }, null],
  [
    'where all are full the emptiest takes it',
    { readers: 9_000, relays: relays(...Array.from({ length: 64 }, (_, n) => 9_064 - n)), announcementsPerSec: 1 },
    63,
  ],
  ['an operator may want fewer per object', { readers: 2, relays: relays(1), announcementsPerSec: 0, readersPerObject: 2 }, 0],
])('%s', (_title, load, expected) => {
  expect(placeReader(load)).toBe(expected);
});

test('a rate is of the last ten seconds, and forgets', () => {
  const rate = new Rate();
  for (let nowMs = 100_000; nowMs < 110_000; nowMs += 50) rate.count(nowMs);
  expect(rate.perSecond(110_000)).toBeCloseTo(20, 0);
  expect(rate.perSecond(115_000)).toBeCloseTo(10, 0);
  expect(rate.perSecond(121_000)).toBe(0);
});
