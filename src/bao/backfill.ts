/**
 * Brings the stored rows of a model up to date: rows of earlier versions are written as today's, keys of indexes that the model has gained
 * are filled in, and a function of the caller may change objects. It can be ended and taken up again at any page.
 */
import type { AttributeMap } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import type { CallOptions } from './call-bounds.ts';
import { PARTITION_KEY_FIELD } from './constants.ts';
import { fromBase64Url, toBase64Url } from '../lib/sealed-text.ts';
import { ItemNotFoundError, QueryError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { instanceOf } from './objects-of-rows.ts';
import { keyAttributeMap, keyOfRow, partsOfRowKey, rowPartitions } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { writeRow } from './row-writer.ts';
import { storeException } from './store-errors.ts';
import { isOutdated } from './schema-versions.ts';
import { prepareChange } from './update-row.ts';
import { openTarget } from './write-target.ts';
import type { WriteTarget } from './write-target.ts';

export interface BackfillOptions<Instance = object> extends CallOptions {
  /** goes on after the page that this cursor came with */
  cursor?: string | null;
  /** changes one object, as `update` takes them; null leaves it. Without it only what the model itself asks for is written */
  change?: (object: Instance) => object | null | Promise<object | null>;
  /** recomputes every index key and the search text of every row; default false */
  reindex?: boolean;
  /** rows of any model that one request looks at; default 100 */
  batchSize?: number;
  /** writes under way at the same time; default 8 */
  concurrency?: number;
  /** the part of the table that this walk reads, so that several can share the work: `index` from 0, of `total` */
  segment?: { index: number; total: number };
  /** looks and counts, and writes nothing */
  dryRun?: boolean;
}

/** What became of one page of rows. */
export interface BackfillPage {
  /** goes on after this page; null when it was the last one */
  cursor: string | null;
  /** rows of the model on the page */
  seen: number;
  /** rows that were written, or with `dryRun` would be */
  written: number;
  /** rows of earlier versions of the model among them */
  outdated: number;
}

const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_CONCURRENCY = 8;

/**
 * Walks over every row of the model and of the tenant of the running code, expired and softly deleted ones included, and writes those that
 * have to be. The whole table is read for it. Each row is written under the condition that it still is as it was read; hooks of plugins do
 * not run. A page counts as done when it is yielded: who takes up its cursor misses nothing, whatever came later.
 *
 * @throws QueryError for options or a cursor that are none, ServiceError when the store fails, and what `change` and upcasters throw
 */
export async function* backfill<Model extends ModelClass>(
  model: Model,
  options: BackfillOptions<Model['prototype']> = {},
): AsyncGenerator<BackfillPage> {
  const target = openTarget(model, options);
  const concurrency = wholeNumber('concurrency', options.concurrency ?? DEFAULT_CONCURRENCY);
  const walk = walkOf(target, options);
  for (let start = readCursor(walk, options.cursor ?? null); ;) {
    const page = await readPage(target, walk, start);
    const outdated = page.rows.filter((row) => isOutdated(target.definition, row)).length;
    let written = 0;
    for (let at = 0; at < page.rows.length; at += concurrency) {
      const done = await Promise.all(page.rows.slice(at, at + concurrency).map((row) => bringUpToDate(target, row, options)));
      written += done.filter(Boolean).length;
    }
    yield { cursor: page.next && writeCursor(walk, page.next), seen: page.rows.length, written, outdated };
    if (page.next === null) return;
    start = page.next;
  }
}

/** What a walk covers; a cursor is good for the same walk only. */
interface Walk {
  model: string;
  tenant: string | null;
  segment: { index: number; total: number };
  batchSize: number;
}

function walkOf(
  { definition, session }: WriteTarget,
  { segment = { index: 0, total: 1 }, batchSize = DEFAULT_BATCH_SIZE }: Pick<BackfillOptions, 'segment' | 'batchSize'>,
): Walk {
  wholeNumber('segment.total', segment.total);
  if (!Number.isInteger(segment.index) || segment.index < 0 || segment.index >= segment.total)
    throw new QueryError(`segment.index: expected a whole number from 0 to ${segment.total - 1}, got ${describeValue(segment.index)}`);
  return { model: definition.prefix, tenant: session.tenant, segment, batchSize: wholeNumber('batchSize', batchSize) };
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new QueryError(`${name}: expected a whole number from 1, got ${describeValue(value)}`);
}

async function readPage(
  { definition, session }: WriteTarget,
  { segment, batchSize }: Walk,
  start: RowKey | null,
): Promise<{ rows: AttributeMap[]; next: RowKey | null }> {
  const placeholders = new Placeholders();
  const { text, isWhole } = rowPartitions(definition, session.tenant);
  const partition = placeholders.name(PARTITION_KEY_FIELD);
  const value = placeholders.text(text);
  const input = {
    TableName: session.tableName,
    ConsistentRead: true,
    Limit: batchSize,
    ...(start === null ? {} : { ExclusiveStartKey: keyAttributeMap(start) }),
    ...placeholders.toInput(),
  };
  // Models that share one partition need no scan; it is no part of a segment, so the first one has it.
  if (isWhole && segment.index > 0) return { rows: [], next: null };
  const result = isWhole
    ? await session.execute('Query', { ...input, KeyConditionExpression: `${partition} = ${value}` }, { read: 'strong' })
    : await session.execute(
        'Scan',
        { ...input, FilterExpression: `begins_with(${partition}, ${value})`, Segment: segment.index, TotalSegments: segment.total },
        { read: 'strong' },
      );
  if (!result.ok) throw storeException(result.error);
  const { Items: rows = [], LastEvaluatedKey: last } = result.output;
  return { rows, next: last === undefined ? null : keyOfRow(last) };
}

/** Whether the row had to be written. */
async function bringUpToDate<Model extends ModelClass>(
  target: WriteTarget<Model>,
  row: AttributeMap,
  { change, reindex = false, dryRun = false }: BackfillOptions<Model['prototype']>,
): Promise<boolean> {
  const { definition, session } = target;
  const changes = change ? await change(instanceOf(target.model, session, row)) : null;
  if (changes === null && !reindex && !isOutdated(definition, row)) return false;
  if (dryRun) return true;
  const parts = partsOfRowKey(definition, session.tenant, keyOfRow(row));
  const options = { forceReindex: reindex, includeDeleted: true, includeExpired: true };
  const write = prepareChange(target, { parts, values: { ...changes }, loadedValues: {} }, options, row);
  try {
    await writeRow(write);
    session.rows?.forget(write.key);
    return true;
  } catch (error) {
    if (error instanceof ItemNotFoundError) return false; // deleted since it was read
    throw error;
  }
}

/** Keys are no secret of who runs a backfill; what a cursor says is checked before it is used. */
function writeCursor({ model, tenant, segment }: Walk, { _pk, _sk }: RowKey): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([model, tenant, segment.index, segment.total, _pk, _sk])));
}

function readCursor({ model, tenant, segment }: Walk, cursor: string | null): RowKey | null {
  if (cursor === null) return null;
  const [ofModel, ofTenant, index, total, _pk, _sk, ...rest] = partsOfCursor(cursor);
  const isOurs = ofModel === model && ofTenant === tenant && index === segment.index && total === segment.total && rest.length === 0;
  if (isOurs && typeof _pk === 'string' && typeof _sk === 'string') return { _pk, _sk };
  throw new QueryError('cursor: expected the cursor of a backfill of the same model, tenant and segment', null, null, 'invalid_cursor');
}

function partsOfCursor(cursor: string): unknown[] {
  const bytes = fromBase64Url(cursor);
  try {
    const parts: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return []; // no text of ours
  }
}
