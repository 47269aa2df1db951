/** A walk over the buckets of a model: what it is of, and how far it has come. */
import { INDEX_KEY_FIELDS } from './bucket-pages.ts';
import type { IndexKey } from './bucket-pages.ts';
import type { CursorKey } from './cursor.ts';
import { BaoError } from './errors.ts';
import { iterationPartition, parsePrimaryId, rowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { textHash } from './text-hash.ts';
import { onlyAttributes } from './visibility.ts';
import type { OnlyOption } from './visibility.ts';

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

/** The `predicateHash` of a walk that is `only` among some objects. */
export function walkHash(definition: ModelDefinition, hash: string, options: OnlyOption): string {
  const among = onlyAttributes(definition, options);
  return among.length === 0 ? hash : `${hash} ${textHash(JSON.stringify(among))}`;
}

/** Every bucket at its beginning. */
export function beginning({ scope }: Walk): WalkState {
  return { positions: new Map(scope.map((bucket) => [bucket, null])), pending: [] };
}

/** The row of a primary id that came from outside; null when it is none. */
export function keyOfId(definition: ModelDefinition, tenant: string | null, id: string): RowKey | null {
  try {
    return rowKey(definition, tenant, parsePrimaryId(definition, id));
  } catch (error) {
    if (error instanceof BaoError) return null;
    throw error;
  }
}

/** Where a bucket goes on after the row of a primary id, from which the whole key of the index follows; null when it is none. */
export function positionAfter({ definition, tenant }: Walk, bucket: number, id: unknown): IndexKey | null {
  const key = typeof id === 'string' ? keyOfId(definition, tenant, id) : null;
  if (key === null || typeof id !== 'string') return null;
  return { ...key, _iter_pk: iterationPartition(definition, tenant, bucket), _iter_sk: id };
}

/** Whether a value is the key of the index for a row of the bucket. */
export function isPosition(value: unknown, walk: Walk, bucket: number): value is IndexKey {
  if (!isPlainObject(value) || Object.keys(value).length !== INDEX_KEY_FIELDS.length) return false;
  const position = positionAfter(walk, bucket, value['_iter_sk']);
  return position !== null && INDEX_KEY_FIELDS.every((name) => value[name] === position[name]);
}
