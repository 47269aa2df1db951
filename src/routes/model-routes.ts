/** Every route of every model, made from the models' descriptions; no route is ever written for one model. */
import type { GuardedModel } from '../access/index.ts';
import { collectionRoutes } from './item-collections.ts';
import { batchWriteRoute, transactionRoute } from './model-actions.ts';
import { exportRoutes } from './model-export.ts';
import { itemRoutes } from './model-items.ts';
import { listRoutes } from './model-lists.ts';
import { lookupRoutes } from './model-lookups.ts';
import { relationRoutes } from './model-relations.ts';
import { serveModel } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { schemaRoute } from './model-schemas.ts';
import { searchRoutes } from './model-search.ts';
import { modelDirectoryRoutes } from './models.ts';
import { transactGetRoute } from './transact-get.ts';
import type { Route } from './route.ts';

/**
 * The routes of models, as far as their options allow: none for `access: none`, none that write for `access: read-only`.
 *
 * @param models by name, as `guardModels` makes them
 * @throws TypeError when a relation names a model that is not among `models`
 */
export function modelRoutes(models: ReadonlyMap<string, GuardedModel>): Route[] {
  const known = new Map(Array.from(models, ([name, guarded]) => [name, serveModel(guarded)]));
  const servedModel = (name: string): ServedModel => {
    const found = known.get(name);
    if (!found) throw new TypeError(`a relation names the model ${name}, which is not among the models of the service`);
    return found;
  };
  const served = [...known.values()].filter(({ guarded }) => guarded.options.access !== 'none');
  const routes = served.flatMap((model) => {
    const all = [
      ...listRoutes(model),
      // Before the items: a word in the place of an id is a word.
      ...searchRoutes(model),
      ...exportRoutes(model),
      ...lookupRoutes(model),
      ...itemRoutes(model),
      batchWriteRoute(model),
      ...relationRoutes(model, servedModel),
    ];
    return model.guarded.options.access === 'read-only' ? all.filter(({ mutates }) => !mutates) : all;
  });
  const writable = served.filter(({ guarded }) => guarded.options.access !== 'read-only');
  return [
    ...modelDirectoryRoutes(served.map(({ guarded }) => guarded)),
    ...served.map(schemaRoute),
    ...collectionRoutes(served),
    ...(served.length === 0 ? [] : [transactGetRoute(served)]),
    ...(writable.length === 0 ? [] : [transactionRoute(writable)]),
    ...routes,
  ];
}
