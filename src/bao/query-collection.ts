/** Item collections: the objects of several models that share a partition of an index, in one query. */
import type { AttributeMap } from '../dynamo/types.ts';
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
import type { Page } from './query-pages.ts';
import { collectionRequest, exclusiveStartKey, pageKeyOf } from './query-request.ts';
import type { QueryRequest } from './query-request.ts';
import { onlySession } from './several-objects.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import { isVisible } from './visibility.ts';
import type { OnlyOption, VisibilityOptions } from './visibility.ts';

export interface CollectionOptions extends CallOptions, Omit<VisibilityOptions, 'only'> {
  /** rows of all models on one page, or with `fillPage` objects of those that are named; default 100 */
  limit?: number;
  /** asks on, in at most ten requests, until `limit` objects are on the page, past rows that are left out */
  fillPage?: boolean;
  /** by the names of the models: only objects whose fields have these native values, `{ orders: { agentId: 'a1' } }` */
  only?: Readonly<Record<string, OnlyOption['only']>>;
  /** by the models' prefixes, and by the sort key within each model; default ascending */
  direction?: 'ASC' | 'DESC';
  /** the `lastEvaluatedKey` of the page before */
  startKey?: PageKey | null;
  /** the `cursor` of the page before */
  cursor?: string | null;
}

/** One page of a collection: objects of several models that share a partition. */
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
  const isShown = ({ name, definition }: Member, row: AttributeMap): boolean =>
    isPartitionOf(definition, session.tenant, keyOfRow(row)._pk) &&
    isVisible(definition, row, { ...options, only: options.only?.[name] ?? null });
  const page = await keptPage(session, request, {
    limit: limitOf(first.definition, options) ?? first.definition.defaultQueryLimit,
    startAt: (key) => exclusiveStartKey(request, key, isOwn),
    startKey: startKey ?? undefined,
    maxRequests: options.fillPage === true ? FILL_REQUESTS : 1,
    keeps: (row) => members.some((member) => isShown(member, row)),
  });
  const items = members.map((member) => {
    const rows = page.rows.filter((row) => isShown(member, row));
    return [member.name, rows.map((row) => instanceOf(member.model, session, row))] as const;
  });
  return {
    items: Object.fromEntries(items) as CollectionResult<Models>['items'], // each row became an object of its model
    count: items.reduce((sum, [, objects]) => sum + objects.length, 0),
    lastEvaluatedKey: page.lastKey,
    cursor: await session.manager.cursors?.seal(session, first.definition, request, page.lastKey),
    consumedCapacity: { read: page.readUnits },
  };
}

interface KeptPageWish {
  /** rows that are kept */
  limit: number;
  startKey: PageKey | undefined;
  startAt: (key: PageKey) => AttributeMap;
  maxRequests: number;
  keeps: (row: AttributeMap) => boolean;
}

/** A page of the rows that are kept. It ends at the last of them where it is full, so that nothing tells what was left out. */
async function keptPage(
  session: StoreSession,
  request: QueryRequest,
  { limit, startKey, startAt, maxRequests, keeps }: KeptPageWish,
): Promise<Pick<Page, 'rows' | 'readUnits' | 'lastKey'>> {
  const rows: AttributeMap[] = [];
  let readUnits = 0;
  let lastKey = startKey;
  for (let requests = 1, lookAt = limit; ; requests += 1, lookAt = Math.max(limit, Math.min(MAX_LOOKED_AT, 4 * lookAt))) {
    const from = lastKey && startAt(lastKey);
    const page = await readPage(session, request, { limit: lookAt, startKey: from, maxRequests: 1, isStrong: false });
    rows.push(...page.rows.filter(keeps));
    readUnits += page.readUnits;
    lastKey = page.lastKey;
    const cut = rows[limit - 1];
    if (cut !== undefined && rows.length > limit) return { rows: rows.slice(0, limit), readUnits, lastKey: pageKeyOf(request.index, cut) };
    if (lastKey === undefined || rows.length === limit || requests >= maxRequests) return { rows, readUnits, lastKey };
  }
}

const FILL_REQUESTS = 10;
/** Rows that one request looks at when few of them are kept. */
const MAX_LOOKED_AT = 1_000;

function memberOf(name: string, model: ModelClass, collection: string): Member {
  const definition = definitionOf(model);
  const index = [...definition.indexes.values()].find((one) => one.collection === collection);
  if (!index) throw new ConfigurationError(`has no index of the collection ${collection}`, definition.name);
  return { name, model, definition, index };
}
