/** Items by their unique values: a route for each unique constraint of a model. */
import type { ModelView } from '../access/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { readShape, SHAPE_PARAMETERS, shapedResponse } from './item-shape.ts';
import { modelRoute, noSuchItem, pathOfItem } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

/** `GET …/by/{constraint}/{value}`: the item itself, under the path of its value. */
export function lookupRoutes(served: ServedModel): Route[] {
  const { collectionPath, description, schemas } = served;
  return Object.entries(description.uniqueConstraints).map(([constraint, field]) =>
    modelRoute(served, {
      method: 'GET',
      path: `${collectionPath}/by/${constraint}/:value`,
      summary: `Reads the ${description.name} that has a ${field}, which is unique`,
      bodyLimitBytes: 0,
      schemas: { query: SHAPE_PARAMETERS, responses: { 200: schemas.read, 304: null } },
      handle: (context, view) => lookUp(served, constraint, field, context, view),
    }),
  );
}

async function lookUp(served: ServedModel, constraint: string, field: string, context: RequestContext, view: ModelView): Promise<Response> {
  const shape = readShape(view.description, context.url);
  const parsed = served.guarded.jsonForm(field).fromText(context.params['value'] ?? '');
  if ('reason' in parsed) throw new ServiceError('invalid_input', `The ${field} in the path: ${parsed.reason}.`);
  const item = await view.findUnique(constraint, parsed.value);
  if (!item) throw noSuchItem();
  return shapedResponse(item, shape, context.request, { 'content-location': pathOfItem(item, served, tenantOf(context)) });
}
