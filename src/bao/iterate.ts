/** All objects of an iterable model, through the buckets of the iteration index. */
import './iteration-keys.ts';
import { checkBatchSize, compileIndexFilter, readBucketPage } from './bucket-pages.ts';
import type { BucketPage, BucketQuery, SearchedAttributes } from './bucket-pages.ts';
import type { CallOptions } from './call-bounds.ts';
import { BaoError, ValidationError } from './errors.ts';
import type { Filter } from './filter.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { ModelDefinition } from './model-definition.ts';
import { leaveBehind, objectsNow, passObjects } from './passing-objects.ts';
import type { Passed } from './passing-objects.ts';
import { openSession } from './store-session.ts';
import { textHash } from './text-hash.ts';
import type { VisibilityOptions } from './visibility.ts';
import { beginning, walkHash } from './walk.ts';
import type { Walk } from './walk.ts';
import { readWalkCursor, writeWalkCursor } from './walk-cursor.ts';

export interface IterateOptions extends CallOptions, VisibilityOptions {
  /** rows of the index per page; default 100 */
  batchSize?: number;
  /** over the attributes that the iteration index has: `_searchText`, with `iter_search_index` */
  filter?: Filter<SearchedAttributes> | null;
  /** buckets that are read at the same time, of which each holds one page in memory; default 1: one after the other, in their order */
  concurrency?: number;
  /** goes on after the page that this cursor came with */
  cursor?: string | null;
}

/** A page of a walk. */
export interface IterationPage<Instance> {
  /** in the order of their primary ids; may be none, where a filter left none */
  items: Instance[];
  /** goes on after this page, with the same options; null when there is nothing more */
  cursor: string | null;
  bucket: number;
  /** buckets that are not at their end yet */
  bucketsLeft: number;
  /** rows DynamoDB looked at */
  scanned: number;
}

interface LoadedPage<Instance> extends Omit<BucketPage, 'hits'> {
  passed: Passed<Instance>[];
}

const DEFAULT_BATCH_SIZE = 100;
/** A walk is no search: the cursor of one is not good for the other. */
const ITERATION = 'iteration';

/** The objects of all buckets, a non-empty batch at a time. @throws as `iteratePages` */
export async function* iterateModel<Model extends ModelClass>(
  model: Model,
  options: IterateOptions = {},
): AsyncGenerator<Model['prototype'][]> {
  for await (const { items } of iteratePages(model, options)) if (items.length > 0) yield items;
}

/** The objects of one bucket in order of their ids, a non-empty batch at a time. @throws as `iteratePages`, BaoError for no bucket of the model */
export async function* iterateBucket<Model extends ModelClass>(
  model: Model,
  bucket: number,
  options: IterateOptions = {},
): AsyncGenerator<Model['prototype'][]> {
  const scope = [checkBucket(definitionOf(model), bucket)];
  for await (const { items } of walkBuckets(model, scope, options)) if (items.length > 0) yield items;
}

/**
 * The objects of all buckets page by page, each with the cursor that goes on after it. They are not remembered by the batch
 * context, nor is what is written to them: a walk over a large model takes the memory of its pages.
 *
 * @throws BaoError when the model is not iterable or the table lacks the index; QueryError for a filter that the index cannot answer,
 *   or a cursor of another walk; ServiceError when a page could not be read
 */
export function iteratePages<Model extends ModelClass>(
  model: Model,
  options: IterateOptions = {},
): AsyncGenerator<IterationPage<Model['prototype']>> {
  return walkBuckets(model, null, options);
}

/** All buckets of a model. @throws BaoError when it is not iterable */
export function bucketsOf({ iterationBuckets, name }: ModelDefinition): number[] {
  if (iterationBuckets === 0) throw new BaoError(`Model ${name} is not configured as iterable`, 'misconfigured');
  return Array.from({ length: iterationBuckets }, (_, bucket) => bucket);
}

/** @throws BaoError when the model is not iterable or has no such bucket */
export function checkBucket(definition: ModelDefinition, bucket: number): number {
  const buckets = bucketsOf(definition);
  if (buckets.includes(bucket)) return bucket;
  throw new BaoError(`Invalid bucket number ${bucket}. Must be 0-${buckets.length - 1}`, 'invalid_input');
}

async function* walkBuckets<Model extends ModelClass>(
  model: Model,
  scope: readonly number[] | null,
  options: IterateOptions,
): AsyncGenerator<IterationPage<Model['prototype']>> {
  const { batchSize = DEFAULT_BATCH_SIZE, filter = null, cursor = null } = options;
  const concurrency = checkConcurrency(options.concurrency ?? 1);
  const definition = definitionOf(model);
  const buckets = scope ?? bucketsOf(definition);
  const session = openSession(model, undefined, options);
  const query: BucketQuery = {
    batchSize: checkBatchSize(batchSize),
    filters: compileIndexFilter(definition, session.manager.getIterationIndexName(), filter),
  };
  const walk: Walk = {
    definition,
    tenant: session.tenant,
    scope: buckets,
    predicateHash: walkHash(
      definition,
      query.filters.length === 0 ? ITERATION : `${ITERATION} ${textHash(JSON.stringify(query.filters))}`,
      options,
    ),
    cursorKeys: session.manager.cursorKeys,
  };
  const state = cursor ? await readWalkCursor(cursor, walk) : beginning(walk);
  const { positions } = state;
  const load = async (bucket: number): Promise<LoadedPage<Model['prototype']>> => {
    const { hits, ...page } = await readBucketPage(session, definition, bucket, query, positions.get(bucket) ?? null);
    return { ...page, passed: await passObjects(model, session, hits) };
  };
  const waiting = [...positions.keys()];
  const loading = new Map<number, Promise<LoadedPage<Model['prototype']>>>();
  try {
    while (positions.size > 0) {
      for (const bucket of waiting.splice(0, concurrency - loading.size)) loading.set(bucket, load(bucket));
      const { bucket, passed, scanned, lastKey } = await Promise.race(loading.values());
      loading.delete(bucket);
      if (lastKey === null) positions.delete(bucket);
      else {
        positions.set(bucket, lastKey);
        waiting.unshift(bucket); // a bucket is walked to its end before another one begins
      }
      const next = await writeWalkCursor(walk, state);
      yield { items: objectsNow(session, passed, options), cursor: next, bucket, bucketsLeft: positions.size, scanned };
      leaveBehind(session, passed);
    }
  } finally {
    for (const page of loading.values()) page.catch(() => undefined); // the walk has ended: nobody waits for these any more
  }
}

function checkConcurrency(concurrency: unknown): number {
  if (Number.isInteger(concurrency) && Number(concurrency) >= 1) return Number(concurrency);
  throw new ValidationError('concurrency must be a positive integer.', 'concurrency', concurrency);
}
