/** Remembers which requests of a tenant have begun and how they ended. Every step is one turn, so of concurrent claims one wins. */
import { ServiceError } from '../../lib/errors.ts';
import {
  MAX_IDEMPOTENCY_FINGERPRINT_LENGTH,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_IDEMPOTENCY_RESPONSE_BYTES,
  type IdempotencyClaim,
} from '../../wire/idempotency.ts';

/** How long a key is remembered, from its claim. */
const KEEP_MS = 24 * 60 * 60 * 1000;
/** Of a claim that has not ended after this nobody will tell the end. Longer than any request takes. */
const CLAIM_MS = 60_000;
/** When to ask again for a request that runs. */
const IN_PROGRESS_RETRY_MS = 1_000;
/** Expired keys are removed at most this often. */
const PRUNE_INTERVAL_MS = 10 * 60_000;
const MAX_KEYS = 10_000;

/** What is stored of a key. */
export interface LedgerRow extends Record<string, SqlStorageValue> {
  fingerprint: string;
  claimed_at_ms: number;
  response: string | null;
  /** the idempotency token of the request's write; null for rows of versions without */
  token: string | null;
  /** when the request was last taken up; null: at its claim */
  running_since_ms: number | null;
  /** 1: it has ended, and nobody knows how */
  is_doubted: number;
}

/** As callers are told, or `doubtful`: what became of the write with this token has to be found out first. */
export type LedgerClaim =
  | Exclude<IdempotencyClaim, { state: 'claimed' | 'applied' | 'in_doubt' }>
  | { state: 'free' }
  | { state: 'doubtful'; token: string };

/** What a claim finds in a row; `expired` rows count as none. */
export function judgeClaim(row: LedgerRow | undefined, fingerprint: string, nowMs: number): LedgerClaim {
  if (row === undefined || nowMs - row.claimed_at_ms >= KEEP_MS) return { state: 'free' };
  if (row.fingerprint !== fingerprint) return { state: 'mismatch' };
  if (row.response !== null) return { state: 'done', response: row.response };
  const isRunning = row.is_doubted === 0 && nowMs - (row.running_since_ms ?? row.claimed_at_ms) < CLAIM_MS;
  if (isRunning) return { state: 'in_progress', retryAfterMs: IN_PROGRESS_RETRY_MS };
  return row.token === null ? { state: 'lost' } : { state: 'doubtful', token: row.token };
}

export class IdempotencyLedger {
  readonly #sql: SqlStorage;
  readonly #maxKeys: number;
  #count: number | null = null;

  constructor(sql: SqlStorage, maxKeys = MAX_KEYS) {
    this.#sql = sql;
    this.#maxKeys = maxKeys;
  }

  /**
   * Claims a key, and takes a doubtful one up: until it is said what became of it, others find it in progress.
   *
   * @param newToken names the write of a request that is run
   * @throws ServiceError `invalid_input` for a key or fingerprint of no or too much text; `throttled` when all keys that fit are in use
   */
  claim(
    key: string,
    fingerprint: string,
    nowMs: number,
    newToken: string,
  ): Exclude<LedgerClaim, { state: 'free' }> | { state: 'claimed'; token: string } {
    requireLength('key', key, MAX_IDEMPOTENCY_KEY_LENGTH);
    requireLength('fingerprint', fingerprint, MAX_IDEMPOTENCY_FINGERPRINT_LENGTH);
    const [row] = this.#sql.exec<LedgerRow>('SELECT * FROM idempotency_keys WHERE key = ?', key).toArray();
    const claim = judgeClaim(row, fingerprint, nowMs);
    if (claim.state === 'doubtful')
      this.#sql.exec('UPDATE idempotency_keys SET running_since_ms = ?, is_doubted = 0 WHERE key = ?', nowMs, key);
    if (claim.state !== 'free') return claim;
    if (row !== undefined) this.#remove('key = ?', key);
    if (this.#keys() >= this.#maxKeys) this.#makeRoom(nowMs);
    const values = [key, fingerprint, nowMs, newToken];
    this.#sql.exec('INSERT INTO idempotency_keys (key, fingerprint, claimed_at_ms, token) VALUES (?, ?, ?, ?)', ...values);
    this.#count = this.#keys() + 1;
    return { state: 'claimed', token: newToken };
  }

  /** The request of a doubtful key has written nothing: it is run again, and its write has another name. */
  runAgain(key: string, token: string): void {
    this.#sql.exec('UPDATE idempotency_keys SET token = ? WHERE key = ?', token, key);
  }

  /** The request has ended, and nobody knows how. */
  doubt(key: string): void {
    this.#sql.exec('UPDATE idempotency_keys SET is_doubted = 1 WHERE key = ? AND completed_at_ms IS NULL', key);
  }

  /** @throws ServiceError `invalid_input` when the response is too large */
  complete(key: string, response: string, nowMs: number): void {
    if (new TextEncoder().encode(response).byteLength > MAX_IDEMPOTENCY_RESPONSE_BYTES) {
      throw new ServiceError('invalid_input', `A remembered response has at most ${MAX_IDEMPOTENCY_RESPONSE_BYTES} bytes.`);
    }
    this.#sql.exec(
      'UPDATE idempotency_keys SET response = ?, completed_at_ms = ? WHERE key = ? AND completed_at_ms IS NULL',
      response,
      nowMs,
      key,
    );
  }

  release(key: string): void {
    this.#remove('key = ? AND completed_at_ms IS NULL', key);
  }

  /** Removes what has expired. @returns when to do so again, null when no key is left */
  prune(nowMs: number): number | null {
    this.#remove('claimed_at_ms <= ?', nowMs - KEEP_MS);
    const [row] = this.#sql.exec<{ oldest: number | null }>('SELECT MIN(claimed_at_ms) AS oldest FROM idempotency_keys').toArray();
    return row?.oldest == null ? null : Math.max(row.oldest + KEEP_MS, nowMs + PRUNE_INTERVAL_MS);
  }

  /** Completed requests are forgotten first, the oldest of them before the others, then lost ones; never one that runs. */
  #makeRoom(nowMs: number): void {
    const some = Math.max(1, Math.floor(this.#maxKeys / 100));
    const oldest = 'key IN (SELECT key FROM idempotency_keys WHERE';
    this.#remove(`${oldest} completed_at_ms IS NOT NULL ORDER BY completed_at_ms LIMIT ?)`, some);
    if (this.#keys() >= this.#maxKeys) this.#remove(`${oldest} claimed_at_ms <= ? ORDER BY claimed_at_ms LIMIT ?)`, nowMs - CLAIM_MS, some);
    if (this.#keys() >= this.#maxKeys) {
      throw new ServiceError('throttled', 'Too many requests with an Idempotency-Key are running.', { retryAfterMs: IN_PROGRESS_RETRY_MS });
    }
  }

  #remove(condition: string, ...values: SqlStorageValue[]): void {
    const { rowsWritten } = this.#sql.exec(`DELETE FROM idempotency_keys WHERE ${condition}`, ...values);
    if (rowsWritten > 0) this.#count = null; // index rows are counted too
  }

  #keys(): number {
    this.#count ??= this.#sql.exec<{ keys: number }>('SELECT COUNT(*) AS keys FROM idempotency_keys').one().keys;
    return this.#count;
  }
}

function requireLength(name: string, text: string, maxLength: number): void {
  if (typeof text === 'string' && text.length >= 1 && text.length <= maxLength) return;
  throw new ServiceError('invalid_input', `Idempotency ${name}: expected 1 to ${maxLength} characters.`);
}
