import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { legacyFloat, legacyInteger, orderedFloat, orderedInteger } from '../../src/bao/key-encoding.ts';
import { iterationBucket } from '../../src/bao/layout.ts';

const numRuns = Math.round(2_000 * inject('testScale'));
const INTEGERS = fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n });
const FLOATS = fc.double({ noNaN: true, noDefaultInfinity: true });
const byBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

describe('the ordered encoding', () => {
  it('sorts whole numbers as numbers', () => {
    fc.assert(
      fc.property(INTEGERS, INTEGERS, (left, right) => {
        expect(byBytes(orderedInteger(left), orderedInteger(right))).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
      { numRuns },
    );
  });

  it('sorts fractions as numbers, and has one key for both zeros', () => {
    fc.assert(
      fc.property(FLOATS, FLOATS, (left, right) => {
        expect(byBytes(orderedFloat(left), orderedFloat(right))).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
      { numRuns },
    );
    expect(orderedFloat(-0)).toBe(orderedFloat(0));
  });

  it.each([
    [0, '00000000000000000000'],
    [42, '00000000000000000042'],
    [-1, '-99999999999999999998'],
    [-42, '-99999999999999999957'],
    [2n ** 63n, '09223372036854775808'],
  ])('writes %s as %s', (value, text) => expect(orderedInteger(value)).toBe(text));

  it.each([
    [0, '8000000000000000'],
    [1, 'bff0000000000000'],
    [-1, '400fffffffffffff'],
    [0.05, 'bfa999999999999a'],
  ])('writes the fraction %s as %s', (value, text) => expect(orderedFloat(value)).toBe(text));

  it('refuses whole numbers of more than 20 digits', () => {
    for (const value of [10n ** 20n, -(10n ** 20n)]) expect(() => orderedInteger(value)).toThrow(RangeError);
  });

  it('is the legacy encoding for whole numbers from 0 on', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(orderedInteger(value)).toBe(legacyInteger(value));
      }),
      { numRuns },
    );
  });
});

describe('the legacy encoding', () => {
  it("is dynamo-bao's", () => {
    expect([legacyInteger(42), legacyInteger(-5), legacyFloat(3.14), legacyFloat(10)]).toEqual([
      '00000000000000000042',
      '000000000000000000-5',
      '3.14000000000000012434e+0',
      '1.00000000000000000000e+1',
    ]);
  });
});

describe('the iteration bucket', () => {
  it.each([
    ['01HF0000000000000000000001', 10, 6],
    ['01HF0000000000000000000003', 10, 8],
    ['k1##__SK__##00000000000000000007', 1, 0],
  ])('of %s in %d buckets is %d', (id, buckets, bucket) => expect(iterationBucket(id, buckets)).toBe(bucket));
});
