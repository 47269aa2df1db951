import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactSet, compactSetOf } from '../../src/lib/compact-set.ts';

describe('a compact set', () => {
  it('has all its members, whatever they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 200 }), (members) => {
        expect(members.filter((member) => !compactSet(compactSetOf(members))(member))).toEqual([]);
      }),
    );
  });

  it('takes one in 300 others for a member, and 10 bits for each', () => {
    const members = Array.from({ length: 3_000 }, (_, index) => `member ${index}`);
    const bytes = compactSetOf(members);
    expect((bytes.length * 8) / members.length).toBeLessThan(10);
    const isIn = compactSet(bytes);
    const taken = Array.from({ length: 100_000 }, (_, index) => `other ${index}`).filter(isIn).length;
    expect(taken).toBeGreaterThan(250);
    expect(taken).toBeLessThan(420);
  });

  it('of nothing has nothing', () => {
    expect(compactSet(compactSetOf([]))('')).toBe(false);
  });
});
