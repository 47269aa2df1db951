import { describe, expect, it } from 'vitest';
import { type Remembered, RememberedObjects } from '../../src/bao/remembered-objects.ts';

const GENERATION = 5_000;

function remembered(isWritten = false): Remembered {
  const settled = {};
  return { found: Promise.resolve(settled), settled, isWritten };
}

/** Fills one generation with objects that nobody asks for again. */
function pass(objects: RememberedObjects, name: string, count = GENERATION): void {
  for (let at = 0; at < count; at += 1) objects.set(`${name}${at}`, remembered());
}

describe('the objects that a batch context remembers', () => {
  it('are at least the last five thousand, and at most ten thousand', () => {
    const objects = new RememberedObjects();
    pass(objects, 'x', 25_000);
    const known = Array.from({ length: 25_000 }, (_, at) => objects.get(`x${at}`) !== undefined);
    expect(known.slice(-GENERATION)).not.toContain(false);
    expect(known.filter((isKnown) => isKnown).length).toBeLessThanOrEqual(2 * GENERATION);
  });

  it('stay the same ones as long as they are asked for', () => {
    const objects = new RememberedObjects();
    const one = remembered();
    objects.set('one', one);
    for (let round = 0; round < 5; round += 1) {
      pass(objects, `round ${round} `);
      expect(objects.get('one')).toBe(one);
    }
  });

  it('include what was written: once a write is let go of, it is said', () => {
    const objects = new RememberedObjects();
    objects.set('written', remembered(true));
    pass(objects, 'a');
    expect([objects.get('written')?.isWritten, objects.hasReleasedWrites]).toEqual([true, false]);
    for (const name of ['b', 'c']) pass(objects, name);
    expect([objects.get('written'), objects.hasReleasedWrites]).toEqual([undefined, true]);
  });

  it('are forgotten when their load fails, unless a write took their place', () => {
    const objects = new RememberedObjects();
    const [failed, written] = [remembered(), remembered(true)];
    objects.set('row', failed);
    objects.deleteIfSame('row', failed);
    expect(objects.get('row')).toBeUndefined();
    objects.set('row', written);
    objects.deleteIfSame('row', failed);
    expect(objects.get('row')).toBe(written);
  });
});
