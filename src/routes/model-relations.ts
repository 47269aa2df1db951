/** Relations of a model: a route to follow each. */
import type { BaoModel } from '../bao/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { readShape, SHAPE_PARAMETERS, shapedResponse } from './item-shape.ts';
import { loadRelated } from './model-include.ts';
import { listPage, listParameters, pageSchema } from './model-lists.ts';
import { readListQuery } from './model-query.ts';
import { keyOfPath, modelRoute } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import type { Route } from './route.ts';

/**
 * A route per relation: the related item, or a page of them with the parameters of a list.
 *
 * @param servedModel finds the related model by its name
 */
export function relationRoutes(served: ServedModel, servedModel: (name: string) => ServedModel): Route[] {
  return Object.entries(served.description.relations).map(([relation, target]) => {
    const related = servedModel(target.model);
    const path = `${served.itemPath}/${relation}`;
    if (target.kind === 'one') {
      return modelRoute(served, {
        method: 'GET',
        path,
        summary: `Reads the ${related.description.name} that a ${served.description.name} names as its ${relation}`,
        bodyLimitBytes: 0,
        schemas: { query: SHAPE_PARAMETERS, responses: { 200: related.itemSchema, 304: null } },
        async handle({ params, request, url }) {
          const shape = readShape(related, url);
          return shapedResponse(related, await follow(served, keyOfPath(served, params), relation, target.field), shape, request);
        },
      });
    }
    return modelRoute(served, {
      method: 'GET',
      path,
      summary: `Lists the ${relation} of a ${served.description.name}, a page at a time`,
      bodyLimitBytes: 0,
      schemas: { query: listParameters(related.description, target.index), responses: { 200: pageSchema(related.itemSchema) } },
      handle: (context) => {
        const partition = served.model.getPrimaryId(keyOfPath(served, context.params));
        return listPage(related, context, readListQuery(context.url, related.description, { index: target.index, partition }));
      },
    });
  });
}

async function follow(served: ServedModel, key: Record<string, unknown>, relation: string, field: string): Promise<BaoModel> {
  const item = await served.model.find(key);
  if (!item.exists()) throw new ServiceError('not_found', 'There is no such item.');
  const related = await loadRelated(item, field);
  if (related) return related;
  throw new ServiceError('not_found', `The ${served.description.name} has no ${relation}, or it does not exist.`);
}
