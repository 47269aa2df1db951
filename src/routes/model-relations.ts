/** Relations of a model: a route to follow each. */
import type { ModelView, ShownItem } from '../access/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { readShape, SHAPE_PARAMETERS, shapedResponse } from './item-shape.ts';
import { listPage, listParameters, pageSchema } from './model-lists.ts';
import { readListQuery } from './model-query.ts';
import { keyOfPath, modelRoute, noSuchItem, viewOf } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import type { Route } from './route.ts';

/**
 * A route per relation: the related item, or a page of them with the parameters of a list.
 *
 * @param servedModel finds the related model by its name
 */
export function relationRoutes(served: ServedModel, servedModel: (name: string) => ServedModel): Route[] {
  const relations = Object.entries(served.description.relations).map(([relation, target]) => ({
    relation,
    target,
    related: servedModel(target.model),
  }));
  return relations
    .filter(({ related }) => related.guarded.options.access !== 'none')
    .map(({ relation, target, related }) => {
      const path = `${served.itemPath}/${relation}`;
      if (target.kind === 'one') {
        return modelRoute(served, {
          method: 'GET',
          path,
          summary: `Reads the ${related.description.name} that a ${served.description.name} names as its ${relation}`,
          bodyLimitBytes: 0,
          anonymous: served.guarded.isPublic && related.guarded.isPublic,
          schemas: { query: SHAPE_PARAMETERS, responses: { 200: related.schemas.read, 304: null } },
          async handle(context, view) {
            const shape = readShape(viewOf(related, context).description, context.url);
            return shapedResponse(await follow(view, keyOfPath(served, context.params), relation), shape, context.request);
          },
        });
      }
      return modelRoute(served, {
        method: 'GET',
        path,
        summary: `Lists the ${relation} of a ${served.description.name}, a page at a time`,
        bodyLimitBytes: 0,
        anonymous: related.guarded.isPublic,
        schemas: { query: listParameters(related.guarded, target.index), responses: { 200: pageSchema(related.schemas.read) } },
        handle: (context) => {
          const partition = served.guarded.primaryId(keyOfPath(served, context.params));
          const view = viewOf(related, context);
          return listPage(view, context, readListQuery(context.url, view, { index: target.index, partition }));
        },
      });
    });
}

async function follow(view: ModelView, key: Record<string, unknown>, relation: string): Promise<ShownItem> {
  const item = await view.find(key);
  if (!item) throw noSuchItem();
  const related = await item.related(relation);
  if (related) return related;
  throw new ServiceError('not_found', `The ${view.description.name} has no ${relation}, or it does not exist.`);
}
