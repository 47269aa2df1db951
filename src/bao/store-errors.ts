/** Failures of the store as exceptions. Conditions that do not hold are handled where they are set; everything else ends here. */
import type { StoreError, StoreErrorCode } from '../dynamo/item-store.ts';
import type { CancellationReason } from '../dynamo/types.ts';
import { ServiceError } from '../lib/errors.ts';
import type { ErrorCode, ServiceErrorOptions } from '../lib/errors.ts';

const ERRORS: Readonly<Record<StoreErrorCode, readonly [ErrorCode, string]>> = {
  throttled: ['throttled', 'DynamoDB is throttling'],
  transaction_conflict: ['throttled', 'Another transaction holds the item'],
  unavailable: ['unavailable', 'The store cannot be reached'],
  moved: ['unavailable', 'The store has moved'],
  deadline_exceeded: ['deadline_exceeded', 'The store did not answer in time'],
  read_only: ['tenant_read_only', 'An operator has made the tenant read-only; it can be read as ever'],
  aborted: ['deadline_exceeded', 'The operation was aborted'],
  outcome_unknown: ['outcome_unknown', 'Whether the write was applied is not known'],
  item_too_large: ['item_too_large', 'The item is larger than the 400 KB that DynamoDB takes'],
  transaction_too_large: ['transaction_too_large', 'The items of the transaction have more than the 4 MB that DynamoDB takes'],
  access_denied: ['misconfigured', 'The store refuses access'],
  table_not_found: ['misconfigured', 'The table does not exist'],
  condition_failed: ['precondition_failed', 'The condition does not hold'],
  transaction_cancelled: ['conflict', 'The transaction was cancelled'],
  idempotency_mismatch: ['internal', 'A request token was used for another request'],
  invalid_request: ['internal', 'DynamoDB refused the request'],
};

/**
 * A failure of the store. It is told by `code`; the other properties are those that dynamo-bao and the AWS SDK give, for programs that
 * look at them: `name` is DynamoDB's exception.
 */
class StoreFailure extends ServiceError {
  readonly statusCode: number | undefined;
  readonly $metadata: { httpStatusCode: number | undefined };
  readonly CancellationReasons: readonly CancellationReason[] | undefined;

  constructor(code: ErrorCode, message: string, error: StoreError, options: ServiceErrorOptions) {
    super(code, message, options);
    const { awsName, reasons } = error;
    if (awsName !== undefined) this.name = awsName;
    this.statusCode = awsName === undefined ? undefined : error.code === 'unavailable' ? 500 : 400;
    this.$metadata = { httpStatusCode: this.statusCode };
    this.CancellationReasons = reasons;
  }
}

/** The exception of a failure; its cause holds DynamoDB's own words. */
export function storeException(error: StoreError): ServiceError {
  const [code, message] = ERRORS[error.code];
  const cause = new Error(error.message);
  cause.name = error.awsName ?? error.code;
  return new StoreFailure(code, message, error, {
    cause,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

/** Why the actions of a cancelled transaction failed; none for any other failure. */
export function cancellationReasons(error: StoreError): readonly CancellationReason[] {
  return error.code === 'transaction_cancelled' ? (error.reasons ?? []) : [];
}
