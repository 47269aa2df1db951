/**
 * One bound, in bytes, for everything that caches in an isolate. Several Durable Objects share an isolate and its 128 MB
 * (Durable Objects pricing, footnote 5), so a bound per object would bound nothing.
 */

/** Something that keeps bytes which it can give up. */
export interface MemoryUser {
  /** Frees at least `bytes`, or all it has, at once and without waiting. Reports what it freed through `MemoryAccount.remove`. */
  evict(bytes: number): void;
}

/** What one user holds. */
export interface MemoryAccount {
  readonly bytes: number;
  /** Books `bytes`; when the budget is exceeded by it, the largest user (this one perhaps) is told to evict before this returns. */
  add(bytes: number): void;
  remove(bytes: number): void;
}

class Account implements MemoryAccount {
  bytes = 0;
  readonly budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    this.budget.grow(bytes);
  }

  remove(bytes: number): void {
    this.bytes -= bytes;
    this.budget.shrink(bytes);
  }
}

/** Frees this share of the budget at a time, so that finding the largest user is paid once for many entries. */
const EVICTION_SHARE = 1 / 512;

/**
 * Bounds the bytes of all its users together. Users are held weakly: the platform drops a Durable Object without telling it, and what
 * it had booked is given back when the collector finds its user. Until then its bytes are really there, and it can still be told to evict.
 */
export class MemoryBudget {
  readonly maxBytes: number;
  #usedBytes = 0;
  readonly #users = new Map<Account, WeakRef<MemoryUser>>();
  readonly #collected = new FinalizationRegistry<Account>((account) => {
    this.#users.delete(account);
    this.shrink(account.bytes);
  });

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Opens an account for `user`, which must keep the account for as long as it keeps bytes. */
  open(user: MemoryUser): MemoryAccount {
    const account = new Account(this);
    this.#users.set(account, new WeakRef(user));
    this.#collected.register(user, account);
    return account;
  }

  /** Books bytes of an account; called by accounts only. */
  grow(bytes: number): void {
    this.#usedBytes += bytes;
    while (this.#usedBytes > this.maxBytes) {
      if (!this.#evictLargest(this.#usedBytes - this.maxBytes + this.maxBytes * EVICTION_SHARE)) return;
    }
  }

  /** Gives bytes of an account back; called by accounts only. */
  shrink(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** The largest user pays, so that a tenant that fills the isolate does not push the others out. False when nobody could free anything. */
  #evictLargest(bytes: number): boolean {
    let largest: Account | undefined;
    let user: MemoryUser | undefined;
    for (const [account, reference] of this.#users) {
      if (account.bytes <= (largest?.bytes ?? 0)) continue;
      const candidate = reference.deref();
      if (candidate === undefined) continue;
      largest = account;
      user = candidate;
    }
    if (largest === undefined || user === undefined) return false;
    const before = this.#usedBytes;
    user.evict(Math.min(bytes, largest.bytes));
    return this.#usedBytes < before;
  }
}

/** The budget of this isolate: 64 MB of its 128, since a reply and a parsed batch need room beside the caches. */
export const isolateMemory = new MemoryBudget(64 * 1024 * 1024);
