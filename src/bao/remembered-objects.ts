/** The objects that a batch context remembers: those that were asked for last, so that a long job has bounded memory. */

/** How many objects a generation has; there are two. */
const GENERATION_SIZE = 5_000;

/** An object, or one that is being loaded. */
export interface Remembered {
  readonly found: Promise<object>;
  /** the object, once it is there */
  settled: object | null;
  /** made by a write of the context */
  readonly isWritten: boolean;
}

/**
 * Objects by row identity, in two generations: what is new or asked for is in the younger one; when that is full the older one goes, with
 * everything that nobody has asked for since.
 */
export class RememberedObjects {
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();
  #hasReleasedWrites = false;

  /** A write of the context is no longer remembered, so that only strong reads are sure to see it. */
  get hasReleasedWrites(): boolean {
    return this.#hasReleasedWrites;
  }

  /** What is asked for stays. */
  get(identity: string): Remembered | undefined {
    const young = this.#young.get(identity);
    if (young !== undefined) return young;
    const old = this.#old.get(identity);
    if (old !== undefined) this.set(identity, old);
    return old;
  }

  /** Puts an object in the place of the one that was remembered before. */
  set(identity: string, object: Remembered): void {
    if (this.#young.size >= GENERATION_SIZE) this.#age();
    this.#young.set(identity, object);
  }

  /** Forgets an object, unless there is another one in its place. */
  deleteIfSame(identity: string, object: Remembered): void {
    if ((this.#young.get(identity) ?? this.#old.get(identity)) === object) this.delete(identity);
  }

  delete(identity: string): void {
    this.#young.delete(identity);
    this.#old.delete(identity);
  }

  /** Lets go of an object if it is what a write has made. */
  releaseWritten(identity: string): void {
    if (this.get(identity)?.isWritten !== true) return;
    this.delete(identity);
    this.#hasReleasedWrites = true;
  }

  #age(): void {
    for (const [identity, { isWritten }] of this.#old) {
      if (isWritten && !this.#young.has(identity)) this.#hasReleasedWrites = true;
    }
    this.#old = this.#young;
    this.#young = new Map();
  }
}
