/** Whether a tenant may begin another run. Asked once for each run, before anything of it is stored: its first event and its first message come side by side. */
import { logError } from '../../lib/log.ts';
import { refused, succeeded, tooMany, type Outcome } from '../../runs/world-error.ts';
import type { Decision, Limiter } from '../../wire/limiter.ts';

/** The policies that are asked: how often runs begin, and how many have not ended. */
export const START_POLICIES = ['workflow-starts', 'workflow-runs'] as const;

/** A run's place among those of its tenant, as what it is given back with; 0: nobody counts it. */
export type Place = number;

export class Admission {
  readonly #limiter: Limiter;
  readonly #tenant: () => string;
  #asked: Promise<Outcome<Place>> | null = null;

  constructor(limiter: Limiter, tenant: () => string) {
    this.#limiter = limiter;
    this.#tenant = tenant;
  }

  /** The same answer however often it is asked: what was refused does not begin by another of its messages. */
  take(): Promise<Outcome<Place>> {
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  /** Gives a place back. Once it is given back it is nobody's. */
  async giveBack(place: Place): Promise<void> {
    if (place === 0) return;
    const tenant = this.#tenant();
    const decision = { admitted: true, retryAfterMs: 0, limits: [], by: 'object' as const, receipt: place };
    await this.#limiter.refund(START_POLICIES[1], tenant, decision, { partition: tenant });
  }

  async #ask(): Promise<Outcome<Place>> {
    const tenant = this.#tenant();
    const decisions = await this.#limiter.checkAll(
      START_POLICIES.map((policy) => [policy, tenant] as const),
      { partition: tenant },
    );
    const refusals = decisions.filter(({ admitted }) => !admitted);
    if (refusals.length > 0) {
      const names = START_POLICIES.filter((_, index) => decisions[index]?.admitted === false);
      const retryAfterMs = Math.max(...refusals.map(({ retryAfterMs: ms }) => ms));
      return refused(tooMany(`The tenant begins too many runs at the moment (${names.join(', ')})`, Math.ceil(retryAfterMs / 1000)));
    }
    const [, place] = decisions;
    if (place?.by === 'object') return succeeded(await place.receipt);
    // The run begins without a place; one that the limiter gives it too late would be kept for as long as its window.
    if (place) void this.#giveBackLate(place); // the run does not wait: it never fails
    return succeeded(0);
  }

  async #giveBackLate(place: Decision): Promise<void> {
    const tenant = this.#tenant();
    try {
      await this.#limiter.refund(START_POLICIES[1], tenant, place, { partition: tenant });
    } catch (error) {
      logError('the place of a run could not be given back', error);
    }
  }
}
