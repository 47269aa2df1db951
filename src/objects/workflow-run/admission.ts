/** Whether a tenant may begin another run. Asked once for each run, before anything of it is stored: its first event and its first message come side by side. */
import { succeeded, type Outcome } from '../../runs/world-error.ts';

/** A run's place among those of its tenant, as what it is given back with; 0: nobody counts it. */
export type Place = number;

/** What a service holds the runs of its tenants to. */
export interface RunLimits {
  /** Takes a place for another run, or says why it may not begin. Fails never. */
  admit(tenant: string): Promise<Outcome<Place>>;
  giveBack(tenant: string, place: Place): Promise<void>;
}

export class Admission {
  readonly #limits: () => RunLimits | null;
  readonly #tenant: () => string;
  #asked: Promise<Outcome<Place>> | null = null;

  /** @param limits null: nobody counts runs */
  constructor(limits: () => RunLimits | null, tenant: () => string) {
    this.#limits = limits;
    this.#tenant = tenant;
  }

  /** The same answer however often it is asked: what was refused does not begin by another of its messages. */
  async take(): Promise<Outcome<Place>> {
    this.#asked ??= this.#limits()?.admit(this.#tenant()) ?? Promise.resolve(succeeded(0));
    return this.#asked;
  }

  /** Gives back what was taken for a run that does not begin. Who asks again takes another one. */
  async decline(place: Place): Promise<void> {
    this.#asked = null;
    await this.giveBack(place);
  }

  /** Gives a place back. Once it is given back it is nobody's. */
  async giveBack(place: Place): Promise<void> {
    if (place !== 0) await this.#limits()?.giveBack(this.#tenant(), place);
  }
}
