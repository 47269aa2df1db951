/** What the client has to know of each operation: whether it may be repeated, how many entries it takes, which keys it names. */
import type { StoreError } from './item-store.ts';
import type { AttributeMap, BatchGetItemInput, BatchWriteItemInput, OperationInput, OperationName } from './types.ts';

/** One operation with its input, as a union that a `switch` over `operation` narrows. */
export type OperationRequest = { [Op in OperationName]: { operation: Op; input: OperationInput<Op> } }[OperationName];

/** What DynamoDB does when it is asked the same thing twice. */
export type Repeatability =
  /** changes nothing */
  | 'read'
  /** a plain write: the second one may undo what someone else wrote in between */
  | 'once'
  /** a write with an idempotency token: applied once however often it is sent within ten minutes */
  | 'token';

/** Of every operation an `ItemStore` executes. */
export const REPEATABILITY: Readonly<Record<OperationName, Repeatability>> = {
  GetItem: 'read',
  BatchGetItem: 'read',
  Query: 'read',
  Scan: 'read',
  PutItem: 'once',
  UpdateItem: 'once',
  DeleteItem: 'once',
  BatchWriteItem: 'once',
  TransactGetItems: 'read',
  TransactWriteItems: 'token',
};

/** The most entries DynamoDB takes in one request (Developer Guide, Service quotas). */
const MAX_ENTRIES: Readonly<Partial<Record<OperationName, number>>> = {
  BatchGetItem: 100,
  BatchWriteItem: 25,
  TransactGetItems: 100,
  TransactWriteItems: 100,
};

/** Why a request with so many entries is refused, null when it is not. */
export function whyTooMany(operation: OperationName, entries: number): StoreError | null {
  const { [operation]: maxEntries = 1 } = MAX_ENTRIES;
  return entries > maxEntries ? tooManyEntries(operation, entries, maxEntries) : null;
}

function tooManyEntries(operation: string, entries: number, maxEntries: number): StoreError {
  return { code: 'invalid_request', message: `${operation}: expected at most ${maxEntries} entries, got ${entries}` };
}

/** How many rows a request names; a query or scan names none. */
export function countEntries(input: OperationInput<OperationName>): number {
  if ('RequestItems' in input) return countBatch(input.RequestItems);
  if ('TransactItems' in input) return input.TransactItems.length;
  return 'Key' in input || 'Item' in input ? 1 : 0;
}

/** How many keys or writes a batch has, of all its tables. */
export function countBatch(requestItems: BatchGetItemInput['RequestItems'] | BatchWriteItemInput['RequestItems']): number {
  let count = 0;
  for (const name of Object.keys(requestItems)) {
    const entries = requestItems[name] ?? [];
    count += 'Keys' in entries ? entries.Keys.length : entries.length;
  }
  return count;
}

/** The keys of a batch read, table after table. */
export function batchKeys(requestItems: BatchGetItemInput['RequestItems']): AttributeMap[] {
  return Object.values(requestItems).flatMap((table) => table.Keys);
}
