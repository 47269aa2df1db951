/** Many isolates and one object in virtual time: the code that decides on both sides, without what carries it. */
import { type Ledger, LimiterCore, type StoredKey } from '../../../src/objects/rate-limiter/limiter-core.ts';
import { KeyState } from '../../../src/objects/rate-limiter/key-state.ts';
import { LocalKey } from '../../../src/objects/rate-limiter/local-key.ts';
import type { PreparedRule } from '../../../src/objects/rate-limiter/prepared-rule.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';
import type { Decision } from '../../../src/wire/limiter.ts';

export const DEADLINE_MS = 50;
const START_MS = 1_764_000_000_000;

/** What is stored of a strict policy: every change, at once. */
class StrictLedger implements Ledger {
  readonly #rows = new Map<string, { atMs: number; numbers: number[] }>();

  find(rule: PreparedRule, key: string): StoredKey | undefined {
    const row = this.#rows.get(key);
    const state = row && KeyState.fromNumbers(rule, row.numbers);
    return state ? { state, atMs: row.atMs } : undefined;
  }

  changed(_rule: PreparedRule, key: string, state: KeyState, nowMs: number): void {
    this.#rows.set(key, { atMs: nowMs, numbers: state.toNumbers() });
  }
}

export interface Use {
  atMs: number;
  permits: number;
}

/** Isolates that ask one object for one key under the policy "p". */
export class LimiterSimulation {
  nowMs = START_MS;
  /** how often the object was called, and how many decisions were made */
  calls = 0;
  decisions = 0;
  /** when permits were used, as the isolates know it */
  readonly uses: Use[] = [];
  readonly #document: LimitsDocument;
  readonly #isolates: LocalKey[];
  readonly #ledger = new StrictLedger();
  #core: LimiterCore;
  readonly #events: { atMs: number; run: () => void }[] = [];

  constructor(document: LimitsDocument, isolates: number) {
    this.#document = document;
    this.#core = this.#newCore();
    this.#isolates = Array.from({ length: isolates }, () => this.#newIsolate());
  }

  /** Lets time pass, and what is under way arrive. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = untilMs;
  }

  /**
   * An isolate decides, here or by asking.
   *
   * @param lagMs how late the isolate sees the time
   * @param delaysMs how long the question and the answer take; more than the deadline together: it is refused, and the answer is for the next ones
   */
  ask(isolate: number, permits: number, delaysMs: readonly [number, number], lagMs = 0): void {
    const local = this.#isolates[isolate]!;
    const decided = local.decide(permits, this.nowMs - lagMs);
    this.decisions += 1;
    if (decided) return this.#note(decided, permits);
    const sentAtMs = this.nowMs;
    const request = local.question(permits, sentAtMs);
    const [thereMs, backMs] = delaysMs;
    const isLate = thereMs + backMs > DEADLINE_MS;
    this.calls += 1;
    this.#after(thereMs, () => {
      const answer = this.#core.check(request, this.nowMs);
      const atMs = this.#core.nowMs;
      this.#after(backMs, () => {
        const answered = local.answer(request, answer, atMs, sentAtMs, this.nowMs);
        if (isLate) return this.#giveBack(permits, answered);
        this.#note(
          answered.admitted ? answered : local.covers(permits, this.nowMs - lagMs) ? local.decide(permits, this.nowMs - lagMs)! : answered,
          permits,
        );
      });
    });
    if (isLate) this.#after(DEADLINE_MS, () => this.#note(local.fail(permits, 'closed', this.nowMs), permits));
  }

  /** The object is lost, and comes back with what it has stored. */
  evictObject(): void {
    this.#core = this.#newCore();
  }

  /** An isolate is lost, with its leases. */
  evictIsolate(isolate: number): void {
    this.#isolates[isolate] = this.#newIsolate();
  }

  /** What was counted of a decision that was made without it. */
  #giveBack(permits: number, { receipt }: Decision): void {
    if (typeof receipt === 'number' && receipt > 0) this.#core.refund('p', 'key', permits, receipt, this.nowMs);
  }

  #newCore(): LimiterCore {
    return new LimiterCore({ document: this.#document, ledger: this.#ledger, memory: new MemoryBudget(1e9), maxBytes: 1e9 });
  }

  #newIsolate(): LocalKey {
    const local = new LocalKey('p', 'key');
    local.address = ['key', 0];
    return local;
  }

  #note({ admitted }: Decision, permits: number): void {
    if (admitted) this.uses.push({ atMs: this.nowMs, permits });
  }

  #after(ms: number, run: () => void): void {
    const atMs = this.nowMs + ms;
    const place = this.#events.findLastIndex((event) => event.atMs <= atMs);
    this.#events.splice(place + 1, 0, { atMs, run });
  }

  #next(untilMs: number) {
    return (this.#events[0]?.atMs ?? Infinity) <= untilMs ? this.#events.shift() : undefined;
  }
}

/** The most permits that were used in a span of `windowMs`, wherever it begins. */
export function mostUsedWithin(uses: readonly Use[], windowMs: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { atMs, permits } of uses) {
    sum += permits;
    while (uses[first]!.atMs <= atMs - windowMs) sum -= uses[first++]!.permits;
    most = Math.max(most, sum);
  }
  return most;
}
