/** Search for text in the items of a model, a page at a time. */
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { QUERY_PARAMETER_MAX_CHARACTERS, SEARCH_PAGE_DEFAULT_ITEMS, SEARCH_PAGE_MAX_ITEMS, SEARCH_TERMS_MAX } from '../wire/limits.ts';
import { normalizeSearchTerm, tokenizeSearchQuery } from '../access/index.ts';
import type { ModelView } from '../access/index.ts';
import type { ModelDescription, SearchOperator } from '../bao/index.ts';
import { SHAPE_PARAMETERS, shapedItems, takeShape } from './item-shape.ts';
import type { ItemShape } from './item-shape.ts';
import { pageSchema } from './model-lists.ts';
import { modelRoute } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { ParameterReader } from './parameter-reader.ts';
import { requireStrongIndex } from './read-mode.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

/** What one page may cost at most: requests to the index, and rows that each of them looks at. A page of rare terms ends by it. */
const PAGE_MAX_REQUESTS = 200;
const REQUEST_ROWS = 200;

/** How words are joined, by what `?operator=` says. */
export const OPERATORS: Record<string, SearchOperator> = { and: '$and', or: '$or' };

/** A search as it was asked for. */
interface SearchQuery extends ItemShape {
  terms: string[];
  operator: SearchOperator;
  limit: number;
  cursor: string | null;
}

/** `GET …/search` of a model that can be searched; none for another. */
export function searchRoutes(served: ServedModel): Route[] {
  const { collectionPath, description, schemas } = served;
  if (description.search === null) return [];
  return [
    modelRoute(served, {
      method: 'GET',
      limit: 'batch',
      path: `${collectionPath}/search`,
      summary: `Searches the text of ${description.path}`,
      bodyLimitBytes: 0,
      schemas: { query: SEARCH_PARAMETERS, responses: { 200: pageSchema(schemas.read) } },
      handle: (context, view) => search(context, view),
    }),
  ];
}

const SEARCH_PARAMETERS = {
  q: { type: 'string', minLength: 1, maxLength: QUERY_PARAMETER_MAX_CHARACTERS },
  operator: { type: 'string', enum: Object.keys(OPERATORS) },
  limit: { type: 'integer', minimum: 1, maximum: SEARCH_PAGE_MAX_ITEMS },
  cursor: { type: 'string' },
  ...SHAPE_PARAMETERS,
};

async function search(context: RequestContext, view: ModelView): Promise<Response> {
  const { terms, operator, limit, cursor, ...shape } = readSearch(view.description, context.url);
  requireStrongIndex(context.readMode, 'of search');
  const page = await view
    .search(terms, {
      operator,
      limit,
      cursor,
      batchSize: REQUEST_ROWS,
      maxQueries: PAGE_MAX_REQUESTS,
      maxQueriesPerBucket: PAGE_MAX_REQUESTS,
    })
    .catch(invalidCursor);
  return json({ items: await shapedItems(page.items, shape), cursor: page.cursor });
}

function readSearch(description: ModelDescription, url: URL): SearchQuery {
  const reader = new ParameterReader(url);
  const query = {
    terms: takeTerms(description, reader),
    operator: reader.oneOf('operator', OPERATORS, '$and'),
    limit: reader.integer('limit', SEARCH_PAGE_DEFAULT_ITEMS, SEARCH_PAGE_MAX_ITEMS),
    cursor: takeSealedCursor(reader),
    ...takeShape(description, reader),
  };
  reader.finish(Object.keys(SEARCH_PARAMETERS).join(', '));
  return query;
}

/** The terms of `?q=`: words, and phrases in double quotes, without those of which the index holds nothing. */
export function takeTerms({ search: config }: ModelDescription, reader: ParameterReader): string[] {
  const typed = tokenizeSearchQuery(reader.take('q'));
  const minLength = config?.minTermLength ?? 1;
  const terms = typed.filter((term) => [...normalizeSearchTerm(term, config)].length >= minLength);
  if (terms.length === 0)
    reader.refuse('q', `expected words of at least ${minLength} letters or digits, or phrases in double quotes, got none`);
  if (terms.length > SEARCH_TERMS_MAX) reader.refuse('q', `expected at most ${SEARCH_TERMS_MAX} terms, got ${terms.length}`);
  return terms;
}

/**
 * The cursor of a search or an export. The layer also takes dynamo-bao's, which are not sealed: those can name a thousand items to read.
 *
 * @throws ServiceError `invalid_cursor`
 */
export function takeSealedCursor(reader: ParameterReader): string | null {
  const cursor = reader.take('cursor');
  if (cursor === null || cursor.includes('.')) return cursor;
  throw new ServiceError('invalid_cursor', INVALID_CURSOR);
}

/** Throws an error anew, an invalid cursor in one text for all: what is in another one is nobody's business. */
export function invalidCursor(error: unknown): never {
  if (!isServiceError(error) || error.code !== 'invalid_cursor') throw error;
  throw new ServiceError('invalid_cursor', INVALID_CURSOR, { cause: error });
}

const INVALID_CURSOR = 'Expected a cursor of the same request as it was given, got another or an edited one.';
