/** All objects of an iterable model, bucket after bucket, through the iteration index. */
import type { AttributeMap } from '../dynamo/types.ts';
import { ITERATION_PK_FIELD } from './constants.ts';
import { BaoError } from './errors.ts';
import { instanceOf } from './find.ts';
import { iterationPartition, keyOfRow, rowIdentity } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { readRows } from './read-rows.ts';
import { storeException } from './store-errors.ts';
import { openSession } from './store-session.ts';

export interface IterateOptions {
  /** rows of the index per page; default 100 */
  batchSize?: number;
}

const DEFAULT_BATCH_SIZE = 100;

/** The objects of all buckets in their order, a non-empty batch at a time. @throws BaoError when the model is not iterable */
export async function* iterateModel<Model extends ModelClass>(
  model: Model,
  options: IterateOptions = {},
): AsyncGenerator<Model['prototype'][]> {
  for (let bucket = 0; bucket < bucketsOf(model); bucket += 1) yield* iterateBucket(model, bucket, options);
}

/**
 * The objects of one bucket in order of their ids, a non-empty batch at a time. They are not remembered by the batch context:
 * a walk over a large model would keep it all in memory.
 *
 * @throws BaoError when the model is not iterable or has no such bucket
 */
export async function* iterateBucket<Model extends ModelClass>(
  model: Model,
  bucket: number,
  options: IterateOptions = {},
): AsyncGenerator<Model['prototype'][]> {
  const definition = definitionOf(model);
  const buckets = bucketsOf(model);
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= buckets)
    throw new BaoError(`Invalid bucket number ${bucket}. Must be 0-${buckets - 1}`, 'invalid_input');
  const session = openSession(model);
  let startKey: AttributeMap | undefined;
  do {
    const result = await session.execute('Query', {
      TableName: session.tableName,
      IndexName: session.manager.getIterationIndexName(),
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': ITERATION_PK_FIELD },
      ExpressionAttributeValues: { ':pk': { S: iterationPartition(definition, session.tenant, bucket) } },
      Limit: options.batchSize ?? DEFAULT_BATCH_SIZE,
      ...(startKey ? { ExclusiveStartKey: startKey } : {}),
    });
    if (!result.ok) throw storeException(result.error);
    const keys = (result.output.Items ?? []).map(keyOfRow);
    const rows = await readRows(session, keys);
    const batch: Model['prototype'][] = [];
    for (const key of keys) {
      const read = rows.get(rowIdentity(key));
      if (read instanceof Error) throw read;
      if (read?.row) batch.push(instanceOf(model, session, read.row)); // deleted since the index saw it, if not
    }
    if (batch.length > 0) yield batch;
    startKey = result.output.LastEvaluatedKey;
  } while (startKey);
}

function bucketsOf(model: ModelClass): number {
  const { iterationBuckets, name } = definitionOf(model);
  if (iterationBuckets === 0) throw new BaoError(`Model ${name} is not configured as iterable`, 'misconfigured');
  return iterationBuckets;
}
