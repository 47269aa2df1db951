/** A page of rows, in as many requests as it is given: a filter drops rows after DynamoDB has counted them, and an answer ends at 1 MB. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { PageKey } from './query.ts';
import { pageKeyOf } from './query-request.ts';
import type { QueryRequest } from './query-request.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';

export interface PageWish {
  /** rows; undefined: all there are */
  limit: number | undefined;
  startKey: AttributeMap | undefined;
  maxRequests: number;
  /** false: as the batch context says */
  isStrong: boolean;
}

export interface Page {
  rows: AttributeMap[];
  count: number;
  scannedCount: number;
  readUnits: number;
  lastKey: PageKey | undefined;
}

/** Rows that one request looks at when few of them pass: fewer cost round trips, more are read for nothing once the page is full. */
const MAX_LOOKED_AT = 1_000;

/** Reads a page. @throws ServiceError when the store fails */
export async function readPage(
  session: StoreSession,
  { input, index }: QueryRequest,
  { limit, startKey, maxRequests, isStrong }: PageWish,
): Promise<Page> {
  const rows: AttributeMap[] = [];
  const page = { rows, count: 0, scannedCount: 0, readUnits: 0 };
  let next = startKey;
  for (let requests = 1; ; requests += 1) {
    const result = await session.execute(
      'Query',
      {
        ...input,
        ...(limit === undefined ? {} : { Limit: lookAt(limit, page, requests) }),
        ...(next ? { ExclusiveStartKey: next } : {}),
      },
      isStrong ? { read: 'strong' } : {},
    );
    if (!result.ok) throw storeException(result.error);
    const { Items = [], Count, ScannedCount, LastEvaluatedKey } = result.output;
    rows.push(...Items);
    page.count += Count;
    page.scannedCount += ScannedCount;
    page.readUnits += result.meta.readUnits;
    next = LastEvaluatedKey;
    if (next === undefined || requests >= maxRequests || (limit !== undefined && page.count >= limit)) break;
  }
  const cut = limit === undefined ? undefined : rows[limit - 1];
  if (limit === undefined || cut === undefined || rows.length === limit) return { ...page, lastKey: next && pageKeyOf(index, next) };
  return { ...page, rows: rows.slice(0, limit), count: limit, lastKey: pageKeyOf(index, cut) };
}

/** How many rows the next request looks at: at first the page, then as many as the share that has passed so far asks for. */
function lookAt(limit: number, { count, scannedCount }: Pick<Page, 'count' | 'scannedCount'>, requests: number): number {
  if (requests === 1) return limit;
  const perHit = count === 0 ? 2 * scannedCount : scannedCount / count;
  return Math.max(1, Math.min(MAX_LOOKED_AT, Math.ceil((limit - count) * perHit)));
}
