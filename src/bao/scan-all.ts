/** All objects of a model by reading the whole table, in segments side by side: for models that no index lists. */
import type { AttributeMap, ScanInput } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import { checkBatchSize } from './bucket-pages.ts';
import type { CallOptions } from './call-bounds.ts';
import { PARTITION_KEY_FIELD } from './constants.ts';
import { QueryError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { instanceOf } from './objects-of-rows.ts';
import { rowPartitions } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { ConditionOf, FieldNameOf, InstanceOf } from './model-types.ts';
import { projectedAttributes, projectionExpression } from './projection.ts';
import { storeException } from './store-errors.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import { isVisible } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

export interface ScanOptions<Condition = unknown, FieldName extends PropertyKey = string> extends CallOptions, VisibilityOptions {
  /** parts of the table that are read at the same time, 1 to 64; default 4 */
  segments?: number;
  /** rows of any model that one request looks at; default: as many as 1 MB holds */
  batchSize?: number;
  filter?: Condition | null;
  /** sees every write acknowledged before it, at twice the cost */
  consistent?: boolean;
  /** reads these fields only; key fields always come along. Such objects can be read, not saved */
  fields?: readonly FieldName[];
}

const DEFAULT_SEGMENTS = 4;
const MAX_SEGMENTS = 64;

/**
 * Every object of a model, a non-empty batch at a time, in no order. It reads, and pays for, every row of the table, those of other
 * models and tenants included: an iterable model has `iterateAll` for it. At most one batch of each segment is in memory.
 *
 * @throws QueryError for segments, filter or fields that are none; ServiceError when the store fails
 */
export function scanAll<Model extends ModelClass>(
  model: Model,
  options: ScanOptions<ConditionOf<Model>, FieldNameOf<Model>> = {},
): AsyncGenerator<InstanceOf<Model>[]> {
  const { filter = null, ...others } = options;
  return scanModel(model, { ...others, filter }) as AsyncGenerator<InstanceOf<Model>[]>; // rows of the model become its objects
}

/** The same for models whose types are not known. */
export async function* scanModel<Model extends ModelClass>(model: Model, options: ScanOptions = {}): AsyncGenerator<Model['prototype'][]> {
  const { segments = DEFAULT_SEGMENTS, signal } = options;
  if (!Number.isInteger(segments) || segments < 1 || segments > MAX_SEGMENTS)
    throw new QueryError(`segments: expected a whole number from 1 to ${MAX_SEGMENTS}, got ${describeValue(segments)}`);
  const left = new AbortController();
  const session = openSession(model, undefined, { ...options, signal: AbortSignal.any([left.signal, ...(signal ? [signal] : [])]) });
  const definition = definitionOf(model);
  const input = scanInput(definition, session, options);
  const reading = new Map<number, Promise<SegmentPage>>();
  const read = (segment: number, start: AttributeMap | null): void => {
    const page = readSegment(session, {
      ...input,
      Segment: segment,
      TotalSegments: segments,
      ...(start ? { ExclusiveStartKey: start } : {}),
    });
    page.catch(() => undefined); // whoever waits for it sees it fail; nobody may, when the caller has stopped
    reading.set(segment, page);
  };
  try {
    for (let segment = 0; segment < segments; segment += 1) read(segment, null);
    while (reading.size > 0) {
      const { segment, rows, next } = await Promise.race(reading.values());
      if (next === null) reading.delete(segment);
      else read(segment, next);
      const shown = rows.filter((row) => isVisible(definition, row, options));
      const batch = shown.map((row) => instanceOf(model, session, row, options.fields !== undefined));
      if (batch.length > 0) yield batch;
    }
  } finally {
    left.abort();
  }
}

interface SegmentPage {
  segment: number;
  rows: AttributeMap[];
  next: AttributeMap | null;
}

async function readSegment(session: StoreSession, input: ScanInput & { Segment: number }): Promise<SegmentPage> {
  const result = await session.execute('Scan', input);
  if (!result.ok) throw storeException(result.error);
  const { Items: rows = [], LastEvaluatedKey: next = null } = result.output;
  return { segment: input.Segment, rows, next };
}

function scanInput(definition: ModelDefinition, session: StoreSession, options: ScanOptions): ScanInput {
  const placeholders = new Placeholders();
  const { text, isWhole } = rowPartitions(definition, session.tenant);
  const partition = placeholders.name(PARTITION_KEY_FIELD);
  const ofModel = isWhole ? `${partition} = ${placeholders.text(text)}` : `begins_with(${partition}, ${placeholders.text(text)})`;
  const filter = options.filter === null || options.filter === undefined ? null : compileFilter(definition, options.filter, placeholders);
  const attributes = options.fields && projectedAttributes(definition, options.fields, options.only);
  const projection = attributes && projectionExpression(attributes, placeholders);
  return {
    TableName: session.tableName,
    FilterExpression: filter === null ? ofModel : `${ofModel} AND ${filter}`,
    ...(projection === undefined ? {} : { ProjectionExpression: projection }),
    ...(options.batchSize === undefined ? {} : { Limit: checkBatchSize(options.batchSize) }),
    ...(options.consistent ? { ConsistentRead: true } : {}),
    ...placeholders.toInput(),
  };
}
