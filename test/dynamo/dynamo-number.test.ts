import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { compareDecimals, DynamoNumber, fromDecimal, isDecimal, toDecimal } from '../../src/dynamo/dynamo-number.ts';

const numRuns = Math.ceil(500 * inject('testScale'));

describe('fromDecimal', () => {
  test.for<[string, number | bigint | string]>([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['+1', 1],
    ['1.50', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1E+2', 100],
    ['15e-1', 1.5],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['100000000000000000000', 1e20],
    ['-12345678901234567890', -12_345_678_901_234_567_890n],
    ['9.9999999999999999999999999999999999999E+125', BigInt(`${'9'.repeat(38)}${'0'.repeat(88)}`)],
    ['1E-130', 1e-130],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['-1234567890123456789.5', '-1234567890123456789.5'],
    ['1.2345678901234567890123E-60', '1.2345678901234567890123E-60'],
  ])('reads %s', ([decimal, expected]) => {
    const value = fromDecimal(decimal);
    expect(value instanceof DynamoNumber ? value.decimal : value).toEqual(expected);
    expect(Object.is(value, -0)).toBe(false);
  });

  test.for(['', '-', '.', 'e5', '1e', '0x10', '1 ', ' 1', 'NaN', 'Infinity', '1_000', '1e99999'])('refuses %o', (text) => {
    expect(() => fromDecimal(text)).toThrow(TypeError);
  });

  test('reads back every number of the range exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -9.99e125, max: 9.99e125 }), (value) => {
        fc.pre(value === 0 || Math.abs(value) >= 1e-130);
        expect(fromDecimal(toDecimal(value))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns },
    );
  });

  test('reads back every whole number of 38 digits exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), (value) => {
        const read = fromDecimal(toDecimal(value));
        expect(read instanceof DynamoNumber).toBe(false);
        expect(BigInt(String(typeof read === 'number' ? BigInt(read) : read))).toBe(value);
      }),
      { numRuns },
    );
  });

  test('never changes the value of a decimal', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 38 }).map((all) => all.join(''));
    fc.assert(
      fc.property(digits, fc.integer({ min: -60, max: 60 }), fc.boolean(), (text, exponent, isNegative) => {
        const decimal = new DynamoNumber(`${isNegative ? '-' : ''}${text}E${exponent}`).decimal;
        expect(toDecimal(fromDecimal(decimal))).toBe(decimal);
        expect(new DynamoNumber(decimal).decimal).toBe(decimal);
      }),
      { numRuns },
    );
  });
});

describe('DynamoNumber', () => {
  test.for([
    ['1.50', '1.5'],
    ['1E2', '100'],
    ['0.00', '0'],
    ['-0.0012', '-0.0012'],
    ['1E+41', '1E+41'],
    ['15E-50', '1.5E-49'],
  ] as const)('writes %s as %s', ([decimal, canonical]) => {
    expect(new DynamoNumber(decimal).decimal).toBe(canonical);
    expect(String(new DynamoNumber(decimal))).toBe(canonical);
    expect(JSON.stringify(new DynamoNumber(decimal))).toBe(`"${canonical}"`);
  });

  test('refuses what DynamoDB cannot hold exactly', () => {
    expect(() => new DynamoNumber('1.23456789012345678901234567890123456789')).toThrow('at most 38 significant digits');
    expect(() => new DynamoNumber('1E126')).toThrow('between 1E-130 and 1E+126');
    expect(() => new DynamoNumber('1E-131')).toThrow('between 1E-130 and 1E+126');
    expect(() => new DynamoNumber('ten')).toThrow('expected a decimal number');
  });
});

describe('compareDecimals', () => {
  test.for<[string, string, number]>([
    ['1', '1.0', 0],
    ['100', '1E2', 0],
    ['-0', '0.000', 0],
    ['0', '-1E-130', 1],
    ['-1', '1', -1],
    ['9', '10', -1],
    ['-9', '-10', 1],
    ['0.5', '0.45', 1],
    ['123', '1234E-1', -1],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345679', -1],
    ['0.12345678901234567890123456789012345678', '0.12345678901234567890123456789012345677', 1],
  ])('orders %s and %s', ([left, right, order]) => {
    expect([Math.sign(compareDecimals(left, right)), Math.sign(compareDecimals(right, left))]).toEqual([order, order === 0 ? 0 : -order]);
  });

  test('orders numbers as numbers', () => {
    const number = fc.oneof(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), fc.integer());
    fc.assert(
      fc.property(number, number, (left, right) => {
        expect(Math.sign(compareDecimals(String(left), String(right)))).toBe(left < right ? -1 : Number(left > right));
      }),
      { numRuns },
    );
  });
});

test.for<[string, boolean]>([
  ['1E-130', true],
  ['1E-131', false],
  ['9.99E125', true],
  ['1E126', false],
  ['1'.repeat(38), true],
  ['1'.repeat(39), false],
  [`${'0'.repeat(100)}1`, true],
  [`1${'0'.repeat(300)}1`, false],
  ['five', false],
  ['', false],
])('isDecimal of %s is %s', ([text, expected]) => expect(isDecimal(text)).toBe(expected));
