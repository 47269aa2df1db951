/** Idempotency keys: the interface between the routes that ask for them and the tenant's object that remembers them. */

/** Longest key a caller may choose, in UTF-16 code units. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;
/** Longest fingerprint of a request; a SHA-256 in hex or base64 fits. */
export const MAX_IDEMPOTENCY_FINGERPRINT_LENGTH = 128;
/** Largest response that is remembered, in UTF-8 bytes. */
export const MAX_IDEMPOTENCY_RESPONSE_BYTES = 64 * 1024;

/** The key of a row as DynamoDB's JSON has it, "_pk" and "_sk". */
export type WrittenRow = Record<string, { S: string }>;

/**
 * What a claim found:
 * `claimed` the caller runs the request, with `token` as the idempotency token of its one write, and completes, releases or doubts the key;
 * `in_progress` another request with the same key and fingerprint runs now;
 * `done` it ran, and `response` is what was answered;
 * `applied` its write was applied and its answer is lost: the caller makes it up from the rows, in the order of the write's actions, and completes the key;
 * `in_doubt` nobody knows yet whether its write was applied; another claim may find out;
 * `mismatch` the key belongs to another request (the fingerprints differ);
 * `lost` it was started, and what became of it is not known any more: it is not run again.
 */
export type IdempotencyClaim =
  | { state: 'claimed'; token: string }
  | { state: 'in_progress'; retryAfterMs: number }
  | { state: 'done'; response: string }
  | { state: 'applied'; rows: readonly WrittenRow[] }
  | { state: 'in_doubt'; retryAfterMs: number }
  | { state: 'mismatch' }
  | { state: 'lost' };

/** The idempotency keys of one tenant. Keys are kept for 24 hours; of a claim that has not ended within 60 seconds the next one asks what became of it. */
export interface IdempotencyKeys {
  /**
   * Claims `key` for the request with this `fingerprint`. Of any number of concurrent claims exactly one is answered `claimed`.
   *
   * @throws ServiceError `invalid_input` when key or fingerprint is empty or too long; `throttled` when the tenant has too many
   *   unfinished keys; `unavailable` when the tenant's object cannot be reached (nobody runs the request then; the key may read `lost` later)
   */
  claimIdempotencyKey(key: string, fingerprint: string): Promise<IdempotencyClaim>;
  /**
   * Remembers the answer of a claimed key, also when others have claimed it in the meantime.
   *
   * @throws ServiceError `invalid_input` when `response` is over `MAX_IDEMPOTENCY_RESPONSE_BYTES`; `unavailable` as above
   */
  completeIdempotencyKey(key: string, response: string): Promise<void>;
  /**
   * Gives a claimed key back, for a request that surely changed nothing: the next claim runs it. A completed key stays.
   *
   * @throws ServiceError `unavailable` as above
   */
  releaseIdempotencyKey(key: string): Promise<void>;
  /**
   * Says that the request of a claimed key has ended, and that it is not known whether it has written: the next claim finds out.
   *
   * @throws ServiceError `unavailable` as above
   */
  doubtIdempotencyKey(key: string): Promise<void>;
}
