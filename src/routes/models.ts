/** `GET /v1/{tenant}/models`: which models there are, their fields, keys, indexes and relations. */
import type { GuardedModel, ModelView } from '../access/index.ts';
import { ITEM_OPERATIONS } from '../wire/access-rules.ts';
import { json } from './respond.ts';
import type { Route } from './route.ts';

const DESCRIPTION_SCHEMA = {
  type: 'object',
  required: ['name', 'path', 'fields', 'primaryKey', 'indexes', 'uniqueConstraints', 'isIterable', 'search', 'relations'],
  properties: {
    name: { type: 'string' },
    path: { type: 'string' },
    fields: { type: 'object' },
    primaryKey: { type: 'object' },
    indexes: { type: 'object' },
    uniqueConstraints: { type: 'object', description: 'the field of each' },
    isIterable: { type: 'boolean', description: 'whether it can be exported' },
    search: { type: ['object', 'null'], description: 'the fields that searches look at, and how' },
    relations: { type: 'object' },
  },
};

/** The route that describes the models, as far as the caller may use them. */
export function modelDirectoryRoutes(models: readonly GuardedModel[]): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/:tenant/models',
      summary: 'Lists the models with their fields, keys, indexes and relations',
      access: { scope: 'models:read', anonymous: models.some(({ isPublic }) => isPublic) },
      limit: 'read',
      mutates: false,
      cacheable: false,
      bodyLimitBytes: 0,
      schemas: {
        responses: { 200: { type: 'object', required: ['models'], properties: { models: { type: 'array', items: DESCRIPTION_SCHEMA } } } },
      },
      handle: ({ principal }) =>
        json({
          models: models
            .map((model) => model.as(principal))
            .filter(isUsable)
            .map(publicDescription),
        }),
    },
  ];
}

/** Whether the caller may do anything at all with items of the model. */
export function isUsable(view: ModelView): boolean {
  return ITEM_OPERATIONS.some((operation) => view.may(operation));
}

/** Without prefixes, index ids and encodings, which are storage's business. */
function publicDescription({ description }: ModelView): Record<string, unknown> {
  const { name, path, fields, primaryKey, indexes, uniqueConstraints, isIterable, search, relations } = description;
  const keysOf = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string | null }) => ({
    partitionKey: partitionKey === 'modelPrefix' ? null : partitionKey,
    sortKey: sortKey === 'modelPrefix' ? null : sortKey,
  });
  const publicIndexes = Object.fromEntries(
    Object.entries(indexes).map(([index, keys]) => [
      index,
      { ...keysOf(keys), ...(keys.collection === null ? {} : { collection: keys.collection }) },
    ]),
  );
  return {
    name,
    path,
    fields,
    primaryKey: keysOf(primaryKey),
    indexes: publicIndexes,
    uniqueConstraints,
    isIterable,
    search,
    relations,
  };
}
