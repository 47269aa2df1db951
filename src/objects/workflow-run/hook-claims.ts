/** Takes the token of a hook before the hook's event is written. */
import { claimToken, takeOverToken, type WantedToken } from '../../runs/hook-tokens.ts';
import type { RunAddress } from '../../runs/run-address.ts';

export interface HookClaimsOptions {
  db: D1Database;
  address: RunAddress;
  /** whether a run of the app holds a token, by another hook than this one */
  holds: (runId: string, token: string, hookId: string) => Promise<boolean>;
}

/** How often a left-over is tried to be taken over: each time somebody else was faster. */
const MAX_ATTEMPTS = 5;

type Wanted = Omit<WantedToken, 'claimId'>;

export class HookClaims {
  readonly #options: HookClaimsOptions;
  /** hooks whose token is claimed, or being claimed, and whose event is not written yet */
  readonly #underWay = new Set<Wanted>();

  constructor(options: HookClaimsOptions) {
    this.#options = options;
  }

  /** Whether a claim on the token is under way for another hook than this one. */
  isUnderWay(token: string, hookId: string | null): boolean {
    return [...this.#underWay].some((wanted) => wanted.token === token && wanted.hookId !== hookId);
  }

  /**
   * Claims a token, and keeps the claim up while `work` writes the event.
   *
   * @param work is told which run has the token; null: this hook
   */
  async with<Result>(wanted: Wanted, work: (conflictingRunId: string | null) => Result): Promise<Result> {
    this.#underWay.add(wanted);
    try {
      return work(await this.#claim(wanted));
    } finally {
      this.#underWay.delete(wanted);
    }
  }

  async #claim(hook: Wanted): Promise<string | null> {
    const { db, address, holds } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const wanted = { ...hook, claimId: crypto.randomUUID() };
      const owner = await claimToken(db, address, wanted);
      if (owner.runId === address.runId && owner.hookId === hook.hookId) return null;
      const isHeld = attempt === MAX_ATTEMPTS || (await holds(owner.runId, hook.token, hook.hookId));
      if (isHeld) return owner.runId;
      if (await takeOverToken(db, address, wanted, owner)) return null;
    }
  }
}
