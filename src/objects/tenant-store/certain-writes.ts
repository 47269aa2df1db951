/**
 * Writes that their callers have named with a token: what became of each, so that one whose outcome is not known can be sent again exactly as it was.
 * DynamoDB applies a transaction once per token for ten minutes after it was done; after that nothing here is of use.
 */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap } from '../../dynamo/types.ts';
import { MAX_DEADLINE_MS } from './call-bounds.ts';
import type { KeyOutcome } from './journal-rows.ts';
import type { WriteOperation } from './write-plans.ts';

/** A write as its caller has it, and the token that DynamoDB gets. */
export interface CertainRequest {
  operation: WriteOperation;
  /** JSON of the input */
  text: string;
  requestToken: string;
}

/** One that may be applied: kept until it is known, or ten minutes old. */
export interface DoubtfulWrite extends CertainRequest {
  /** the same request may not be sent later */
  expiresAtMs: number;
  /** an earlier sending may still arrive, until then */
  arrivesUntilMs: number;
}

/** How a sending of a write ended. */
export interface SendingEnd {
  /** the keys of its rows, in the order of its actions */
  rows: readonly AttributeMap[];
  outcome: KeyOutcome;
  /** whether DynamoDB has looked at the write: a refusal for want of capacity says nothing of an earlier sending */
  isConclusive: boolean;
  /** no request of it left later */
  leftByMs: number;
}

/** Where those are kept. */
export interface DoubtfulStorage {
  load(token: string): DoubtfulWrite | null;
  save(token: string, write: DoubtfulWrite): void;
  remove(token: string): void;
}

/**
 * What became of a write: `doubtful` may be applied, now or later; `forgotten` this object does not know of it, or no longer.
 * `rows` are the keys of its rows in the order of its actions.
 */
export type CertainOutcome =
  | { state: 'running' }
  | { state: 'applied'; rows: readonly AttributeMap[] }
  | { state: 'refused' }
  | { state: 'doubtful'; request: CertainRequest }
  | { state: 'forgotten' };

export interface CertainWritesOptions {
  storage: DoubtfulStorage;
  nowMs: () => number;
  /** another token each time, of at most 36 characters */
  newToken: () => string;
  /** how long after its deadline a request may still arrive */
  holdDownMs: number;
}

interface Known {
  operation: WriteOperation;
  requestToken: string;
  /** of a write that runs */
  text: string | null;
  running: number;
  outcome: CertainOutcome | null;
  untilMs: number;
  /** 0 when no sending is in doubt */
  arrivesUntilMs: number;
}

/** Less than DynamoDB's ten minutes, which count from the end of the first request, by the time that one may take. */
const REPEATABLE_MS = 9 * 60_000;
/** What fits a row of SQLite, three bytes to a character, beside others. */
const MAX_TEXT_LENGTH = 400_000;
const MAX_KNOWN = 10_000;

export const TOKEN_MISMATCH: StoreError = {
  code: 'idempotency_mismatch',
  message: 'a write with this token and other contents is under way or in doubt',
};

/** Whether a write of this length can be kept while it is in doubt. */
export function canBeKept(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH;
}

export class CertainWrites {
  readonly #options: CertainWritesOptions;
  /** the oldest first */
  readonly #known = new Map<string, Known>();

  constructor(options: CertainWritesOptions) {
    this.#options = options;
  }

  /** Takes over a write that an earlier instance had sent, or was about to, between these times. */
  recall(token: string, request: CertainRequest, sentAtMs: number, leftByMs: number): void {
    const { storage, nowMs, holdDownMs } = this.#options;
    const expiresAtMs = sentAtMs + REPEATABLE_MS;
    if (expiresAtMs <= nowMs() || storage.load(token) !== null) return;
    storage.save(token, { ...request, expiresAtMs, arrivesUntilMs: leftByMs + holdDownMs });
  }

  /**
   * A write with this token wants to leave.
   *
   * @param ownToken the ClientRequestToken that its input has, if any
   * @returns the request as it is to be sent, or null when another write with the token is under way or in doubt
   */
  begin(token: string, operation: WriteOperation, text: string, ownToken: string | undefined): CertainRequest | null {
    const { nowMs, newToken } = this.#options;
    const known = this.#lookUp(token);
    if (known !== null && known.text !== null && known.text !== text) return null;
    // A refusal may count for DynamoDB, too: other contents with the same token would be a mismatch. What cannot be kept keeps its name.
    const isNew = known?.outcome?.state === 'refused' && canBeKept(text);
    const requestToken = ownToken ?? (isNew ? newToken() : (known?.requestToken ?? token));
    const untilMs = known === null || isNew ? nowMs() + REPEATABLE_MS : known.untilMs;
    const { running = 0, arrivesUntilMs = 0 } = known ?? {};
    // What is applied stays so, whatever becomes of a sending after it.
    const outcome = known?.outcome?.state === 'applied' ? known.outcome : null;
    this.#known.delete(token);
    this.#known.set(token, { operation, requestToken, text, running: running + 1, outcome, untilMs, arrivesUntilMs });
    this.#forgetOldest();
    return { operation, text, requestToken };
  }

  /** A sending of a write has ended. */
  end(token: string, request: CertainRequest, end: SendingEnd): void {
    const { storage } = this.#options;
    const known = this.#known.get(token);
    if (known === undefined) return;
    known.running--;
    const { outcome } = end;
    if (outcome === 'unknown') this.#doubt(token, request, known, end.leftByMs);
    else if (outcome === 'applied' || this.#isRefused(known, end)) {
      known.outcome = outcome === 'applied' ? { state: 'applied', rows: end.rows } : { state: 'refused' };
      known.arrivesUntilMs = 0;
      storage.remove(token);
    }
    if (known.running > 0) return;
    known.text = null;
    if (known.outcome === null) this.#known.delete(token);
  }

  #doubt(token: string, request: CertainRequest, known: Known, leftByMs: number): void {
    const { storage, holdDownMs } = this.#options;
    // Another sending has told that it is applied.
    if (known.outcome !== null || !canBeKept(request.text)) return;
    known.arrivesUntilMs = Math.max(known.arrivesUntilMs, leftByMs + holdDownMs);
    storage.save(token, { ...request, expiresAtMs: known.untilMs, arrivesUntilMs: known.arrivesUntilMs });
  }

  /** Whether a refusal settles the write: no other sending of it was applied, runs, or may still arrive. */
  #isRefused({ outcome, running, arrivesUntilMs }: Known, { isConclusive }: SendingEnd): boolean {
    if (outcome !== null || running > 0) return false;
    return arrivesUntilMs === 0 || (isConclusive && arrivesUntilMs <= this.#options.nowMs());
  }

  /** Those that run, as writes in doubt: nobody here will know how they end. */
  get running(): { token: string; write: DoubtfulWrite }[] {
    const arrivesUntilMs = this.#options.nowMs() + MAX_DEADLINE_MS + this.#options.holdDownMs;
    return [...this.#known].flatMap(([token, { operation, text, requestToken, running, untilMs: expiresAtMs }]) => {
      if (running === 0 || text === null || !canBeKept(text)) return [];
      return [{ token, write: { operation, text, requestToken, expiresAtMs, arrivesUntilMs } }];
    });
  }

  /** What became of the write with this token. */
  outcomeOf(token: string): CertainOutcome {
    const { storage, nowMs } = this.#options;
    const known = this.#known.get(token);
    if (known !== undefined && known.running > 0) return { state: 'running' };
    if (known !== undefined && known.outcome !== null && known.untilMs > nowMs()) return known.outcome;
    const doubtful = storage.load(token);
    if (doubtful === null || doubtful.expiresAtMs <= nowMs()) return { state: 'forgotten' };
    const { operation, text, requestToken } = doubtful;
    return { state: 'doubtful', request: { operation, text, requestToken } };
  }

  #lookUp(token: string): Known | null {
    const { storage, nowMs } = this.#options;
    const known = this.#known.get(token);
    if (known !== undefined && (known.running > 0 || known.untilMs > nowMs())) return known;
    const doubtful = storage.load(token);
    if (doubtful === null || doubtful.expiresAtMs <= nowMs()) return null;
    const { operation, requestToken, text, expiresAtMs: untilMs, arrivesUntilMs } = doubtful;
    return { operation, requestToken, text, running: 0, outcome: null, untilMs, arrivesUntilMs };
  }

  #forgetOldest(): void {
    if (this.#known.size <= MAX_KNOWN) return;
    for (const [token, { running }] of this.#known) {
      if (running > 0) continue;
      this.#known.delete(token);
      return;
    }
  }
}
