/**
 * Where a walk over the buckets of a model can be taken up again, as text.
 *
 * With `cursorKeys` in `initModels` the text is sealed. Without them it is dynamo-bao's, base64url of JSON, which can be read and edited.
 * Editing it leads nowhere else: every position is checked to lie in the bucket, model and tenant of the walk that goes on, and rows that
 * were found before have to be hits again. So dynamo-bao's cursors are good here, too.
 */
import { INDEX_KEY_FIELDS } from './bucket-pages.ts';
import type { IndexKey } from './bucket-pages.ts';
import { fromBase64Url, openCursor, sealCursor, toBase64Url } from './cursor.ts';
import type { CursorKey } from './cursor.ts';
import { BaoError, QueryError } from './errors.ts';
import { iterationPartition, parsePrimaryId, rowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { isPlainObject } from './plain-object.ts';

/** What a walk is of; a cursor is good for the same walk only. */
export interface Walk {
  readonly definition: ModelDefinition;
  readonly tenant: string | null;
  /** the buckets that it covers, in ascending order */
  readonly scope: readonly number[];
  /** what is looked for in them */
  readonly predicateHash: string;
  /** what its cursors are sealed with; none: they are not */
  readonly cursorKeys: readonly CursorKey[];
}

/** Where each unfinished bucket goes on: after a row of the iteration index, or null for its beginning. In the order of the buckets. */
export type Positions = Map<number, IndexKey | null>;

export interface WalkState {
  readonly positions: Positions;
  /** primary ids of rows that were found and not returned; only dynamo-bao leaves any */
  readonly pending: readonly string[];
}

const CURSOR_MAX_CHARACTERS = 1024 * 1024;
const PENDING_MAX = 1000;
const BINDING = 'bao walk';
const SEALED_PAYLOAD = 'walk';

/** The row of a primary id that came from outside; null when it is none. */
export function keyOfId(definition: ModelDefinition, tenant: string | null, id: string): RowKey | null {
  try {
    return rowKey(definition, tenant, parsePrimaryId(definition, id));
  } catch (error) {
    if (error instanceof BaoError) return null;
    throw error;
  }
}

/** Every bucket at its beginning. */
export function beginning({ scope }: Walk): WalkState {
  return { positions: new Map(scope.map((bucket) => [bucket, null])), pending: [] };
}

/** The cursor of a walk that has come so far; null when there is nothing more. */
export async function writeWalkCursor(walk: Walk, { positions, pending }: WalkState): Promise<string | null> {
  if (positions.size === 0 && pending.length === 0) return null;
  const { definition, tenant, scope, predicateHash, cursorKeys } = walk;
  const payload = JSON.stringify({
    bucketCursors: Object.fromEntries(positions),
    predicateHash,
    modelPrefix: definition.prefix,
    scope,
    tenantId: tenant,
    pendingItemKeys: pending,
  });
  if (cursorKeys.length > 0) return sealCursor({ [SEALED_PAYLOAD]: payload }, BINDING, cursorKeys);
  return toBase64Url(new TextEncoder().encode(payload));
}

/**
 * Where the walk goes on.
 *
 * @throws QueryError `invalid_cursor` for a cursor of another walk, or one that was not made here
 */
export async function readWalkCursor(cursor: unknown, walk: Walk): Promise<WalkState> {
  const payload = checkPayload(await payloadText(cursor, walk.cursorKeys));
  const { definition, tenant, scope, predicateHash } = walk;
  if (payload['predicateHash'] !== predicateHash)
    refuse('Cursor was generated for a different query (terms/operator/searchConfig changed). Start a new search.');
  if (payload['modelPrefix'] !== definition.prefix)
    refuse(`Cursor was generated for model "${String(payload['modelPrefix'])}", not "${definition.prefix}".`);
  if (payload['tenantId'] !== tenant)
    refuse(`Cursor was generated under tenant "${String(payload['tenantId'])}", not "${String(tenant)}".`);
  checkScope(payload['scope'], scope);
  return { positions: positionsOf(payload['bucketCursors'], walk), pending: pendingOf(payload['pendingItemKeys']) };
}

async function payloadText(cursor: unknown, cursorKeys: readonly CursorKey[]): Promise<string> {
  if (typeof cursor !== 'string' || cursor === '') return refuse('Invalid cursor: must be a non-empty string.');
  if (cursor.includes('.')) {
    const opened = await openCursor(cursor, BINDING, cursorKeys);
    return opened?.[SEALED_PAYLOAD] ?? refuse('Invalid cursor: not sealed by a key of this service.');
  }
  const bytes = cursor.length > CURSOR_MAX_CHARACTERS ? null : fromBase64Url(cursor);
  return bytes === null ? refuse('Invalid cursor: not valid base64url.') : new TextDecoder().decode(bytes);
}

function checkPayload(text: string): Record<string, unknown> {
  const payload = parsedJson(text);
  if (payload === undefined) return refuse('Invalid cursor: payload is not valid JSON.');
  if (!isPlainObject(payload)) return refuse('Invalid cursor: payload is not an object.');
  for (const field of ['bucketCursors', 'predicateHash', 'modelPrefix', 'scope', 'tenantId'])
    if (!Object.hasOwn(payload, field)) refuse(`Invalid cursor: missing required field "${field}".`);
  return payload;
}

function checkScope(given: unknown, scope: readonly number[]): void {
  const buckets = Array.isArray(given) ? given.map(Number).toSorted((left, right) => left - right) : [];
  if (buckets.length === scope.length && buckets.every((bucket, at) => bucket === scope[at])) return;
  refuse(
    `Cursor scope mismatch. Cursor was generated for buckets [${buckets.join(', ')}], but this call covers [${scope.join(', ')}]. ` +
      'Resume the cursor with the same API call (searchAll or searchBucket) that produced it.',
  );
}

function positionsOf(given: unknown, walk: Walk): Positions {
  if (!isPlainObject(given)) return refuse('Invalid cursor: bucketCursors is not an object.');
  const positions: Positions = new Map();
  for (const bucket of walk.scope) {
    const position = given[bucket];
    if (position === undefined) continue;
    if (position !== null && !isPosition(position, walk, bucket)) refuse(`Invalid cursor: bucket ${bucket} has no such position.`);
    positions.set(bucket, position);
  }
  if (Object.keys(given).length !== positions.size) refuse('Invalid cursor: bucketCursors names buckets outside of its scope.');
  return positions;
}

/** Whether a key of the index names a row of the bucket: its other three parts follow from the primary id. */
function isPosition(position: unknown, { definition, tenant }: Walk, bucket: number): position is IndexKey {
  if (!isPlainObject(position) || Object.keys(position).length !== INDEX_KEY_FIELDS.length) return false;
  const { _pk, _sk, _iter_pk: partition, _iter_sk: id } = position;
  if (typeof id !== 'string' || partition !== iterationPartition(definition, tenant, bucket)) return false;
  const key = keyOfId(definition, tenant, id);
  return key !== null && _pk === key._pk && _sk === key._sk;
}

function pendingOf(given: unknown = []): string[] {
  if (Array.isArray(given) && given.length <= PENDING_MAX && given.every((id) => typeof id === 'string')) return [...new Set(given)];
  return refuse(`Invalid cursor: pendingItemKeys is not an array of at most ${PENDING_MAX} strings.`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuse(message: string): never {
  throw new QueryError(message, null, null, 'invalid_cursor');
}
