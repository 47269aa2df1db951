/** Which shard an operation goes to, or which part of it to which. */
import { parseKeyCondition } from '../../../dynamo/expressions/parse-query.ts';
import type { StoreError } from '../../../dynamo/item-store.ts';
import type { TableProfile } from '../../../dynamo/table-profile.ts';
import type {
  AttributeMap,
  BatchGetItemInput,
  BatchWriteItemInput,
  OperationInput,
  OperationName,
  QueryInput,
  WriteRequest,
} from '../../../dynamo/types.ts';
import { textOf } from '../item-key.ts';
import { rowOfAction } from '../write-targets.ts';
import { shardOf } from './division.ts';

/** By shard: the part of a batch, or all of an operation. */
export type Parts<Input> = ReadonlyMap<number, Input>;

type Profile = Pick<TableProfile, 'key' | 'indexes'>;

/** @param isAtomic a batch read that is not to be taken apart */
export function partsOf<Op extends OperationName>(
  operation: Op,
  input: OperationInput<Op>,
  { profile, shards, isAtomic }: { profile: Profile; shards: number; isAtomic: boolean },
): Parts<OperationInput<Op>> {
  const of = (row: AttributeMap) => shardOf(textOf(row[profile.key.partitionKey]) ?? '', shards);
  // Of the operation whose input this is.
  const parts = partsOfInput(operation, input, of, { profile, shards, isAtomic });
  return parts as Parts<OperationInput<Op>>;
}

/** Why a batch is refused that writes a row twice, null when it does not. */
export function whyNotDistinct(operation: OperationName, input: unknown, { key }: Profile): StoreError | null {
  if (operation !== 'BatchWriteItem') return null;
  const { RequestItems } = input as BatchWriteItemInput; // of this operation
  const names = Object.entries(RequestItems).flatMap(([table, requests]) =>
    requests.map((request) => {
      const row = rowOfRequest(request);
      return JSON.stringify([table, row[key.partitionKey], row[key.sortKey]]);
    }),
  );
  if (new Set(names).size === names.length) return null;
  return { code: 'invalid_request', message: 'BatchWriteItem: expected each row once' };
}

function rowOfRequest(request: WriteRequest): AttributeMap {
  return 'PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key;
}

function partsOfInput(
  operation: OperationName,
  input: unknown,
  of: (row: AttributeMap) => number,
  { profile, shards, isAtomic }: { profile: Profile; shards: number; isAtomic: boolean },
): Parts<unknown> {
  switch (operation) {
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return whole(of((input as OperationInput<'GetItem'>).Key), input);
    case 'PutItem':
      return whole(of((input as OperationInput<'PutItem'>).Item), input);
    case 'BatchGetItem': {
      const batch = input as BatchGetItemInput;
      const keys = Object.values(batch.RequestItems).flatMap(({ Keys }) => Keys);
      return isAtomic ? whole(lowest(keys.map(of)), input) : partsOfReads(batch, of);
    }
    case 'BatchWriteItem':
      return partsOfWrites(input as BatchWriteItemInput, of);
    case 'TransactGetItems':
      return whole(lowest((input as OperationInput<'TransactGetItems'>).TransactItems.map(({ Get }) => of(Get.Key))), input);
    case 'TransactWriteItems': {
      const { TransactItems } = input as OperationInput<'TransactWriteItems'>;
      return whole(lowest(TransactItems.map((action) => of(rowOfAction(action).attributes))), input);
    }
    case 'Query':
      return whole(shardOfQuery(input as QueryInput, profile, shards), input);
    case 'Scan':
      return whole(0, input);
  }
}

/** A partition of an index has no shard: one is chosen by it, so that all of them have some. */
function shardOfQuery(input: QueryInput, { key, indexes }: Profile, shards: number): number {
  const keys = input.IndexName === undefined ? key : Object.hasOwn(indexes, input.IndexName) ? indexes[input.IndexName] : undefined;
  const condition = keys === undefined || typeof input.KeyConditionExpression !== 'string' ? null : parseKeyCondition(input, keys);
  return condition === null ? 0 : shardOf(condition.partition, shards);
}

function partsOfReads({ RequestItems }: BatchGetItemInput, of: (row: AttributeMap) => number): Parts<BatchGetItemInput> {
  const parts = new Map<number, BatchGetItemInput>();
  for (const [table, request] of Object.entries(RequestItems)) {
    for (const [shard, Keys] of Map.groupBy(request.Keys, of)) {
      const part = parts.get(shard) ?? { RequestItems: {} };
      part.RequestItems[table] = { ...request, Keys };
      parts.set(shard, part);
    }
  }
  return parts.size === 0 ? whole(0, { RequestItems }) : parts;
}

function partsOfWrites({ RequestItems }: BatchWriteItemInput, of: (row: AttributeMap) => number): Parts<BatchWriteItemInput> {
  const parts = new Map<number, BatchWriteItemInput>();
  const ofRequest = (request: WriteRequest) => of(rowOfRequest(request));
  for (const [table, requests] of Object.entries(RequestItems)) {
    for (const [shard, ofShard] of Map.groupBy(requests, ofRequest)) {
      const part = parts.get(shard) ?? { RequestItems: {} };
      part.RequestItems[table] = ofShard;
      parts.set(shard, part);
    }
  }
  return parts.size === 0 ? whole(0, { RequestItems }) : parts;
}

function whole<Input>(shard: number, input: Input): Parts<Input> {
  return new Map([[shard, input]]);
}

/** The shard that answers for a row of each has to be the same for equal contents, as tokens are remembered there. */
function lowest(shards: readonly number[]): number {
  return shards.length === 0 ? 0 : Math.min(...shards);
}
