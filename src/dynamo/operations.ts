/** What the client has to know of each operation: whether it may be repeated, how many entries it takes, which keys it names. */
import type {
  AttributeMap,
  BatchGetItemInput,
  BatchWriteItemInput,
  OperationInput,
  OperationName,
  TransactGetItemsInput,
  TransactWriteItemsInput,
} from './types.ts';

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

interface OperationFacts<Op extends OperationName> {
  repeatability: Repeatability;
  /** the most entries DynamoDB takes in one request */
  maxEntries: number;
  countEntries: (input: OperationInput<Op>) => number;
}

const one = () => 1;

/** The facts of every operation an `ItemStore` executes. Limits: DynamoDB Developer Guide, Service quotas. */
export const OPERATION_FACTS: { [Op in OperationName]: OperationFacts<Op> } = {
  GetItem: { repeatability: 'read', maxEntries: 1, countEntries: one },
  BatchGetItem: { repeatability: 'read', maxEntries: 100, countEntries: countBatchKeys },
  Query: { repeatability: 'read', maxEntries: 1, countEntries: () => 0 },
  Scan: { repeatability: 'read', maxEntries: 1, countEntries: () => 0 },
  PutItem: { repeatability: 'once', maxEntries: 1, countEntries: one },
  UpdateItem: { repeatability: 'once', maxEntries: 1, countEntries: one },
  DeleteItem: { repeatability: 'once', maxEntries: 1, countEntries: one },
  BatchWriteItem: { repeatability: 'once', maxEntries: 25, countEntries: countBatchWrites },
  TransactGetItems: { repeatability: 'read', maxEntries: 100, countEntries: (input) => countActions(input) },
  TransactWriteItems: { repeatability: 'token', maxEntries: 100, countEntries: (input) => countActions(input) },
};

/** The keys of a batch read, table after table. */
export function batchKeys(requestItems: BatchGetItemInput['RequestItems']): AttributeMap[] {
  return Object.values(requestItems).flatMap((table) => table.Keys);
}

function countBatchKeys(input: BatchGetItemInput): number {
  return Object.values(input.RequestItems).reduce((sum, table) => sum + table.Keys.length, 0);
}

function countBatchWrites(input: BatchWriteItemInput): number {
  return Object.values(input.RequestItems).reduce((sum, writes) => sum + writes.length, 0);
}

function countActions(input: TransactGetItemsInput | TransactWriteItemsInput): number {
  return input.TransactItems.length;
}
