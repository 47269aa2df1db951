/** One key under one policy: what it has spent under each limit, and what of it is out on lease. */
import type { Limit } from '../../wire/limit-rules.ts';
import type { Spent } from './algorithms/algorithm.ts';
import type { PreparedRule } from './prepared-rule.ts';

/**
 * Permits that an isolate may use until `endsAtMs`. While they are out they count under every limit and nothing of them comes back. When they are given back, or
 * time is up, those used are spent as of that moment, which is never before they were used: so no limit is exceeded at the moment of use either.
 */
interface Lease {
  id: number;
  permits: number;
  endsAtMs: number;
  /** time was up: all of them were spent. A late return gives back what was not used */
  isSpent: boolean;
}

/** How long after its end a lease may still be returned. */
const LATE_RETURN_MS = 60_000;
const NO_LEASES: readonly Lease[] = [];

export class KeyState {
  /** the rule by which it was looked at last */
  rule: PreparedRule;
  /** asked for since the table has looked for keys to drop */
  isHot = false;
  /** since when callers under these ceilings are refused because nothing at all is left, and until when that says something of the next ones */
  exhausted: { ceilings: readonly number[]; sinceMs: number; untilMs: number } | null = null;
  /** whether there is a row of this key alone, and whether it says what is true; null: none */
  ownRow: 'current' | 'stale' | null = null;
  /** what the table counts it as */
  bookedBytes = 0;
  #spent: Spent[];
  #leases: readonly Lease[] = NO_LEASES;
  #held = 0;

  constructor(rule: PreparedRule) {
    this.rule = rule;
    this.#spent = rule.limits.map(() => undefined);
  }

  /** A state that `toNumbers` has written, under a rule of the same shape. */
  static fromNumbers(rule: PreparedRule, numbers: readonly number[]): KeyState {
    const state = new KeyState(rule);
    const rest = [...numbers];
    const take = (count: number) => rest.splice(0, count);
    state.#spent = rule.limits.map(() => {
      const [length = 0] = take(1);
      return length === 0 ? undefined : take(length);
    });
    const leases: Lease[] = [];
    for (let [id, permits, endsAtMs] = take(3); endsAtMs !== undefined; [id, permits, endsAtMs] = take(3)) {
      leases.push({ id: id ?? 0, permits: permits ?? 0, endsAtMs, isSpent: false });
    }
    state.#leases = leases;
    state.#held = leases.reduce((sum, { permits }) => sum + permits, 0);
    return state;
  }

  /** What of it outlives the object, for `fromNumbers`. */
  toNumbers(): number[] {
    const spent = this.#spent.flatMap((numbers) => [numbers?.length ?? 0, ...(numbers ?? [])]);
    const leases = this.#leases.flatMap(({ id, permits, endsAtMs, isSpent }) => (isSpent ? [] : [id, permits, endsAtMs]));
    return [...spent, ...leases];
  }

  /** Roughly what it takes of memory, with its key. */
  get bytes(): number {
    let bytes = 330 + this.#leases.length * 56;
    for (const spent of this.#spent) bytes += 40 + (spent?.length ?? 0) * 8;
    return bytes;
  }

  /** Lets time pass until `nowMs`, and looks at the key by `rule` from then on. */
  advance(rule: PreparedRule, nowMs: number): void {
    if (this.rule !== rule) this.#adopt(rule);
    if (this.#leases.length > 0) this.#endLeases(nowMs);
  }

  /** How many permits are out on lease. */
  get held(): number {
    return this.#held;
  }

  /** How many permits of a limit are spent or out on lease. */
  used(index: number, nowMs: number): number {
    const { limits, algorithms } = this.rule;
    const limit = limits[index];
    return limit === undefined ? 0 : (algorithms[index]?.used(limit, this.#spent[index], nowMs) ?? 0) + this.#held;
  }

  /** When at most `permits` of a limit are in use, leases that are out included, if nothing is spent or returned until then. */
  freeAtMs(index: number, permits: number, nowMs: number): number {
    const { limits, algorithms } = this.rule;
    const limit = limits[index];
    const algorithm = algorithms[index];
    if (limit === undefined || algorithm === undefined) return nowMs;
    if (permits >= this.#held) return algorithm.freeAtMs(limit, this.#spent[index], permits - this.#held, nowMs);
    return this.#leases.reduce((first, { endsAtMs, isSpent }) => (isSpent ? first : Math.min(first, endsAtMs)), nowMs + limit.windowMs);
  }

  /** When nothing is left of it that counts. */
  idleAtMs(nowMs: number): number {
    const { limits, algorithms } = this.rule;
    let idleAtMs = nowMs;
    for (let index = 0; index < limits.length; index++) {
      const limit = limits[index] as Limit; // within the list
      idleAtMs = Math.max(idleAtMs, algorithms[index]?.freeAtMs(limit, this.#spent[index], 0, nowMs) ?? nowMs);
    }
    for (const { endsAtMs, isSpent } of this.#leases) if (!isSpent) idleAtMs = Math.max(idleAtMs, endsAtMs);
    return idleAtMs;
  }

  /** Spends permits under every limit; asks nobody whether it may. `wereUsed`: they take effect by now, not when the answer arrives. */
  spend(permits: number, atMs: number, wereUsed = false): void {
    const { limits, algorithms, takeEffectAfterMs } = this.rule;
    for (let index = 0; index < limits.length; index++) {
      const limit = limits[index] as Limit; // within the list
      const takesEffectAtMs = wereUsed ? atMs : atMs + (takeEffectAfterMs[index] ?? 0);
      this.#spent[index] = algorithms[index]?.spend(limit, this.#spent[index], permits, atMs, takesEffectAtMs);
    }
  }

  /** Gives back permits that were spent at `atMs`. */
  refund(permits: number, atMs: number, nowMs: number, wereUsed = false): void {
    const { limits, algorithms, takeEffectAfterMs } = this.rule;
    this.#spent = limits.map((limit, index) =>
      algorithms[index]?.refund(limit, this.#spent[index], permits, atMs + (wereUsed ? 0 : (takeEffectAfterMs[index] ?? 0)), nowMs),
    );
  }

  /** What was spent until now, to return to with `restore`. */
  get spent(): Spent[] {
    return [...this.#spent];
  }

  restore(spent: Spent[]): void {
    this.#spent = spent;
  }

  /** Puts permits out on lease; asks nobody whether it may. */
  lend(id: number, permits: number, endsAtMs: number): void {
    this.#leases = [...this.#leases, { id, permits, endsAtMs, isSpent: false }];
    this.#held += permits;
  }

  /** Takes a lease back of which `used` permits were used. One that is not known, or was returned already, changes nothing. */
  takeBack(id: number, used: number, nowMs: number): void {
    const lease = this.#leases.find((one) => one.id === id);
    if (lease === undefined) return;
    this.#leases = this.#leases.filter((one) => one !== lease);
    const usedPermits = Math.min(Math.max(0, used), lease.permits);
    if (lease.isSpent) {
      if (usedPermits < lease.permits) this.refund(lease.permits - usedPermits, lease.endsAtMs, nowMs, true);
      return;
    }
    this.#held -= lease.permits;
    if (usedPermits > 0) this.spend(usedPermits, nowMs, true);
  }

  /** Leases whose time is up were used, as far as anyone knows: in the order of their ends, so that time never goes back. */
  #endLeases(nowMs: number): void {
    const ended = this.#leases.filter(({ endsAtMs, isSpent }) => !isSpent && endsAtMs <= nowMs);
    for (const { permits, endsAtMs } of ended.toSorted((one, other) => one.endsAtMs - other.endsAtMs)) {
      this.#held -= permits;
      this.spend(permits, endsAtMs, true);
    }
    const isKept = ({ endsAtMs }: Lease) => endsAtMs > nowMs - LATE_RETURN_MS;
    if (ended.length === 0 && this.#leases.every(isKept)) return;
    this.#leases = this.#leases.filter(isKept).map((lease) => (ended.includes(lease) ? { ...lease, isSpent: true } : lease));
  }

  #adopt(rule: PreparedRule): void {
    if (rule.shape !== this.rule.shape) {
      this.#spent = rule.limits.map(() => undefined);
      this.#leases = NO_LEASES;
      this.#held = 0;
    }
    this.rule = rule;
  }
}
