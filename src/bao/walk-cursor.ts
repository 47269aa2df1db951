/**
 * Where a walk over the buckets of a model can be taken up again, as text.
 *
 * With `cursorKeys` in `initModels` the text is short and sealed. Without them it is dynamo-bao's, base64url of JSON, which can be read and
 * edited. Editing it leads nowhere else: every position is checked to lie in the bucket, model and tenant of the walk that goes on, and rows
 * that were found before have to be hits again. So dynamo-bao's cursors are good here, too.
 */
import { compactBuckets, withWholeBuckets } from './compact-walk.ts';
import { fromBase64Url, toBase64Url } from '../lib/sealed-text.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { QueryError } from './errors.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { isPosition } from './walk.ts';
import type { Positions, Walk, WalkState } from './walk.ts';

const CURSOR_MAX_CHARACTERS = 1024 * 1024;
const PENDING_MAX = 1000;
const BINDING = 'bao walk';
const SEALED_PAYLOAD = 'walk';

/** The cursor of a walk that has come so far; null when there is nothing more. */
export async function writeWalkCursor(walk: Walk, { positions, pending }: WalkState): Promise<string | null> {
  if (positions.size === 0 && pending.length === 0) return null;
  const { definition, tenant, scope, predicateHash, cursorKeys } = walk;
  const of = { predicateHash, modelPrefix: definition.prefix, tenantId: tenant };
  const rest = pending.length === 0 ? {} : { pendingItemKeys: pending };
  if (cursorKeys.length > 0) {
    const payload = JSON.stringify({ ...of, ...compactBuckets(scope, positions), ...rest });
    return sealCursor({ [SEALED_PAYLOAD]: payload }, BINDING, cursorKeys);
  }
  const payload = { bucketCursors: Object.fromEntries(positions), ...of, scope, pendingItemKeys: pending };
  return toBase64Url(new TextEncoder().encode(JSON.stringify(payload)));
}

/**
 * Where the walk goes on.
 *
 * @throws QueryError `invalid_cursor` for a cursor of another walk, or one that was not made here
 */
export async function readWalkCursor(cursor: unknown, walk: Walk): Promise<WalkState> {
  const payload = checkPayload(await readPayload(cursor, walk));
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

async function readPayload(cursor: unknown, walk: Walk): Promise<unknown> {
  if (typeof cursor !== 'string' || cursor === '') return refuse('Invalid cursor: must be a non-empty string.');
  if (cursor.includes('.')) {
    const opened = await openCursor(cursor, BINDING, walk.cursorKeys);
    const text = opened?.[SEALED_PAYLOAD] ?? refuse('Invalid cursor: not sealed by a key of this service.');
    return withWholeBuckets(parsedJson(text), walk);
  }
  const bytes = cursor.length > CURSOR_MAX_CHARACTERS ? null : fromBase64Url(cursor);
  return bytes === null ? refuse('Invalid cursor: not valid base64url.') : parsedJson(new TextDecoder().decode(bytes));
}

function checkPayload(payload: unknown): Record<string, unknown> {
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
