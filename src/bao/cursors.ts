/**
 * The cursors of query results: sealed with the manager's keys, and good for the tenant, model and query they come from.
 * `steamer/bao/cursors` for programs of `steamer/bao/core`.
 */
import { openCursor, sealCursor } from './cursor.ts';
import type { CursorKey } from './cursor.ts';
import { ConfigurationError, QueryError } from './errors.ts';
import { addFeature } from './features.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { PageKey } from './query.ts';
import type { QueryRequest } from './query-request.ts';
import type { StoreSession } from './store-session.ts';

const SECRET_MIN_BYTES = 32;

/** What seals and opens the cursors of a manager. */
export class PageCursors {
  readonly #keys: readonly CursorKey[];

  /** @throws ConfigurationError for a secret that is too short */
  constructor(keys: readonly CursorKey[]) {
    const weak = keys.find(({ secret }) => !(secret instanceof Uint8Array) || secret.byteLength < SECRET_MIN_BYTES);
    if (weak) throw new ConfigurationError(`cursorKeys: expected at least ${SECRET_MIN_BYTES} bytes in the secret of ${weak.id}`);
    this.#keys = keys;
  }

  /** The cursor of where a page ended; null after the last one. */
  async seal(
    session: StoreSession,
    definition: ModelDefinition,
    request: QueryRequest,
    lastKey: PageKey | undefined,
  ): Promise<string | null> {
    return lastKey === undefined ? null : sealCursor(lastKey, bindingOf(session, definition, request), this.#keys);
  }

  /** Where the page before ended. @throws QueryError `invalid_cursor` for an edited cursor, or that of another query */
  async open(session: StoreSession, definition: ModelDefinition, request: QueryRequest | null, cursor: string): Promise<PageKey> {
    const key = request && (await openCursor(cursor, bindingOf(session, definition, request), this.#keys));
    if (key) return key;
    throw new QueryError('cursor: expected the cursor of the same query, got another or an edited one', null, null, 'invalid_cursor');
  }
}

function bindingOf({ tenant }: StoreSession, { name }: ModelDefinition, { fingerprint }: QueryRequest): string {
  return JSON.stringify([tenant, name, fingerprint]);
}

addFeature('cursors', (keys) => new PageCursors(keys));
