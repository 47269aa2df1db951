import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeSearchTerm, searchPredicate, tokenizeSearchQuery } from '../../src/bao/search-terms.ts';
import { searchTextOf } from '../../src/bao/search-text.ts';

const CONFIG = { fields: ['title'] };

describe('tokenizeSearchQuery', () => {
  it.each([
    ['"hello world" foo', ['hello world', 'foo']],
    ['  one\ttwo\n three ', ['one', 'two', 'three']],
    ['say "an open phrase', ['say', 'an open phrase']],
    ['pre"fix phrase"post', ['pre', 'fix phrase', 'post']],
    ['"" "  " x', ['x']],
    ['', []],
    [null, []],
    [7, []],
  ])('splits %j', (query, terms) => {
    expect(tokenizeSearchQuery(query)).toEqual(terms);
  });
});

describe('normalizeSearchTerm', () => {
  it('takes punctuation, case and superfluous space away, and keeps every letter and digit there is', () => {
    expect(normalizeSearchTerm('  Hello,\n World!  ', CONFIG)).toBe('hello world');
    expect(normalizeSearchTerm('Hello', { ...CONFIG, caseSensitive: true })).toBe('Hello');
    expect(normalizeSearchTerm('苹果-手机 Ünïcode №5', null)).toBe('苹果 手机 ünïcode 5');
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, caseSensitive) => {
        const once = normalizeSearchTerm(text, { ...CONFIG, caseSensitive });
        expect(normalizeSearchTerm(once, { ...CONFIG, caseSensitive })).toBe(once);
      }),
    );
  });
});

describe('searchPredicate', () => {
  it('asks for one part of the text per term', () => {
    expect(searchPredicate(['Hello, World!'], '$and', CONFIG).filter).toEqual({
      FilterExpression: 'contains(#st, :st0)',
      ExpressionAttributeNames: { '#st': '_searchText' },
      ExpressionAttributeValues: { ':st0': { S: 'hello world' } },
    });
    expect(searchPredicate(['a', ' ', 'b'], '$and', CONFIG).filter.FilterExpression).toBe('(contains(#st, :st0) AND contains(#st, :st1))');
    expect(searchPredicate(['a', 'b'], '$or', CONFIG).filter.FilterExpression).toBe('(contains(#st, :st0) OR contains(#st, :st1))');
  });

  it('leaves out terms that are too short for the index, counted in code points', () => {
    const { filter } = searchPredicate(['ab', '😀😀', 'fox'], '$and', { ...CONFIG, minTermLength: 3 });
    expect(filter.ExpressionAttributeValues).toEqual({ ':st0': { S: 'fox' } });
  });

  it.each([
    ['foo', '$and', 'terms must be an array of strings.'],
    [[1], '$and', 'terms must be strings.'],
    [['x'], 'AND', 'operator must be one of: $and, $or.'],
    [[], '$and', 'searchAll requires at least one non-empty term.'],
    [['', ' ', '!!'], '$and', 'searchAll requires at least one non-empty term.'],
  ])('refuses %j with %s', (terms, operator, message) => {
    expect(() => searchPredicate(terms, operator, CONFIG)).toThrow(message);
  });

  it('has the hash of dynamo-bao, which every part of a search changes', () => {
    // FNV-1a over {"terms":["foo","bar"],"operator":"$and","caseSensitive":false,"minTermLength":1,"dedupe":false}
    const hash = (terms: string[], operator = '$and', config = {}) => searchPredicate(terms, operator, { ...CONFIG, ...config }).hash;
    expect(hash(['Foo', 'bar!'])).toBe('f5ahq6');
    const all = [
      hash(['foo', 'bar']),
      hash(['foo']),
      hash(['foo', 'bar'], '$or'),
      hash(['foo', 'bar'], '$and', { caseSensitive: true }),
      hash(['foo', 'bar'], '$and', { minTermLength: 2 }),
      hash(['foo', 'bar'], '$and', { dedupe: true }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('finds in a row what DynamoDB finds in the index', () => {
    const text = searchTextOf(['Alice in Wonderland', null, 'by Carroll'], CONFIG) ?? '';
    const matches = (terms: string[], operator: string) => searchPredicate(terms, operator, CONFIG).matches({ _searchText: { S: text } });
    expect(matches(['wonder', 'CARROLL'], '$and')).toBe(true);
    expect(matches(['wonder', 'bob'], '$and')).toBe(false);
    expect(matches(['wonder', 'bob'], '$or')).toBe(true);
    expect(searchPredicate(['a'], '$and', CONFIG).matches({})).toBe(false);
  });
});
