/** Many-to-many relations: the objects that the rows of a mapping model join with one object. */
import type { CallOptions } from './call-bounds.ts';
import { calledBy } from './entry-functions.ts';
import type { ModelClass } from './model-class.ts';
import type { PageKey, QueryResult } from './query.ts';
import type { RelatedObject } from './related.ts';

export interface ViaMapOptions extends CallOptions {
  /** mapping rows that DynamoDB looks at for one page */
  limit?: number | null;
  direction?: 'ASC' | 'DESC';
  /** the `lastEvaluatedKey` of the page before */
  startKey?: PageKey | null;
}

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
  { limit = null, direction = 'ASC', startKey = null, ...bounds }: ViaMapOptions = {},
): Promise<QueryResult<RelatedObject>> {
  calledBy(relatedViaMap);
  const model = mapping as ModelClass; // only its query is used, which needs the class itself as `this`
  const options = { ...bounds, limit, direction, startKey, loadRelated: true, relatedFields: [targetField], relatedOnly: true };
  const page: QueryResult<RelatedObject> = await model.queryByIndex(indexName, partition, sortCondition, options);
  return page;
}
