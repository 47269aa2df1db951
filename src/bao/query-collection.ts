/** Item collections: the objects of several models that share a partition of an index, in one query. */
import type { CallOptions } from './call-bounds.ts';
import { ConfigurationError } from './errors.ts';
import { instanceOf } from './objects-of-rows.ts';
import { isPartitionOf, keyOfRow, tenantPrefix } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { InstanceOf } from './model-types.ts';
import type { PageKey } from './query.ts';
import { limitOf, pageStart } from './query.ts';
import { readPage } from './query-pages.ts';
import { collectionRequest, exclusiveStartKey } from './query-request.ts';
import { onlySession } from './several-objects.ts';
import { openSession } from './store-session.ts';
import { isVisible } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

export interface CollectionOptions extends CallOptions, Omit<VisibilityOptions, 'only'> {
  /** rows of all models on one page; default 100 */
  limit?: number;
  /** by the models' prefixes, and by the sort key within each model; default ascending */
  direction?: 'ASC' | 'DESC';
  /** the `lastEvaluatedKey` of the page before */
  startKey?: PageKey | null;
  /** the `cursor` of the page before */
  cursor?: string | null;
}

export interface CollectionResult<Models extends Record<string, ModelClass>> {
  /** by model as it was named, in order of its sort key */
  items: { [Name in keyof Models]: InstanceOf<Models[Name]>[] };
  /** objects on this page */
  count: number;
  /** give it back as `startKey`; undefined after the last page */
  lastEvaluatedKey: PageKey | undefined;
  /** the same, sealed; null after the last page, undefined without `cursorKeys` in `initModels` */
  cursor: string | null | undefined;
  consumedCapacity: { read: number };
}

/** A model of a collection, and its index in it. */
interface Member {
  name: string;
  model: ModelClass;
  definition: ModelDefinition;
  index: IndexDefinition;
}

/**
 * One page of a partition of a collection. Rows of models that are not named are read, and left out.
 *
 * @param models by the names that the result has them under
 * @param collection the `collection` of an index of each model
 * @param partition a native value of the indexes' partition fields, "u1"
 * @throws ConfigurationError for a model that is not of the collection; QueryError for a start key or cursor of another query;
 *   ValidationError for a value of another kind
 */
export async function queryCollection<Models extends Record<string, ModelClass>>(
  models: Models,
  collection: string,
  partition: unknown,
  options: CollectionOptions = {},
): Promise<CollectionResult<Models>> {
  const members = Object.entries(models).map(([name, model]) => memberOf(name, model, collection));
  const session = onlySession(members.map(({ model }) => ({ model, session: openSession(model, undefined, options) })));
  const requests = members.map(({ definition, index }) => collectionRequest(definition, session, index, partition, options));
  const [first] = members;
  const [request] = requests;
  if (first === undefined || request === undefined) throw new TypeError('expected at least one model');
  const other = members.find((_, at) => requests[at]?.fingerprint !== request.fingerprint);
  if (other)
    throw new ConfigurationError(
      `the collection ${collection} has another index or kind of partition in ${first.definition.name}`,
      other.name,
    );
  const startKey = await pageStart(session, first.definition, request, options);
  // A page may end with a row of a model that is not named.
  const isOwn = (key: string) => key.startsWith(tenantPrefix(session.tenant));
  const page = await readPage(session, request, {
    limit: limitOf(first.definition, options),
    startKey: startKey ? exclusiveStartKey(request, startKey, isOwn) : undefined,
    maxRequests: 1,
    isStrong: false,
  });
  const items = members.map(({ name, model, definition }) => {
    const rows = page.rows.filter(
      (row) => isPartitionOf(definition, session.tenant, keyOfRow(row)._pk) && isVisible(definition, row, options),
    );
    return [name, rows.map((row) => instanceOf(model, session, row))] as const;
  });
  return {
    items: Object.fromEntries(items) as CollectionResult<Models>['items'], // each row became an object of its model
    count: items.reduce((sum, [, objects]) => sum + objects.length, 0),
    lastEvaluatedKey: page.lastKey,
    cursor: await session.manager.cursors?.seal(session, first.definition, request, page.lastKey),
    consumedCapacity: { read: page.readUnits },
  };
}

function memberOf(name: string, model: ModelClass, collection: string): Member {
  const definition = definitionOf(model);
  const index = [...definition.indexes.values()].find((one) => one.collection === collection);
  if (!index) throw new ConfigurationError(`has no index of the collection ${collection}`, definition.name);
  return { name, model, definition, index };
}
