/** Finds out what became of the request of an idempotency key that nobody has told the end of. */
import type { IdempotencyClaim, WrittenRow } from '../../wire/idempotency.ts';
import type { CertainOutcome } from './certain-writes.ts';
import type { IdempotencyLedger } from './idempotency-ledger.ts';

export interface DoubtfulClaim {
  key: string;
  /** of the request's write */
  token: string;
}

/** When to ask again for a write that runs, or is still in doubt. */
const RETRY_AFTER_MS = 1_000;

/**
 * What its claim comes to.
 *
 * @param settle tells what became of the write with a token, and sends it again where that is in doubt
 * @param newToken names the write if the request is to be run again
 */
export async function settleClaim(
  { key, token }: DoubtfulClaim,
  ledger: IdempotencyLedger,
  settle: (token: string) => Promise<CertainOutcome>,
  newToken: string,
): Promise<IdempotencyClaim> {
  const outcome = await settle(token);
  switch (outcome.state) {
    case 'applied':
      return { state: 'applied', rows: outcome.rows as WrittenRow[] }; // keys of a table whose keys are texts
    case 'refused':
      ledger.runAgain(key, newToken);
      return { state: 'claimed', token: newToken };
    case 'running':
      ledger.doubt(key);
      return { state: 'in_progress', retryAfterMs: RETRY_AFTER_MS };
    case 'doubtful':
      ledger.doubt(key);
      return { state: 'in_doubt', retryAfterMs: RETRY_AFTER_MS };
    case 'forgotten':
      ledger.doubt(key);
      return { state: 'lost' };
  }
}
