/** The cursors of query results: sealed with the manager's keys, and good for the tenant, model and query they come from. */
import { openCursor, sealCursor } from './cursor.ts';
import { ConfigurationError, QueryError } from './errors.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { PageKey } from './query.ts';
import type { QueryRequest } from './query-request.ts';
import type { StoreSession } from './store-session.ts';

/** The cursor of where a page ended; null after the last one, undefined when there are no keys to seal it with. */
export async function sealPageCursor(
  session: StoreSession,
  definition: ModelDefinition,
  request: QueryRequest,
  lastKey: PageKey | undefined,
): Promise<string | null | undefined> {
  const { cursorKeys } = session.manager;
  if (cursorKeys.length === 0) return undefined;
  return lastKey === undefined ? null : sealCursor(lastKey, bindingOf(session, definition, request), cursorKeys);
}

/**
 * Where the page before ended.
 *
 * @throws QueryError `invalid_cursor` for an edited cursor, or that of another query; ConfigurationError without `cursorKeys`
 */
export async function openPageCursor(
  session: StoreSession,
  definition: ModelDefinition,
  request: QueryRequest | null,
  cursor: string,
): Promise<PageKey> {
  const { cursorKeys } = session.manager;
  if (cursorKeys.length === 0) throw new ConfigurationError('cursors need cursorKeys in initModels', definition.name);
  const key = request && (await openCursor(cursor, bindingOf(session, definition, request), cursorKeys));
  if (key) return key;
  throw new QueryError('cursor: expected the cursor of the same query, got another or an edited one', null, null, 'invalid_cursor');
}

function bindingOf({ tenant }: StoreSession, { name }: ModelDefinition, { fingerprint }: QueryRequest): string {
  return JSON.stringify([tenant, name, fingerprint]);
}
