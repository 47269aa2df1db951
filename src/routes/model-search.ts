/** Search for text in the items of a model, a page at a time. */
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { QUERY_PARAMETER_MAX_CHARACTERS, SEARCH_PAGE_DEFAULT_ITEMS, SEARCH_PAGE_MAX_ITEMS, SEARCH_TERMS_MAX } from '../wire/limits.ts';
import type { SearchOperator } from '../bao/index.ts';
import { tokenizeSearchQuery, ValidationError } from '../bao/index.ts';
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

const OPERATORS: Record<string, SearchOperator> = { and: '$and', or: '$or' };

/** A search as it was asked for. */
interface SearchQuery extends ItemShape {
  terms: string[];
  operator: SearchOperator;
  limit: number;
  cursor: string | null;
}

/** `GET …/search` of a model that can be searched; none for another. */
export function searchRoutes(served: ServedModel): Route[] {
  const { collectionPath, description, itemSchema } = served;
  if (description.search === null) return [];
  return [
    modelRoute(served, {
      method: 'GET',
      limit: 'batch',
      path: `${collectionPath}/search`,
      summary: `Searches ${description.path} for text in ${description.search.fields.join(', ')}`,
      bodyLimitBytes: 0,
      schemas: { query: SEARCH_PARAMETERS, responses: { 200: pageSchema(itemSchema) } },
      handle: (context) => search(served, context),
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

async function search(served: ServedModel, context: RequestContext): Promise<Response> {
  const { terms, operator, limit, cursor, ...shape } = readSearch(served, context.url);
  requireStrongIndex(context.readMode, 'of search');
  const page = await served.model
    .searchAll(terms, {
      operator,
      limit,
      cursor,
      batchSize: REQUEST_ROWS,
      maxQueries: PAGE_MAX_REQUESTS,
      maxQueriesPerBucket: PAGE_MAX_REQUESTS,
    })
    .catch((error: unknown) => asBadInput(error, served));
  return json({ items: await shapedItems(served, page.items, shape), cursor: page.cursor });
}

function readSearch(served: ServedModel, url: URL): SearchQuery {
  const reader = new ParameterReader(url);
  const query = {
    terms: readTerms(reader),
    operator: reader.oneOf('operator', OPERATORS, '$and'),
    limit: reader.integer('limit', SEARCH_PAGE_DEFAULT_ITEMS, SEARCH_PAGE_MAX_ITEMS),
    cursor: reader.take('cursor'),
    ...takeShape(served, reader),
  };
  reader.finish(Object.keys(SEARCH_PARAMETERS).join(', '));
  // The layer also takes dynamo-bao's cursors, which are not sealed: those can name a thousand items to read.
  if (query.cursor?.includes('.') === false) throw invalidCursor();
  return query;
}

/** What a user typed, as terms: words, and phrases in double quotes. */
function readTerms(reader: ParameterReader): string[] {
  const terms = tokenizeSearchQuery(reader.take('q'));
  if (terms.length === 0) reader.refuse('q', 'expected words to search for, or phrases in double quotes, got none');
  if (terms.length > SEARCH_TERMS_MAX) reader.refuse('q', `expected at most ${SEARCH_TERMS_MAX} terms, got ${terms.length}`);
  return terms;
}

/** The layer speaks of its own call; here it is a parameter that is wrong. */
function asBadInput(error: unknown, { description }: ServedModel): never {
  if (error instanceof ValidationError && error.fieldName === 'terms') {
    const reason = `expected a term of at least ${description.search?.minTermLength ?? 1} letters or digits, got none`;
    throw new ServiceError('invalid_input', `?q: ${reason}.`, { cause: error, issues: [{ path: '?q', reason }] });
  }
  if (isServiceError(error) && error.code === 'invalid_cursor') throw invalidCursor(error);
  throw error;
}

/** One text for all: what is in another cursor is nobody's business. */
function invalidCursor(cause?: unknown): ServiceError {
  return new ServiceError('invalid_cursor', 'Expected the cursor of the same search, got another or an edited one.', { cause });
}
