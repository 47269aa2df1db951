/** The one interface between models and storage. `DynamoClient` and the tenant's object both implement it; a model cannot tell which one it has. */
import type { AttributeMap, CancellationReason, OperationInput, OperationName, OperationOutput } from './types.ts';

/**
 * How fresh a read has to be:
 * `strong` sees every write acknowledged before it, `session` at least what `version` names, `eventual` whatever is at hand.
 */
export type ReadConsistency = 'strong' | 'session' | 'eventual';

/** What a caller says of one operation besides its input. Everything but `signal` crosses RPC. */
export interface OperationContext {
  /** the `traceparent` of the request that it is for, when its trace is recorded */
  trace?: string;
  /** those of other requests that it is for, too */
  links?: readonly string[];
  /** time left for this operation, in milliseconds; default 10,000 */
  deadlineMs?: number;
  /** aborts on this side only: an AbortSignal does not cross a Durable Object call */
  signal?: AbortSignal;
  /** default: `strong` when the input says ConsistentRead, else `eventual` */
  read?: ReadConsistency;
  /** the version token of an earlier answer, for `session` reads */
  version?: string;
  /** who asks, for fairness between callers of one tenant */
  caller?: string;
  /** `interactive` (default) goes before `batch`, `batch` before `prefetch` */
  priority?: 'interactive' | 'batch' | 'prefetch';
  /** a batch read that may not show half of a transaction */
  atomic?: boolean;
  /** ask DynamoDB itself, and neither read nor fill the cache */
  bypassCache?: boolean;
  /**
   * Names a write for its caller, in 1 to 36 characters: with the same contents it is applied once, however often it is sent within ten minutes, and so
   * it is repeated when its outcome is unknown. PutItem, UpdateItem and DeleteItem then go as a transaction of one item, at twice the price, and have
   * no ReturnValues but ALL_OLD and ALL_NEW (a put none); TransactWriteItems takes it as its ClientRequestToken. Other operations ignore it.
   */
  idempotencyToken?: string | undefined;
}

/** `hit`: answered from memory; `miss`: DynamoDB was asked; `partial`: some keys of a batch were; `bypass`: an operation that is not cached. */
export type CacheState = 'hit' | 'miss' | 'partial' | 'bypass';

/** What one operation cost. Calls that several operations share are counted by the one that caused them. */
export interface OperationMeta {
  cache: CacheState;
  /** HTTP requests to DynamoDB */
  calls: number;
  /** keys that DynamoDB was asked for */
  keys: number;
  readUnits: number;
  writeUnits: number;
  /** names the state this answer saw; pass it back as `version` */
  version?: string;
  /** all of the answer is as it was in that state, not before; only of answers from memory */
  isOfVersion?: true;
  /** answered by the caller's own isolate, in the bounds of the context's `version` */
  isOfIsolate?: true;
  /**
   * DynamoDB could not be asked, and the oldest row of the answer is what it was so long after its cache time (stale-if-error): other writers may
   * have changed it since, the store's own have not
   */
  staleMs?: number;
}

/** Why an operation failed. Decide by it; docs/design/tenant-store.md says which may be repeated. */
export type StoreErrorCode =
  | 'condition_failed'
  | 'transaction_cancelled'
  | 'transaction_conflict'
  | 'invalid_request'
  | 'item_too_large'
  | 'transaction_too_large'
  | 'throttled'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'aborted'
  | 'outcome_unknown'
  | 'access_denied'
  | 'table_not_found'
  | 'idempotency_mismatch'
  | 'read_only'
  | 'moved';

/** Why an operation failed, as a plain value that survives RPC. */
export interface StoreError {
  code: StoreErrorCode;
  /** for logs and developers; may hold DynamoDB's own words, so it never goes to a client as it is */
  message: string;
  /** DynamoDB's exception name, e.g. "ProvisionedThroughputExceededException" */
  awsName?: string;
  retryAfterMs?: number;
  /** the row that made the condition fail, when it was asked for with ReturnValuesOnConditionCheckFailure */
  item?: AttributeMap;
  /** one per action of a cancelled transaction */
  reasons?: CancellationReason[];
  /** of a write that was refused when it was sent again: an earlier sending got no answer and, if it arrives late, may be applied */
  mayBeApplied?: true;
  /** of `moved`: how the tenant's keys are divided now, where that is known */
  division?: { epoch: number; shards: number };
  /** the keys of a batch that could not be read; they are not "not found" */
  keys?: AttributeMap[];
}

/**
 * The answer to one operation. A failure is a value, so that a batch reports per operation.
 * A BatchGetItem that read only some of its keys fails with `throttled` and `keys`, and still carries `output` with what it did read.
 */
export type OperationResult<Op extends OperationName> =
  | { ok: true; output: OperationOutput<Op>; meta: OperationMeta }
  | { ok: false; error: StoreError; output?: OperationOutput<Op>; meta: OperationMeta };

/** What executes operations of DynamoDB: DynamoDB itself, or a tenant's object in front of it. Models cannot tell which. */
export interface ItemStore {
  /**
   * Executes one operation of DynamoDB.
   *
   * Never throws for what DynamoDB or the network answers: that is the result's `error`. Retries what is safe to repeat
   * within `context.deadlineMs`; a plain write whose outcome is unknown is not sent again (`outcome_unknown`).
   *
   * @throws TypeError when the operation is not one of `OperationName`
   */
  execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context?: OperationContext): Promise<OperationResult<Op>>;
}
