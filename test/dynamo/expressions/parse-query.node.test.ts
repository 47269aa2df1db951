import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../../../src/dynamo/expressions/parse-query.ts';
import { answerQuery } from '../../../src/dynamo/expressions/query-page.ts';
import type { AttributeMap, QueryInput } from '../../../src/dynamo/types.ts';
import { answerOf, GSI1, ITERATION, TABLE } from './beside-dynamodb.ts';

const NAMES: Record<string, string> = {
  '#s': 'size',
  '#n': 'n',
  '#_pk': '_pk',
  '#_sk': '_sk',
  '#_gsi1_pk': '_gsi1_pk',
  '#_iter_pk': '_iter_pk',
};
const VALUES: AttributeMap = {
  ':p': { S: 'p' },
  ':t': { S: 'text' },
  ':u': { S: 'zzz' },
  ':n': { N: '5' },
  ':b': { BOOL: true },
  ':e': { S: '' },
  ':badNumber': { N: 'five' },
  ':badSet': { SS: ['a', 'a'] },
  ':type': { S: 'S' },
};

/** A query with those of the names and values above that its expressions use. */
function queryOf(more: Partial<QueryInput>): QueryInput {
  const input = { TableName: 'table', KeyConditionExpression: '#_pk = :p', ...more };
  const text = `${input.KeyConditionExpression} ${input.FilterExpression} ${input.ProjectionExpression}`;
  const used = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(text)));
  const [names, values] = [used(NAMES), used(VALUES)];
  return { ExpressionAttributeValues: values, ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }), ...input };
}

describe('a key condition is understood', () => {
  test.each([
    ['#_pk = :p', null],
    [':p = #_pk', null],
    ['(#_pk = :p)', null],
    ['#_pk = :p AND #_sk = :t', 'compare'],
    ['#_sk = :t and #_pk = :p', 'compare'],
    ['(#_pk = :p) AND (:t < #_sk)', 'compare'],
    ['#_pk = :p AND #_sk BETWEEN :t AND :u', 'between'],
    ['#_pk=:p AND begins_with ( #_sk , :t )', 'begins_with'],
  ])('%s', (KeyConditionExpression, sort) => {
    const query = parseQuery(queryOf({ KeyConditionExpression }), TABLE);
    expect(query).toMatchObject({ partition: 'p', filter: null, projection: null, isCount: false, limit: Infinity, isForward: true });
    expect(query?.sort?.kind ?? null).toBe(sort);
  });
});

describe('nothing is said of a query', () => {
  test.each([
    '',
    ' ',
    '#_sk = :t',
    '#_pk > :p',
    '#_pk = :n',
    '#_pk = :e',
    '#_pk = #_sk',
    '((#_pk = :p))',
    '#_pk = :p AND #_pk = :p',
    '#_pk = :p AND n = :n',
    '#_pk = :p AND #_sk <> :t',
    '#_pk = :p AND #_sk = :n',
    '#_pk = :p AND #_sk = :e',
    '#_pk = :p AND #_sk IN (:t)',
    '#_pk = :p AND NOT #_sk = :t',
    '#_pk = :p AND begins_with(:t, #_sk)',
    '#_pk = :p AND contains(#_sk, :t)',
    '#_pk = :p AND #_sk BETWEEN :u AND :t',
    '#_pk = :p AND #_sk > :t AND #_sk < :u',
    '#_pk = :p OR #_sk = :t',
    '#_pk[0] = :p',
    '#_pk = :p AND',
    '#_pk = :missing',
  ])('with the key condition "%s"', (KeyConditionExpression) => {
    expect(parseQuery(queryOf({ KeyConditionExpression }), TABLE)).toBeNull();
  });

  test.each([
    '',
    'a',
    'a =',
    'a == :n',
    'a != :n',
    'a = :n b = :n',
    'a = :n)',
    '(a = :n',
    '((a = :n))',
    'a = :n AND ((b = :n AND c = :n))',
    'NOT ((a = :n))',
    'a = a',
    'a IN (b, a)',
    'a BETWEEN a AND :n',
    'begins_with(a, a)',
    'a < :b',
    'a BETWEEN :b AND :n',
    'a BETWEEN :n AND :t',
    'a BETWEEN :u AND :t',
    'a = :badNumber',
    'a = :badSet',
    'a IN ()',
    'begins_with(a, :n)',
    'begins_with(a)',
    'contains(a, :n, :n)',
    'attribute_exists(:n)',
    'attribute_exists(a, b)',
    'attribute_type(a, :t)',
    'attribute_type(a, b)',
    'ATTRIBUTE_EXISTS(a)',
    'unknown(a)',
    'size(a)',
    'size(:n) = :n',
    'size = :n',
    'name = :n',
    'a.name = :n',
    'a[00] = :n',
    'a[-1] = :n',
    'a[1.0] = :n',
    'a[0 = :n',
    'a..b = :n',
    '1a = :n',
    'a-b = :n',
    '#missing = :n',
    '# = :n',
    'é = :n',
    '#_sk = :t',
    'a = :n AND #_pk = :t',
    `${'NOT '.repeat(60)}a = :n`,
    `${'('.repeat(60)}a = :n`,
    Array.from({ length: 301 }, () => 'a = :n').join(' OR '),
    `a${'.b'.repeat(32)} = :n`,
    `${'a'.repeat(4_090)} = :n`,
  ])('with the filter "%s"', (FilterExpression) => {
    expect(parseQuery(queryOf({ FilterExpression }), TABLE)).toBeNull();
  });

  test.each(['', 'a,', ',a', 'a b', 'a, a', 'a, a.b', 'a[0], a[0].b', 'a.b, a[0]', 'name', '#missing', 'a = :n'])(
    'with the projection "%s"',
    (ProjectionExpression) => {
      expect(parseQuery(queryOf({ ProjectionExpression }), TABLE)).toBeNull();
    },
  );

  const unknownField: object = { AttributesToGet: ['a'] };
  test.each<[string, Partial<QueryInput>]>([
    ['a name that is not used', { ExpressionAttributeNames: { '#n': 'n' } }],
    ['a value that is not used', { ExpressionAttributeValues: { ':p': { S: 'p' }, ':n': { N: '1' } } }],
    ['an empty table of names', { ExpressionAttributeNames: {} }],
    ['a limit of 0', { Limit: 0 }],
    ['half a row as limit', { Limit: 1.5 }],
    ['a projection of a count', { Select: 'COUNT', ProjectionExpression: 'a' }],
    ['a projection of all attributes', { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'a' }],
    ['specific attributes, and none named', { Select: 'SPECIFIC_ATTRIBUTES' }],
    ['projected attributes of a table', { Select: 'ALL_PROJECTED_ATTRIBUTES' }],
    ['a start in another partition', { ExclusiveStartKey: { _pk: { S: 'q' }, _sk: { S: 'a' } } }],
    ['half a start key', { ExclusiveStartKey: { _pk: { S: 'p' } } }],
    ['a start key with more in it', { ExclusiveStartKey: { _pk: { S: 'p' }, _sk: { S: 'a' }, n: { N: '1' } } }],
    ['a number as start key', { ExclusiveStartKey: { _pk: { S: 'p' }, _sk: { N: '1' } } }],
    [
      'a start that its condition leaves out',
      { KeyConditionExpression: '#_pk = :p AND #_sk > :t', ExclusiveStartKey: { _pk: { S: 'p' }, _sk: { S: 'a' } } },
    ],
    ['fields that are not known', unknownField],
  ])('with %s', (_what, more) => {
    expect(parseQuery(queryOf(more), TABLE)).toBeNull();
  });

  test.each<[string, Partial<QueryInput>]>([
    ['a filter over what it does not hold', { FilterExpression: 'n = :n' }],
    ['a projection of what it does not hold', { ProjectionExpression: 'n.a' }],
    ['all attributes', { Select: 'ALL_ATTRIBUTES' }],
    ['a consistent read', { ConsistentRead: true }],
  ])('of an index of keys with %s', (_what, more) => {
    expect(parseQuery(queryOf({ KeyConditionExpression: '#_iter_pk = :p', ...more }), ITERATION)).toBeNull();
  });
});

test('any text at all is understood or not, in time that grows with its length', () => {
  const fragments = [
    'a',
    '(',
    ')',
    ' AND ',
    ' OR ',
    'NOT ',
    '=',
    '<',
    ':n',
    ':t',
    ',',
    '.',
    '[0]',
    ' BETWEEN ',
    ' IN ',
    'size',
    '#s',
    '🚀',
    '\n',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 400 }), (parts) => {
      const FilterExpression = parts.join('');
      expect(() => parseQuery(queryOf({ FilterExpression }), TABLE)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

describe('a filter', () => {
  const row: AttributeMap = {
    _pk: { S: 'p' },
    _sk: { S: 'r' },
    a: { N: '12345678901234567890123456789012345678' },
    s: { S: 'é' },
    t: { S: 'text' },
    l: { L: [{ N: '1.0' }, { M: { x: { S: 'y' } } }] },
  };
  const passes = (FilterExpression: string, values: AttributeMap) => {
    const input = queryOf({ FilterExpression, ExpressionAttributeValues: { ':p': { S: 'p' }, ...values } });
    const answer = answerOf(input, TABLE, [row]);
    return answer && answer.Count === 1;
  };

  test.each<[string, AttributeMap, boolean | null]>([
    ['a > :v', { ':v': { N: '12345678901234567890123456789012345677' } }, true],
    ['a > :v', { ':v': { N: '12345678901234567890123456789012345679' } }, false],
    ['a = :v', { ':v': { N: '1.2345678901234567890123456789012345678E37' } }, true],
    ['contains(l, :v)', { ':v': { N: '1' } }, true],
    ['l[1].x = :v', { ':v': { S: 'y' } }, true],
    ['a < :v', { ':v': { S: 'text' } }, false],
    ['a <> :v', { ':v': { S: 'text' } }, true],
    ['missing1 <> :v', { ':v': { S: 'text' } }, true],
    ['NOT a < :v', { ':v': { S: 'text' } }, true],
    ['t = :v OR a = :v AND s = :v', { ':v': { S: 'text' } }, true],
    ['NOT t = :v OR t = :v', { ':v': { S: 'text' } }, true],
    ['size(t) = :v', { ':v': { N: '4' } }, true],
    // DynamoDB's unit for text beyond ASCII is not documented
    ['size(s) = :v', { ':v': { N: '1' } }, null],
    ['size(s) = :v AND t = :v', { ':v': { N: '1' } }, false],
    ['size(s) = :v OR t <> :v', { ':v': { N: '1' } }, true],
    ['NOT size(s) = :v', { ':v': { N: '1' } }, null],
  ])('%s with %j says %j', (expression, values, expected) => expect(passes(expression, values)).toBe(expected));
});

describe('a page that is corrected by rows as they are now', () => {
  const rowOf = (id: string, sort: string | null, n = '0'): AttributeMap => ({
    _pk: { S: id },
    _sk: { S: 'r' },
    ...(sort === null ? {} : { _gsi1_pk: { S: 'p' }, _gsi1_sk: { S: sort } }),
    n: { N: n },
  });
  const byIndex = (more: Partial<QueryInput> = {}) => queryOf({ KeyConditionExpression: '#_gsi1_pk = :p', ...more });
  const FETCHED = [rowOf('a', '1'), rowOf('b', '3'), rowOf('c', '5')];
  const END: AttributeMap = { _pk: { S: 'c' }, _sk: { S: 'r' }, _gsi1_pk: { S: 'p' }, _gsi1_sk: { S: '5' } };

  const corrected = (input: QueryInput, changes: Record<string, AttributeMap | null>, lastKey?: AttributeMap) => {
    const query = parseQuery(input, GSI1);
    const current = Object.entries(changes).map(([id, row]) => ({ key: { _pk: { S: id }, _sk: { S: 'r' } }, row }));
    const output = query && answerQuery(query, { rows: FETCHED, lastKey }, current);
    const ids = output?.Items?.map((row) => (row['_pk'] as { S: string }).S).join('');
    return {
      ids,
      count: output?.Count,
      scanned: output?.ScannedCount,
      end: (output?.LastEvaluatedKey?.['_pk'] as { S: string } | undefined)?.S,
    };
  };

  test.each<[string, Partial<QueryInput>, Record<string, AttributeMap | null>, AttributeMap | undefined, object]>([
    ['a new row stands in its place', {}, { x: rowOf('x', '4') }, undefined, { ids: 'abxc', count: 4, scanned: 4, end: undefined }],
    ['a row that is gone is left out', {}, { b: null }, undefined, { ids: 'ac', count: 2, scanned: 2, end: undefined }],
    ['a row that has moved stands where it is', {}, { a: rowOf('a', '4') }, undefined, { ids: 'bac' }],
    ['a row that has left the index is left out', {}, { a: rowOf('a', null) }, undefined, { ids: 'bc' }],
    ['a row behind the page is not on it', {}, { x: rowOf('x', '6') }, END, { ids: 'abc', end: 'c' }],
    ['a row beside the last one is on it', {}, { x: rowOf('x', '5') }, END, { ids: 'abcx', end: 'c' }],
    ['a full page ends earlier', { Limit: 3 }, { x: rowOf('x', '2') }, END, { ids: 'axb', scanned: 3, end: 'b' }],
    ['a page that lost a row ends where it ended', { Limit: 3 }, { b: null }, END, { ids: 'ac', scanned: 2, end: 'c' }],
    [
      'a later page takes no row from the one before',
      { ExclusiveStartKey: { ...END, _gsi1_sk: { S: '1' } } },
      { x: rowOf('x', '1') },
      END,
      { ids: 'abc' },
    ],
  ])('%s', (_title, more, changes, lastKey, expected) => {
    expect(corrected(byIndex(more), changes, lastKey)).toMatchObject(expected);
  });

  test('downwards, a new row stands in its place too', () => {
    const query = parseQuery(byIndex({ ScanIndexForward: false }), GSI1);
    const fetched = { rows: FETCHED.toReversed(), lastKey: undefined };
    const output = query && answerQuery(query, fetched, [{ key: rowOf('x', null), row: rowOf('x', '4') }]);
    expect(output?.Items?.map((row) => row['_pk'])).toEqual([{ S: 'c' }, { S: 'x' }, { S: 'b' }, { S: 'a' }]);
  });
});
