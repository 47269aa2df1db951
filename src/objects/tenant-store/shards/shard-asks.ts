/** How a shard answers what others ask of it, once it is open. */
import type { CertainOutcome } from '../certain-writes.ts';
import { MAX_DEADLINE_MS } from '../call-bounds.ts';
import { DEFAULT_HOLD_DOWN_MS } from '../freshness.ts';
import type { StoreParts } from '../store-parts.ts';
import type { Ask, LeftState } from './asks.ts';

/** The asks that need the store. */
export type StoreAsk = Extract<Ask, { name: 'hold' | 'release' | 'expose' | 'watch' | 'unwatch' | 'settle' }>;

export function isStoreAsk(ask: Ask): ask is StoreAsk {
  return ['hold', 'release', 'expose', 'watch', 'unwatch', 'settle'].includes(ask.name);
}

/** @returns the answer, as `Asks` says */
export async function answerStoreAsk(
  ask: StoreAsk,
  parts: StoreParts,
  settle: (token: string) => Promise<CertainOutcome>,
): Promise<unknown> {
  switch (ask.name) {
    case 'hold':
      return parts.lent.hold(ask);
    case 'release':
      parts.lent.release(ask.id, ask.outcome);
      return true;
    case 'expose': {
      const seen = ask.keys && new Set(ask.keys);
      parts.lines.forgetRunningWrites((keyId) => seen === null || seen.has(keyId));
      return true;
    }
    case 'watch':
      return parts.watched.begin(ask);
    case 'unwatch':
      return parts.watched.end(ask);
    case 'settle':
      return settle(ask.token);
  }
}

/** What those who take over have to know of the writes of a store in which no further one leaves. */
export function leftKeysOf({ unsettled, freshness, nowMs }: StoreParts): Pick<LeftState, 'keys' | 'allUntilMs'> {
  return {
    keys: unsettled.left(nowMs() + MAX_DEADLINE_MS + DEFAULT_HOLD_DOWN_MS),
    allUntilMs: Math.max(freshness.allHeldUntilMs, unsettled.forgottenUntilMs),
  };
}
