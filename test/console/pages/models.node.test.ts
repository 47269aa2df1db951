import { describe, expect, it, test } from 'vitest';
import { bodyOf, changesOf, textsOf } from '../../../console/pages/models/item-form.ts';
import { PRIMARY, queryParameters, readQuery, requestOf, SEARCH } from '../../../console/pages/models/item-query.ts';
import { type Field, keyOf, keyOfRelated, type Model } from '../../../console/pages/models/model.ts';

const field = (kind: Field['kind'], more: Partial<Field> = {}): Field => ({ kind, required: false, readOnly: false, schema: {}, ...more });
const MODEL: Model = {
  name: 'Result',
  path: 'results',
  fields: {
    benchmark: field('related', { required: true, model: 'Benchmark' }),
    system: field('string', { required: true }),
    value: field('float'),
    runs: field('integer'),
    isOpen: field('boolean'),
    tags: field('string-set'),
    more: field('json'),
    createdAt: field('create-date', { readOnly: true }),
  },
  primaryKey: { partitionKey: 'benchmark', sortKey: 'system' },
  indexes: { byValue: { partitionKey: 'benchmark', sortKey: 'value' }, all: { partitionKey: null, sortKey: 'system' } },
  uniqueConstraints: {},
  isIterable: false,
  search: { fields: ['system'] },
  relations: {},
};

const asked = (address: string, cursor: string | null = null) =>
  requestOf('demo', MODEL, readQuery(MODEL, new URLSearchParams(address)), cursor);

describe('what a table of items asks for', () => {
  test.each([
    ['', { index: 'all', limit: '25' }],
    ['index=all&sort=d&op=gte&order=desc', { index: 'all', 'system[gte]': 'd', order: 'desc', limit: '25' }],
    ['index=byValue&partition=get&sort=4', { index: 'byValue', benchmark: 'get', value: '4', limit: '25' }],
    ['index=primary&partition=get', { index: PRIMARY, benchmark: 'get', limit: '25' }],
    ['where=[["value","$gte","4"]]', { index: 'all', filter: '{"value":{"$gte":4}}', fillPage: 'true', limit: '25' }],
    [
      'where=[["isOpen","$eq","true"],["system","$exists",""],["gone","$eq","1"],["value","$like","1"],3]',
      { index: 'all', filter: '{"$and":[{"isOpen":{"$eq":true}},{"system":{"$exists":true}}]}', fillPage: 'true', limit: '25' },
    ],
    ['where={', { index: 'all', limit: '25' }],
  ])('%s', (address, query) => {
    expect(asked(address)).toEqual({ method: 'GET', path: '/v1/demo/results', query });
  });

  it('is nothing while the partition, or the words, are missing', () => {
    expect(asked('index=byValue')).toBeNull();
    expect(asked(`index=${SEARCH}&q=+`)).toBeNull();
  });

  it('goes on at a cursor, also of a search', () => {
    expect(asked(`index=${SEARCH}&q=two+words`, 'c1')).toEqual({
      method: 'GET',
      path: '/v1/demo/results/search',
      query: { q: 'two words', limit: '25', cursor: 'c1' },
    });
  });

  it('comes out of an address as it went in', () => {
    const query = readQuery(
      MODEL,
      new URLSearchParams('index=byValue&partition=get&sort=4&op=lt&order=desc&where=[["system","$contains","a"]]'),
    );
    const address = Object.entries(queryParameters(query)).filter((entry): entry is [string, string] => entry[1] !== null);
    expect(readQuery(MODEL, new URLSearchParams(address))).toEqual(query);
  });
});

describe('a form of an item', () => {
  const item = {
    benchmark: 'get',
    system: 's1',
    value: 1.5,
    runs: 3,
    isOpen: false,
    tags: ['a', 'b'],
    more: { n: [1] },
    createdAt: '2026-11-20T00:00:00.000Z',
  };

  it('makes the body that the item came from, without what only the service writes', () => {
    const { createdAt: _byService, ...written } = item;
    expect(bodyOf(MODEL, textsOf(MODEL, item))).toEqual(written);
  });

  it('sends what was changed, and removes what was emptied; keys stay', () => {
    const before = textsOf(MODEL, item);
    expect(changesOf(MODEL, before, before)).toEqual({});
    expect(changesOf(MODEL, before, { ...before, system: 's2', value: '', tags: 'c', isOpen: 'true' })).toEqual({
      value: null,
      tags: ['c'],
      isOpen: true,
    });
  });

  it('keeps the digits of numbers that JSON would round', () => {
    expect(bodyOf(MODEL, { runs: '9007199254740993', value: '1e3' })).toEqual({ runs: '9007199254740993', value: 1000 });
  });

  it('names the field whose text is no JSON', () => {
    expect(() => bodyOf(MODEL, { more: '{' })).toThrow(/^more is no JSON/);
  });
});

it('an item is named by the parts of its key, also where a related field holds them', () => {
  expect(keyOf(MODEL, { benchmark: 'get', system: 's1' })).toEqual(['get', 's1']);
  expect(keyOfRelated('get##__SK__##s1')).toEqual(['get', 's1']);
});
