/** Lists of a model by index, page by page with signed cursors, and many items by their ids in one call. */
import type { GuardedModel, ModelView, ShownItem } from '../access/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { BATCH_BODY_MAX_BYTES, BATCH_GET_MAX_IDS, PAGE_MAX_ITEMS } from '../wire/limits.ts';
import type { JsonSchema } from '../wire/route.ts';
import { nativeFilter } from './model-filter.ts';
import { indexKeys, readListQuery } from './model-query.ts';
import type { ListQuery } from './model-query.ts';
import { readShape, SHAPE_PARAMETERS, shapedItems } from './item-shape.ts';
import { checkInclude } from './model-include.ts';
import { keyOfParts, modelRoute } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { readJsonText } from './read-body.ts';
import { requireStrongIndex } from './read-mode.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

const MODEL_PREFIX = 'modelPrefix';

/** `GET` on the collection, and `POST …/batch-get`. */
export function listRoutes(served: ServedModel): Route[] {
  const { collectionPath, schemas, description } = served;
  return [
    modelRoute(served, {
      method: 'GET',
      path: collectionPath,
      summary: `Lists ${description.path} by index, a page at a time`,
      bodyLimitBytes: 0,
      schemas: { query: listParameters(served.guarded), responses: { 200: pageSchema(schemas.read) } },
      handle: (context, view) => listPage(view, context, readListQuery(context.url, view)),
    }),
    modelRoute(served, {
      method: 'POST',
      mutates: false,
      limit: 'batch',
      path: `${collectionPath}/batch-get`,
      summary: `Reads many ${description.path} by their ids`,
      bodyLimitBytes: BATCH_BODY_MAX_BYTES,
      schemas: {
        query: SHAPE_PARAMETERS,
        body: BATCH_GET_SCHEMA,
        responses: {
          200: {
            type: 'object',
            properties: { items: { type: 'array', items: schemas.read }, missing: { type: 'array' }, errors: { type: 'array' } },
          },
        },
      },
      handle: (context, view) => batchGet(served, context, view),
    }),
  ];
}

/** One page of a list: `{ items, cursor }`, cursor null after the last one. */
export async function listPage(view: ModelView, { readMode }: RequestContext, query: ListQuery): Promise<Response> {
  requireStrongIndex(readMode, query.index);
  checkInclude(view.description, query.include);
  const wish = { ...query, filter: query.filter && nativeFilter(query.filter, view) };
  if (query.isCount) return json({ count: await view.count(wish) });
  const { items, cursor } = await view.list(wish);
  return json({ items: await shapedItems(items, query), cursor });
}

const BATCH_GET_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['ids'],
  additionalProperties: false,
  properties: {
    ids: {
      type: 'array',
      maxItems: BATCH_GET_MAX_IDS,
      items: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 }] },
    },
    atomic: { type: 'boolean' },
  },
};

interface BatchGetAnswer {
  items: unknown[];
  missing: unknown[];
  errors: { id: unknown; code: string; detail: string }[];
}

/** Answers per id: found ones in their order, missing ones, and ids that are not ids; one bad id fails nobody else. */
async function batchGet(served: ServedModel, context: RequestContext, view: ModelView): Promise<Response> {
  const shape = readShape(view.description, context.url);
  const { ids, atomic } = readBatch(parseJson(await readJsonText(context.request, BATCH_BODY_MAX_BYTES)));
  const answer: BatchGetAnswer = { items: [], missing: [], errors: [] };
  const found: ShownItem[] = [];
  const lookUp = async (id: unknown) => {
    const key = keyOfParts(served, Array.isArray(id) ? id : [id]);
    return 'reason' in key ? key : { item: await view.find(key.key) };
  };
  // All of one tick is one batch, which is atomic as a whole; relations that are included are read by themselves.
  const lookups = await context.services.withOperation({ atomic }, () => Promise.all(ids.map(lookUp)));
  for (const [position, lookup] of lookups.entries()) {
    if ('reason' in lookup) answer.errors.push({ id: ids[position], code: 'invalid_input', detail: lookup.reason });
    else if (lookup.item) found.push(lookup.item);
    else answer.missing.push(ids[position]);
  }
  answer.items = await shapedItems(found, shape);
  return json(answer);
}

function readBatch(body: unknown): { ids: unknown[]; atomic: boolean } {
  const { ids, atomic = false, ...others } = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (!Array.isArray(ids) || Object.keys(others).length > 0)
    throw new ServiceError(
      'invalid_input',
      'Expected {"ids": […]}, one string per id, or [partition, sort] for a composite key, and perhaps "atomic": true.',
    );
  if (typeof atomic !== 'boolean')
    throw new ServiceError('invalid_input', `/atomic: expected true or false, got ${describeValue(atomic)}.`);
  if (ids.length > BATCH_GET_MAX_IDS)
    throw new ServiceError('invalid_input', `/ids: expected at most ${BATCH_GET_MAX_IDS}, got ${ids.length}.`);
  return { ids, atomic };
}

/** The answer of a list. */
export function pageSchema(itemSchema: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['items', 'cursor'],
    properties: { items: { type: 'array', items: itemSchema }, cursor: { type: ['string', 'null'] } },
  };
}

/** The parameters of a list; with `index`, of one whose index and partition the path names. */
export function listParameters(guarded: GuardedModel, index?: string): Record<string, JsonSchema> {
  const model = guarded.description;
  const keys = index === undefined ? [model.primaryKey, ...Object.values(model.indexes)] : [indexKeys(model, index)];
  const sortFields = keys.flatMap(({ sortKey }) => (sortKey === null || sortKey === MODEL_PREFIX ? [] : [sortKey]));
  const partitions = index === undefined ? keys.map(({ partitionKey }) => partitionKey).filter((field) => field !== MODEL_PREFIX) : [];
  const operators = ['gt', 'gte', 'lt', 'lte', 'beginsWith'];
  const names = [...partitions, ...sortFields.flatMap((field) => [field, ...operators.map((operator) => `${field}[${operator}]`)])];
  return {
    ...(index === undefined ? { index: { type: 'string', enum: ['primary', ...Object.keys(model.indexes)] } } : {}),
    ...Object.fromEntries(names.map((name) => [name, guarded.jsonForm(name.replace(/\[.*/, '')).schema])),
    filter: { type: 'string', contentMediaType: 'application/json' },
    fields: { type: 'string' },
    fillPage: { type: 'boolean' },
    count: { type: 'boolean' },
    limit: { type: 'integer', minimum: 1, maximum: PAGE_MAX_ITEMS },
    cursor: { type: 'string' },
    order: { type: 'string', enum: ['asc', 'desc'] },
    include: { type: 'string' },
  };
}
