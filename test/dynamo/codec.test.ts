import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { marshall, marshallItem, unmarshall, unmarshallItem } from '../../src/dynamo/codec.ts';
import { DynamoNumber } from '../../src/dynamo/dynamo-number.ts';
import type { AttributeValue } from '../../src/dynamo/types.ts';

const numRuns = Math.ceil(200 * inject('testScale'));

describe('marshall', () => {
  test.for<[string, unknown, AttributeValue]>([
    ['text', 'Grüße 🚀', { S: 'Grüße 🚀' }],
    ['an empty text', '', { S: '' }],
    ['a number', 1.5, { N: '1.5' }],
    ['a negative zero as zero', -0, { N: '0' }],
    ['a bigint', 12345678901234567890n, { N: '12345678901234567890' }],
    ['a decimal', new DynamoNumber('0.10000000000000000000000000000000000001'), { N: '0.10000000000000000000000000000000000001' }],
    ['true', true, { BOOL: true }],
    ['null', null, { NULL: true }],
    ['bytes', Uint8Array.of(0, 1, 2, 255), { B: 'AAEC/w==' }],
    ['no bytes', new Uint8Array(), { B: '' }],
    ['a list of texts, which stays a list', ['a', 'a'], { L: [{ S: 'a' }, { S: 'a' }] }],
    ['a list of numbers, which stays a list', [1, 2], { L: [{ N: '1' }, { N: '2' }] }],
    ['an empty list', [], { L: [] }],
    ['a map, without what is undefined', { a: 1, b: undefined, c: { d: null } }, { M: { a: { N: '1' }, c: { M: { d: { NULL: true } } } } }],
    ['a map without a prototype', Object.assign(Object.create(null), { a: 1 }), { M: { a: { N: '1' } } }],
    ['a set of texts', new Set(['a', '']), { SS: ['a', ''] }],
    ['a set of numbers, each once', new Set<number | bigint>([1, 1n, 2]), { NS: ['1', '2'] }],
    ['a set of bytes, each once', new Set([Uint8Array.of(0), Uint8Array.of(0), Uint8Array.of(1)]), { BS: ['AA==', 'AQ=='] }],
  ])('takes %s', ([, value, expected]) => {
    expect(marshall(value)).toEqual(expected);
  });

  test.for<[string, unknown, string]>([
    ['NaN', { a: { b: [1, Number.NaN] } }, 'at a.b[1]: expected a decimal number, got NaN'],
    ['an infinity', { a: Number.NEGATIVE_INFINITY }, 'at a: expected a decimal number, got -Infinity'],
    ['a bigint of 39 digits', 10n ** 38n + 1n, 'at the top: a number has at most 38 significant digits'],
    ['a number beyond the range', [1e126], 'at [0]: a number is between 1E-130 and 1E+126'],
    ['a number too close to zero', 1e-131, 'at the top: a number is between 1E-130 and 1E+126'],
    ['undefined in a list', { list: [undefined] }, 'at list[0]: expected a value that DynamoDB can hold, got undefined'],
    ['a gap in a list', Array.from<unknown>({ length: 1 }), 'at [0]: expected a value that DynamoDB can hold, got undefined'],
    ['an empty set', { tags: new Set() }, 'at tags: expected a value that DynamoDB can hold, got an empty set'],
    ['a set of several kinds', new Set([1, 'a']), 'a set that is not all strings'],
    ['a set of lists', new Set([['a']]), 'a set that is not all strings'],
    ['a date', { at: new Date(0) }, 'at at: expected a value that DynamoDB can hold, got an instance of Date'],
    ['a map of its own class', new Map(), 'an instance of Map'],
    ['a function', { f: () => 1 }, 'at f: expected a value that DynamoDB can hold, got a function'],
    ['a symbol', Symbol('s'), 'got a symbol'],
    ['undefined', undefined, 'at the top: expected a value that DynamoDB can hold, got undefined'],
    ['half a surrogate pair', { text: 'a\ud83d' }, 'at text: expected a value that DynamoDB can hold, got text with half a surrogate pair'],
    ['half a surrogate pair in a name', { 'a\ud83d': 1 }, 'text with half a surrogate pair'],
  ])('refuses %s, and says where it is', ([, value, message]) => {
    expect(() => marshall(value)).toThrow(TypeError);
    expect(() => marshall(value)).toThrow(message);
  });

  test('refuses a cycle instead of running out of stack', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => marshall(cycle)).toThrow(TypeError);
  });
});

describe('unmarshall', () => {
  test('gives back what was marshalled, whatever it is', () => {
    fc.assert(
      fc.property(storable, (value) => {
        expect(unmarshall(marshall(value))).toEqual(value);
      }),
      { numRuns },
    );
  });

  test('gives back what was marshalled also after JSON', () => {
    fc.assert(
      fc.property(storable, (value) => {
        expect(unmarshall(JSON.parse(JSON.stringify(marshall(value))) as AttributeValue)).toEqual(value); // what marshall gave
      }),
      { numRuns },
    );
  });

  test('gives back items, with any attribute name', () => {
    fc.assert(
      fc.property(fc.dictionary(wellFormedText, storable), (item) => {
        expect(unmarshallItem(marshallItem(item))).toEqual({ ...item });
      }),
      { numRuns },
    );
    const item = unmarshallItem({ ['__proto__']: { M: { polluted: { BOOL: true } } } });
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
    expect(Object.keys(item)).toEqual(['__proto__']);
  });

  test('refuses what is no attribute value', () => {
    expect(() => unmarshall({ X: 1 } as unknown as AttributeValue)).toThrow('got one of kind ["X"]'); // what the types forbid
    expect(() => unmarshall({ N: 'one' })).toThrow('expected a decimal number, got one');
    expect(() => unmarshall({ B: '*' })).toThrow('expected base64, got "*"');
  });

  test('marshals again to the same attribute value', () => {
    fc.assert(
      fc.property(storable, (value) => {
        const once = marshall(value);
        expect(marshall(unmarshall(once))).toEqual(once);
      }),
      { numRuns },
    );
  });
});

const wellFormedText = fc.string({ unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 40 });
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e125, max: 1e125 }).map((value) => (Math.abs(value) < 1e-130 ? 0 : value)),
);
/** Whole numbers that a JavaScript number cannot hold; the others come back as numbers. */
const bigint = fc.bigInt({ min: 2n ** 53n + 1n, max: 10n ** 38n - 1n }).filter((value) => BigInt(Number(value)) !== value);

const { storable } = fc.letrec<{ storable: unknown }>((tie) => ({
  storable: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    wellFormedText,
    number,
    bigint,
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.uniqueArray(wellFormedText, { minLength: 1 }).map((members) => new Set(members)),
    fc.uniqueArray(number, { minLength: 1, comparator: (left, right) => left === right }).map((members) => new Set(members)),
    fc.uniqueArray(bytes, { minLength: 1, selector: String }).map((members) => new Set(members)),
    fc.array(tie('storable'), { maxLength: 6 }),
    fc.dictionary(wellFormedText, tie('storable'), { maxKeys: 6 }).map((map) => ({ ...map })),
  ),
}));
