import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { isTableName, KeySpace } from '../../src/objects/tenant-store/item-key.ts';
import { ownRowsOnly, scopeOfQuery } from '../../src/objects/tenant-store/query-access.ts';

const space = new KeySpace(
  {
    key: { partitionKey: '_pk', sortKey: '_sk' },
    indexes: { gsi1: { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk', projection: 'ALL' } },
    ttlAttribute: 'ttl',
    models: { us: { name: 'User', prefix: 'us', cacheSec: 5, changes: false, hasTenantPrefix: true, fields: {}, indexes: [] } },
  },
  'acme',
);
const key = (partitionKey: string, sortKey = 's'): AttributeMap => ({ _pk: { S: partitionKey }, _sk: { S: sortKey } });
const kindOf = (attributes: AttributeMap) => space.classify('table', attributes).kind;

describe('keys', () => {
  test.each([
    ['its own', key('[acme]#us#1'), 'own'],
    ["another tenant's", key('[other]#us#1'), 'foreign'],
    ['one of a tenant whose name goes on', key('[acme2]#us#1'), 'foreign'],
    ['one of a tenant in other letters', key('[Acme]#us#1'), 'foreign'],
    ['one of no tenant', key('us'), 'shared'],
    ['one of no tenant that starts with a bracket', key('[draft] us'), 'shared'],
    ['a number as partition key', { _pk: { N: '1' }, _sk: { S: 's' } }, 'shared'],
    ['a number as sort key', { _pk: { S: '[acme]#us#1' }, _sk: { N: '1' } }, 'malformed'],
    ['a third attribute', { ...key('[acme]#us#1'), other: { S: 'x' } }, 'malformed'],
    ["a third attribute beside another tenant's key", { ...key('[other]#us#1'), other: { S: 'x' } }, 'foreign'],
    ['an empty sort key', key('[acme]#us#1', ''), 'malformed'],
    ['a partition key of 2,048 bytes', key(`[acme]#us#${'x'.repeat(2038)}`), 'own'],
    ['a partition key of one byte more', key(`[acme]#us#${'x'.repeat(2039)}`), 'malformed'],
    ['a sort key of 1,024 bytes in two-byte characters', key('[acme]#us#1', 'ü'.repeat(512)), 'own'],
    ['a sort key of one character more', key('[acme]#us#1', 'ü'.repeat(513)), 'malformed'],
    ['half a surrogate pair', key('[acme]#us#\ud800'), 'malformed'],
  ])('%s', (_name, attributes, kind) => {
    expect(kindOf(attributes)).toBe(kind);
  });

  test('two keys have one id only if they are one key', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '1', ':', '/', '#', '\0') });
    fc.assert(
      fc.property(part, part.filter(Boolean), part, part.filter(Boolean), (p1, s1, p2, s2) => {
        const [one, two] = [space.classify('table', key(`[acme]#${p1}`, s1)), space.classify('table', key(`[acme]#${p2}`, s2))];
        if (one.kind !== 'own' || two.kind !== 'own') throw new Error('both are keys');
        expect(one.key.id === two.key.id).toBe(p1 === p2 && s1 === s2);
      }),
    );
  });

  test('a key knows its model and its attributes', () => {
    const found = space.classify('table', key('[acme]#us#1'));
    expect(found.kind === 'own' && [found.key.model?.name, found.key.attributes]).toEqual(['User', key('[acme]#us#1')]);
    const unknown = space.classify('table', key('[acme]#__proto__#1'));
    expect(unknown.kind === 'own' && unknown.key.model).toBeUndefined();
  });

  test.each([
    ['steamer', true],
    ['a.b_c-9', true],
    ['ab', false],
    ['arn:aws:dynamodb:eu-west-1:1:table/steamer', false],
    [undefined, false],
  ])('%s as a table name: %s', (name, expected) => {
    expect(isTableName(name)).toBe(expected);
  });
});

describe('queries', () => {
  const query = (condition: string, values: Record<string, string>, more: object = {}) => ({
    TableName: 'table',
    KeyConditionExpression: condition,
    ExpressionAttributeNames: { '#p': '_pk', '#g': '_gsi1_pk', '#s': '_sk' },
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
    ...more,
  });

  test.each([
    ['its own partition', query('#p = :p', { ':p': '[acme]#us#1' }), false],
    ["another tenant's", query('#p = :p', { ':p': '[other]#us#1' }), true],
    ['with the sides exchanged', query(':p = #p', { ':p': '[other]#us#1' }), true],
    ['without an alias or spaces', query('_pk=:p', { ':p': '[other]#us#1' }), true],
    ['a bound of the sort key that looks foreign', query('#p = :p AND #s <= :s', { ':p': '[acme]#us#1', ':s': '[other]#x' }), false],
    ['an equal sort key that looks foreign', query('#p = :p AND #s = :s', { ':p': '[acme]#us#1', ':s': '[other]#x' }), false],
    ["another tenant's partition of an index", query('#g = :p', { ':p': '[other]#us#gsi1#x' }, { IndexName: 'gsi1' }), true],
    ['a foreign value in an index that is not known', query('#g = :p', { ':p': '[other]#us' }, { IndexName: 'gsi9' }), true],
    ['a start at a foreign row', query('#p = :p', { ':p': '[acme]#us#1' }, { ExclusiveStartKey: key('[other]#us#1') }), true],
    ['a partition that is not given', query('#p = :p', {}), false],
  ])('%s', (_name, input, isForeign) => {
    expect(scopeOfQuery(space, input).isForeign).toBe(isForeign);
  });

  test('a scan keeps its own filter', () => {
    const input = ownRowsOnly(space, {
      TableName: 'table',
      FilterExpression: 'a = :a OR b = :b',
      ExpressionAttributeValues: { ':a': { S: 'x' } },
    });
    expect(input.FilterExpression).toMatch(/^\(a = :a OR b = :b\) AND \(/);
    expect(input.ExpressionAttributeValues).toMatchObject({ ':a': { S: 'x' }, ':steamerTenant': { S: '[acme]#' } });
  });
});
