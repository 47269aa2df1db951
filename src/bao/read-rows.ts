/** Rows by their keys. What could not be read is an error, never "not found". */
import type { OperationContext, OperationResult } from '../dynamo/item-store.ts';
import type { AttributeMap, GetItemInput } from '../dynamo/types.ts';
import { ServiceError } from '../lib/errors.ts';
import { Placeholders } from './expression.ts';
import { keyAttributeMap, keyOfRow, rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { projectionExpression } from './projection.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';

/** The most keys that DynamoDB takes in one BatchGetItem. */
const BATCH_GET_MAX_KEYS = 100;

export interface RowReadOptions {
  /** sees every write acknowledged before it; default: may be a moment behind */
  consistent?: boolean;
  /** asks DynamoDB itself, past the store's cache */
  bypassCache?: boolean;
  /** a batch that shows all of a transaction or nothing of it */
  atomic?: boolean;
  /** reads these attributes only, the key among them */
  attributes?: readonly string[] | undefined;
}

/** A row that was read, or null for one that does not exist, and this row's share of what the read cost. */
export interface RowRead {
  row: AttributeMap | null;
  readUnits: number;
}

/**
 * Reads one row.
 *
 * @throws ServiceError when it could not be read
 */
export async function readRow(session: StoreSession, key: RowKey, options: RowReadOptions = {}): Promise<RowRead> {
  const read = await tryRow(session, key, options);
  if (read instanceof ServiceError) throw read;
  return read;
}

async function tryRow(session: StoreSession, key: RowKey, options: RowReadOptions): Promise<RowRead | ServiceError> {
  const input = { TableName: session.tableName, Key: keyAttributeMap(key), ...readParameters(options) };
  const result = await session.execute('GetItem', input, readContext(options));
  if (!result.ok) return storeException(result.error);
  return { row: result.output.Item ?? null, readUnits: result.meta.readUnits };
}

/** Reads many different rows, 100 to a request and all requests at once; by row identity. A row that could not be read is an error of its own. */
export async function readRows(
  session: StoreSession,
  keys: readonly RowKey[],
  options: RowReadOptions = {},
): Promise<Map<string, RowRead | ServiceError>> {
  const rows = new Map<string, RowRead | ServiceError>();
  const wanted = keys.map((key) => ({ key, identity: rowIdentity(key) }));
  const take = ({ identity }: WantedRow, read: RowRead | ServiceError) => rows.set(identity, read);
  await Promise.all(requestsOf(wanted).map((request) => readRequest(session, request, options, take)));
  return rows;
}

/** What is in a request for rows. */
export interface WantedRow {
  readonly key: RowKey;
  /** the `rowIdentity` of the key */
  readonly identity: string;
}

/** Rows as they are spread over requests: as few as DynamoDB allows. */
export function requestsOf<Wanted>(wanted: readonly Wanted[]): Wanted[][] {
  return Array.from({ length: Math.ceil(wanted.length / BATCH_GET_MAX_KEYS) }, (_, at) =>
    wanted.slice(at * BATCH_GET_MAX_KEYS, (at + 1) * BATCH_GET_MAX_KEYS),
  );
}

/** Reads the different rows of one request, and gives each to `take` with what it was wanted as. */
export async function readRequest<Wanted extends WantedRow>(
  session: StoreSession,
  wanted: readonly Wanted[],
  options: RowReadOptions,
  take: (wanted: Wanted, read: RowRead | ServiceError) => void,
): Promise<void> {
  const [only] = wanted;
  if (only && wanted.length === 1) {
    take(only, await tryRow(session, only.key, options));
    return;
  }
  const { tableName } = session;
  const table = { Keys: wanted.map(({ key }) => keyAttributeMap(key)), ...readParameters(options) };
  const result = await session.execute('BatchGetItem', { RequestItems: { [tableName]: table } }, readContext(options));
  const readUnits = result.meta.readUnits / wanted.length;
  const found = new Map<string, AttributeMap>();
  for (const row of result.output?.Responses[tableName] ?? []) found.set(rowIdentity(keyOfRow(row)), row);
  const unread = unreadKeys(result);
  for (const each of wanted) {
    const row = found.get(each.identity) ?? null;
    const isUnread = row === null && !result.ok && (unread === null || unread.has(each.identity));
    take(each, isUnread ? storeException(result.error) : { row, readUnits });
  }
}

/** The keys that a failed batch names as unread; null when it read nothing, or does not say what. */
function unreadKeys(result: OperationResult<'BatchGetItem'>): ReadonlySet<string> | null {
  if (result.ok || !result.output || !result.error.keys) return null;
  return new Set(result.error.keys.map((key) => rowIdentity(keyOfRow(key))));
}

/** How a read says what it wants of a row. */
export function readParameters({ consistent, attributes }: RowReadOptions): Omit<GetItemInput, 'TableName' | 'Key'> {
  const placeholders = new Placeholders();
  return {
    ...(consistent ? { ConsistentRead: true } : {}),
    ...(attributes ? { ProjectionExpression: projectionExpression(attributes, placeholders) } : {}),
    ...placeholders.toInput(),
  };
}

/** What a read asks for beyond what holds for its whole batch context, and never less. */
function readContext({ consistent, bypassCache, atomic }: RowReadOptions): Pick<OperationContext, 'read' | 'bypassCache' | 'atomic'> {
  return { ...(consistent ? { read: 'strong' } : {}), ...(bypassCache ? { bypassCache } : {}), ...(atomic ? { atomic } : {}) };
}
