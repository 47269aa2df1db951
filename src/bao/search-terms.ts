/** What is searched for: terms in the form in which rows hold their text, as an expression for DynamoDB and as a check of a row. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { IndexFilter } from './bucket-pages.ts';
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { ValidationError } from './errors.ts';
import { normalizeSearchText } from './search-text.ts';
import type { SearchConfig } from './search-text.ts';
import { textHash } from './text-hash.ts';

/** Whether an object has to have all words of a search, or any. */
export type SearchOperator = '$and' | '$or';

const OPERATORS: readonly SearchOperator[] = ['$and', '$or'];

/** A search that can be run. */
export interface SearchPredicate {
  filter: IndexFilter;
  /** tells searches apart; a cursor is good for one */
  hash: string;
  /** whether a row has the terms as it is now */
  matches(row: AttributeMap): boolean;
}

/**
 * Splits what a user typed into terms: at white space, but for phrases in double quotes. A quote without its other end takes the rest.
 *
 * @returns none for anything but a string
 */
export function tokenizeSearchQuery(query: unknown): string[] {
  if (typeof query !== 'string') return [];
  const parts = query.matchAll(/"([^"]*)"?|[^\s"]+/g);
  return Array.from(parts, ([part, phrase]) => (phrase ?? part).trim()).filter((term) => term !== '');
}

/** A term in the form in which rows hold their text. */
export function normalizeSearchTerm(term: unknown, config: SearchConfig | null): string {
  return normalizeSearchText(String(term), config ?? { fields: [] });
}

/**
 * Makes a search of terms. Terms that rows cannot hold, because nothing is left of them or they are too short, are left out.
 *
 * @throws ValidationError when the terms or the operator are none, or no term is left
 */
export function searchPredicate(terms: unknown, operator: unknown, config: SearchConfig): SearchPredicate {
  const given = checkTerms(terms);
  const isOperator = OPERATORS.some((one) => one === operator);
  if (!isOperator) throw new ValidationError(`operator must be one of: ${OPERATORS.join(', ')}.`, 'operator', operator);
  const normal = given.map((term) => normalizeSearchTerm(term, config));
  const kept = normal.filter((term) => term !== '' && [...term].length >= (config.minTermLength ?? 1));
  if (kept.length === 0) throw new ValidationError('searchAll requires at least one non-empty term.', 'terms', terms);
  return {
    filter: termsFilter(kept, operator === '$or' ? ' OR ' : ' AND '),
    hash: predicateHash(normal, String(operator), config),
    matches: (row) => {
      const text = row[SEARCH_TEXT_FIELD];
      if (!text || !('S' in text)) return false;
      const has = (term: string) => text.S.includes(term);
      return operator === '$or' ? kept.some(has) : kept.every(has);
    },
  };
}

function checkTerms(terms: unknown): string[] {
  if (!Array.isArray(terms)) throw new ValidationError('terms must be an array of strings.', 'terms', terms);
  return terms.map((term: unknown) => {
    if (typeof term !== 'string') throw new ValidationError('terms must be strings.', 'terms', terms);
    return term;
  });
}

function termsFilter(terms: readonly string[], junction: string): IndexFilter {
  const tests = terms.map((_, at) => `contains(#st, :st${at})`);
  return {
    FilterExpression: tests.length === 1 ? tests.join('') : `(${tests.join(junction)})`,
    ExpressionAttributeNames: { '#st': SEARCH_TEXT_FIELD },
    ExpressionAttributeValues: Object.fromEntries(terms.map((term, at) => [`:st${at}`, { S: term }])),
  };
}

/** As dynamo-bao makes it, so that its cursors are good here. */
function predicateHash(terms: readonly string[], operator: string, config: SearchConfig): string {
  const { caseSensitive = false, minTermLength = 1, dedupe = false } = config;
  return textHash(JSON.stringify({ terms, operator, caseSensitive, minTermLength, dedupe }));
}
