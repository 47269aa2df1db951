/** Calls of the object that are about idempotency keys. */
import type { StoreError } from '../../dynamo/item-store.ts';
import { isServiceError } from '../../lib/errors.ts';
import type { CertainOutcome } from './certain-writes.ts';
import type { Timers } from '../alarms.ts';
import { noCost } from './cost.ts';
import { settleClaim } from './doubtful-claims.ts';
import type { IdempotencyLedger } from './idempotency-ledger.ts';
import { refusal } from './refusals.ts';
import { successReply } from './replies.ts';
import type { StoreCall } from './rpc.ts';

type LedgerCall = Extract<StoreCall, { operation: `${string}IdempotencyKey` }>;

export interface LedgerCallOptions {
  ledger: IdempotencyLedger;
  /** what became of a write, by its token */
  settle: (token: string) => Promise<CertainOutcome>;
  timers: Pick<Timers<'prune-idempotency-keys'>, 'dueAtMs' | 'set'>;
}

/** The reply to such a call, an error of the ledger included. */
export async function replyOfLedger(call: LedgerCall, options: LedgerCallOptions): Promise<string> {
  const { ledger, timers } = options;
  try {
    const output = await callLedger(call, options);
    if (timers.dueAtMs('prune-idempotency-keys') === null) await timers.set('prune-idempotency-keys', ledger.prune(Date.now()));
    return successReply(JSON.stringify(output), 'bypass', noCost());
  } catch (error) {
    return refusal(storeErrorOf(error));
  }
}

function callLedger(call: LedgerCall, { ledger, settle }: LedgerCallOptions): object | Promise<object> {
  const { key } = call.input;
  switch (call.operation) {
    case 'ClaimIdempotencyKey': {
      const claim = ledger.claim(key, call.input.fingerprint, Date.now(), crypto.randomUUID());
      if (claim.state !== 'doubtful') return claim;
      return settleClaim({ key, token: claim.token }, ledger, settle, crypto.randomUUID());
    }
    case 'CompleteIdempotencyKey':
      ledger.complete(key, call.input.response, Date.now());
      return {};
    case 'ReleaseIdempotencyKey':
      ledger.release(key);
      return {};
    case 'DoubtIdempotencyKey':
      ledger.doubt(key);
      return {};
  }
}

function storeErrorOf(error: unknown): StoreError {
  if (!isServiceError(error)) return { code: 'unavailable', message: String(error) };
  const { code, message, retryAfterMs } = error;
  return { code: code === 'throttled' ? 'throttled' : 'invalid_request', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
