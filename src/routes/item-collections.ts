/** Item collections: the items of several models that share a partition of an index, in one query. */
import { ModelView } from '../access/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from '../wire/limits.ts';
import { shapedItems } from './item-shape.ts';
import { viewOf } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { ParameterReader } from './parameter-reader.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

/** A model of a collection, and the field that its index lists by. */
interface Member {
  served: ServedModel;
  partitionField: string;
}

/** `GET /v1/{tenant}/item-collections/{collection}/{partition}`, one route for each collection that the models name. */
export function collectionRoutes(servedModels: readonly ServedModel[]): Route[] {
  return Array.from(collectionsOf(servedModels), ([collection, members]) => {
    const paths = members.map(({ served }) => served.description.path);
    const lists = members.map(({ served }) => [served.description.path, { type: 'array', items: served.schemas.read }] as const);
    return {
      method: 'GET',
      path: `/v1/:tenant/item-collections/${collection}/:partition`,
      summary: `Lists ${paths.join(', ')} that belong together, a page at a time`,
      access: { scope: 'models:read', anonymous: members.some(({ served }) => served.guarded.isPublic) },
      limit: 'read',
      mutates: false,
      cacheable: false,
      bodyLimitBytes: 0,
      schemas: {
        query: {
          limit: { type: 'integer', minimum: 1, maximum: PAGE_MAX_ITEMS },
          order: { type: 'string', enum: ['asc', 'desc'] },
          cursor: { type: 'string' },
        },
        responses: {
          200: {
            type: 'object',
            required: ['items', 'cursor'],
            properties: { items: { type: 'object', properties: Object.fromEntries(lists) }, cursor: { type: ['string', 'null'] } },
          },
        },
      },
      handle: (context) => listTogether(collection, members, context),
    };
  });
}

function collectionsOf(servedModels: readonly ServedModel[]): Map<string, Member[]> {
  const collections = new Map<string, Member[]>();
  for (const served of servedModels) {
    for (const { collection, partitionKey } of Object.values(served.description.indexes)) {
      if (collection === null) continue;
      const members = collections.get(collection) ?? [];
      collections.set(collection, [...members, { served, partitionField: partitionKey }]);
    }
  }
  return collections;
}

async function listTogether(collection: string, members: readonly Member[], context: RequestContext): Promise<Response> {
  const reader = new ParameterReader(context.url);
  const wish = {
    collection,
    limit: reader.integer('limit', PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS),
    direction: reader.oneOf('order', { asc: 'ASC', desc: 'DESC' } as const, 'ASC'),
    cursor: reader.take('cursor'),
    partition: readPartition(members, context.params['partition'] ?? ''),
  };
  reader.finish('limit, order, cursor');
  const views = new Map(members.map(({ served }) => [served.description.path, viewOf(served, context)]));
  const { items, cursor } = await ModelView.listTogether(views, wish);
  const shaped = Object.entries(items).map(async ([path, list]) => [path, await shapedItems(list, { fields: null, include: [] })] as const);
  return json({ items: Object.fromEntries(await Promise.all(shaped)), cursor });
}

function readPartition([member]: readonly Member[], text: string): unknown {
  if (!member) return text;
  const parsed = member.served.guarded.jsonForm(member.partitionField).fromText(text);
  if ('value' in parsed) return parsed.value;
  throw new ServiceError('invalid_input', `The ${member.partitionField} in the path: ${parsed.reason}.`);
}
