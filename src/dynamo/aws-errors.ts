/** DynamoDB's exceptions in our words: the code of each, and whether the request surely had no effect. */
import type { StoreError, StoreErrorCode } from './item-store.ts';
import type { AttributeMap, CancellationReason } from './types.ts';

/**
 * Why a failed request may be worth sending again.
 * `throttled` and `conflict`: DynamoDB refused it, nothing was applied. `server`, `network`, `timeout`: nobody knows.
 */
export type TransientFailure = 'throttled' | 'conflict' | 'server' | 'network' | 'timeout';

/** A failed request: the error, and why another try may succeed (null: it would fail again). */
export interface Refusal {
  error: StoreError;
  transient: TransientFailure | null;
}

/** How long a caller had better wait before it asks again, once our own retries have failed. */
export const RETRY_AFTER_MS = 1_000;

/** What an exception says: its code, and why another try may succeed. */
type Meaning = readonly [StoreErrorCode, TransientFailure | null];

/**
 * By the names of exceptions, and of the reasons of cancelled transactions: all that DynamoDB documents for the operations we use, and the
 * common ones of AWS's JSON protocol. The first one that fits counts.
 */
const BY_NAME: readonly (readonly [RegExp, ...Meaning])[] = [
  [/^ConditionalCheckFailed/, 'condition_failed', null],
  [/^TransactionCanceled/, 'transaction_cancelled', null],
  [/Conflict|^TransactionInProgress/, 'transaction_conflict', 'conflict'],
  [/^IdempotentParameterMismatch/, 'idempotency_mismatch', null],
  [/^Throttling|^ProvisionedThroughputExceeded|^RequestLimitExceeded/, 'throttled', 'throttled'],
  [/^Internal(Server|Failure)|^ServiceUnavailable/, 'unavailable', 'server'],
  [/^ResourceNotFound/, 'table_not_found', null],
  [/^AccessDenied|^ExpiredToken|Signature|^MissingAuthentication|^UnrecognizedClient/, 'access_denied', null],
];

/** DynamoDB names an item of more than 400 KB only in the words of its ValidationException, for a put and for an update. */
const ITEM_TOO_LARGE = /^Item size (to update )?has exceeded the maximum allowed size/;
/** And so a transaction of more than 4 MB: one that writes, one that reads as DynamoDB Local has it. */
const TRANSACTION_TOO_LARGE = /\b4 ?MB\b|^Payload in response is too large/;

/** What an answer of an error status says. An unknown exception counts by its status: 429 throttled, 5xx unavailable, else a wrong request. */
export function readRefusal(operation: string, status: number, body: string): Refusal {
  const answer = parseError(body);
  const awsName = answer.name ?? `HTTP ${status}`;
  const [code, transient] = byName(answer.name ?? '') ?? byStatus(status);
  const error: StoreError = { code, message: `${operation}: ${awsName}: ${answer.message}`, awsName };
  if (code === 'throttled' || code === 'unavailable') error.retryAfterMs = RETRY_AFTER_MS;
  if (code === 'condition_failed' && answer.item !== undefined) error.item = answer.item;
  if (code === 'invalid_request') error.code = tooLarge(answer.message) ?? code;
  if (code === 'transaction_cancelled') return cancelled(error, answer.reasons);
  return { error, transient };
}

function byName(name: string): Meaning | null {
  const [, ...meaning] = BY_NAME.find(([pattern]) => pattern.test(name)) ?? [];
  return meaning.length === 0 ? null : meaning;
}

function byStatus(status: number): Meaning {
  if (status === 429) return ['throttled', 'throttled'];
  return status >= 400 && status < 500 ? ['invalid_request', null] : ['unavailable', 'server'];
}

function cancelled(error: StoreError, reasons: CancellationReason[]): Refusal {
  error.reasons = reasons;
  const failed = reasons.filter((reason) => reason.Code !== 'None');
  const transients = failed.map(({ Code }) => byName(Code)?.[1] ?? null);
  if (failed.length === 0 || transients.includes(null)) {
    error.code = failed.map(({ Message = '' }) => tooLarge(Message)).find((code) => code !== null) ?? error.code;
    return { error, transient: null };
  }
  const transient = transients.includes('throttled') ? 'throttled' : 'conflict';
  error.code = transient === 'throttled' ? 'throttled' : 'transaction_conflict';
  error.retryAfterMs = RETRY_AFTER_MS;
  return { error, transient };
}

function tooLarge(message: string): 'item_too_large' | 'transaction_too_large' | null {
  if (ITEM_TOO_LARGE.test(message)) return 'item_too_large';
  return TRANSACTION_TOO_LARGE.test(message) ? 'transaction_too_large' : null;
}

interface ErrorAnswer {
  name: string | undefined;
  message: string;
  item: AttributeMap | undefined;
  reasons: CancellationReason[];
}

function parseError(body: string): ErrorAnswer {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = null;
  }
  if (typeof json !== 'object' || json === null) return { name: undefined, message: body.slice(0, 200), item: undefined, reasons: [] };
  // The shape of an AWS JSON 1.0 error; each field is checked or only passed on.
  const fields = json as {
    __type?: unknown;
    message?: unknown;
    Message?: unknown;
    Item?: AttributeMap;
    CancellationReasons?: CancellationReason[];
  };
  const type = typeof fields.__type === 'string' ? fields.__type : undefined;
  return {
    // "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", at times followed by ":http://…"
    name: type?.slice(type.indexOf('#') + 1).split(':')[0],
    message: [fields.message, fields.Message].find((text) => typeof text === 'string') ?? 'no message',
    item: fields.Item,
    reasons: Array.isArray(fields.CancellationReasons) ? fields.CancellationReasons : [],
  };
}
