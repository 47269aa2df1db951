/** Many-to-many relations: the objects that the rows of a mapping model join with one object. */
import { calledBy } from './entry-functions.ts';
import type { FindOptions } from './find.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import { indexOf } from './query-request.ts';
import type { RelatedObject } from './related.ts';

type OfMappingRows = 'limit' | 'direction' | 'startKey' | 'cursor' | 'filter' | 'fillPage';

/**
 * `limit`, `direction`, `startKey`, `cursor`, `filter` and `fillPage` are of the mapping rows, all else of the objects that they name. `consistent` is of both, where the
 * index is the primary key; rows of another index are always a moment behind.
 */
export interface ViaMapOptions<Condition = unknown, FieldName extends PropertyKey = string>
  extends Pick<QueryOptions<Condition>, OfMappingRows>, Omit<FindOptions<FieldName>, 'batchDelay' | 'only'> {}

/**
 * A page of mapping rows, answered with the objects that their field `targetField` names, in the order of the rows.
 * Rows whose object no longer exists are left out, so that a page may be shorter than the rows it looked at.
 *
 * @param partition what the mapping's index lists by
 * @throws as `queryByIndex`
 */
export async function relatedViaMap(
  mapping: Pick<ModelClass, 'queryByIndex'>,
  indexName: string,
  partition: string,
  targetField: string,
  sortCondition: object | null,
  options: ViaMapOptions = {},
): Promise<QueryResult<RelatedObject>> {
  calledBy(relatedViaMap);
  const model = mapping as ModelClass; // only its query is used, which needs the class itself as `this`
  const { consistent, bypassCache: _bypass, fields: _fields, includeDeleted: _deleted, includeExpired: _expired, ...ofRows } = options;
  const page: QueryResult<RelatedObject> = await model.queryByIndex(indexName, partition, sortCondition, {
    ...ofRows,
    consistent: consistent === true && indexOf(definitionOf(model), indexName).indexId === null,
    loadRelated: true,
    relatedFields: [targetField],
    relatedOnly: true,
    relatedOptions: options,
  });
  return page;
}
