/** Claims: what a session was a moment ago, sealed, so that a route which tolerates that need not ask the object that owns the session. */
import { seal, type SealingKey, type SealOptions, unseal } from '../lib/sealed-text.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { Principal } from '../wire/principal.ts';

/** What has ended is seen after five seconds at most, also where the clock of the machine that reads a claim is a second behind. */
const GOOD_FOR_MS = 4_000;

interface Claim {
  checkedAtMs: number;
  principal: Principal;
}

/** The claims of one session, which are worth nothing beside another cookie. */
export class SessionClaims {
  readonly #options: SealOptions;

  /** @param keys the first seals, all open. @param cookie of the session */
  constructor(keys: readonly SealingKey[], cookie: string) {
    this.#options = { purpose: 'session-claim', binding: sha256Hex(cookie), keys };
  }

  /**
   * Says who the session's user is in a tenant. Without the application's data, and with no recent password: sensitive changes ask the owner.
   *
   * @param checkedAtMs before the owner was asked
   */
  async issue(principal: Principal, checkedAtMs: number): Promise<string> {
    const { sessionData: _, ...rest } = principal;
    const claim: Claim = { checkedAtMs, principal: { ...rest, authenticatedAtMs: 0 } };
    return seal(claim, this.#options);
  }

  /** Who calls, by a claim; null for one that is too old, of a clock that is ahead, of another tenant or session, or none. */
  async read(text: string | null, tenant: string | undefined, nowMs: number): Promise<Principal | null> {
    const claim = text === null ? undefined : ((await unseal(text, this.#options)) as Claim | undefined); // as `issue` has sealed it
    if (claim === undefined || claim.principal.tenant !== tenant) return null;
    const ageMs = nowMs - claim.checkedAtMs;
    return ageMs >= 0 && ageMs < GOOD_FOR_MS ? claim.principal : null;
  }
}
