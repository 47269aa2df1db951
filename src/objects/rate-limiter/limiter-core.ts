/** Decides, in memory and in one turn. Knows neither storage nor sockets nor a clock. */
import type { MemoryBudget } from '../../lib/memory-budget.ts';
import { compileRules } from '../../wire/limit-rules.ts';
import type { LimitsDocument } from '../../wire/limit-document.ts';
import { answerOf, fits, invalid, leasable, type Question, refusal, withTerms } from './answers.ts';
import { KeyState } from './key-state.ts';
import { KeyTable } from './key-table.ts';
import { type PreparedRule, prepareRule } from './prepared-rule.ts';
import { type CheckAnswer, type CheckRequest, OUTCOME } from './rpc.ts';

/** A key that was kept, and the instant of its last change: time goes on from there, whatever the clock says now. */
export interface StoredKey {
  state: KeyState;
  atMs: number;
}

/** Where keys are kept that outlive the object. */
export interface Ledger {
  /** a key that memory has not, or undefined */
  find(rule: PreparedRule, key: string): StoredKey | undefined;
  /** called after every change of a key */
  changed(rule: PreparedRule, key: string, state: KeyState, nowMs: number): void;
}

export interface LimiterCoreOptions {
  document: LimitsDocument;
  ledger: Ledger;
  memory: MemoryBudget;
  maxBytes: number;
}

/** An isolate may see the time a moment late, so a lease is kept this much longer than its holder believes. */
const LEASE_GRACE_MS = 100;
const MAX_KEY_LENGTH = 64;
const LEASE_IDS_PER_MS = 4096;

export class LimiterCore {
  readonly keys: KeyTable;
  readonly #ledger: Ledger;
  #rules: Map<string, PreparedRule>;
  #nowMs = 0;
  #lastLeaseId = 0;

  constructor({ document, ledger, memory, maxBytes }: LimiterCoreOptions) {
    this.keys = new KeyTable(memory, maxBytes);
    this.#ledger = ledger;
    this.#rules = prepared(document);
  }

  /** Decides by these policies from now on. What was spent stays, where a policy's algorithms and windows stay. */
  setDocument(document: LimitsDocument): void {
    this.#rules = prepared(document);
  }

  rule(name: string): PreparedRule | undefined {
    return this.#rules.get(name);
  }

  /** Under which names keys of a policy are counted, or (null) those of all of them. */
  countersOf(policy: string | null): Set<string> {
    const rules = [...this.#rules.values()].filter((rule) => policy === null || rule.policy === policy);
    return new Set(rules.map(({ countedAs }) => countedAs));
  }

  /** The instant of the latest decisions. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The time by which it decides: a clock that goes back stands still instead. */
  advance(nowMs: number): number {
    if (nowMs > this.#nowMs) this.#nowMs = Math.floor(nowMs);
    return this.#nowMs;
  }

  check(request: CheckRequest, nowMs: number): CheckAnswer {
    this.advance(nowMs);
    const question = this.#open(request);
    const atMs = this.#nowMs;
    if (question === null) return invalid();
    if (request[5]) this.#takeBack(question, request, atMs);
    if (!fits(question, atMs)) return refusal(question, atMs);
    this.#spend(question, atMs);
    return this.#admit(question, atMs);
  }

  /** @param groups as in `RateLimiterRpc.checkMany` */
  checkMany(requests: readonly CheckRequest[], groups: readonly number[] = [], nowMs: number): CheckAnswer[] {
    const answers: CheckAnswer[] = [];
    let next = 0;
    for (const size of groups) {
      if (size === 1) answers.push(this.check(requests[next] as CheckRequest, nowMs)); // there is one for each
      else answers.push(...this.#checkGroup(requests.slice(next, next + size), nowMs));
      next += size;
    }
    for (; next < requests.length; next++) answers.push(this.check(requests[next] as CheckRequest, nowMs)); // within its length
    return answers;
  }

  peek(requests: readonly CheckRequest[], nowMs: number): CheckAnswer[] {
    this.advance(nowMs);
    return requests.map((request) => {
      const question = this.#open(request);
      const atMs = this.#nowMs;
      if (question === null) return invalid();
      return fits(question, atMs) ? answerOf(OUTCOME.ADMITTED, question, atMs) : refusal(question, atMs);
    });
  }

  lease(ruleName: string, key: string, want: number, nowMs: number): CheckAnswer {
    this.advance(nowMs);
    const question = this.#open([ruleName, key, 1, undefined, want]);
    const atMs = this.#nowMs;
    if (question === null || !isCost(want)) return invalid();
    return fits(question, atMs) ? this.#admit(question, atMs) : refusal(question, atMs);
  }

  /** @param spentAtMs the `atMs` of the answer that is taken back */
  refund(ruleName: string, key: string, cost: number, spentAtMs: number, nowMs: number): void {
    this.advance(nowMs);
    const question = this.#open([ruleName, key, cost]);
    const atMs = this.#nowMs;
    if (question?.state === undefined || !Number.isSafeInteger(spentAtMs) || spentAtMs > atMs) return;
    question.state.refund(cost, spentAtMs, atMs);
    this.#changed(question, question.state);
  }

  /** Adds a key that was kept elsewhere. */
  restore(rule: PreparedRule, key: string, state: KeyState, nowMs: number): void {
    this.keys.add(rule.countedAs, key, state, this.advance(nowMs));
  }

  /** Spends for all of a group, or for none. */
  #checkGroup(requests: readonly CheckRequest[], clockMs: number): CheckAnswer[] {
    this.advance(clockMs);
    const questions = requests.map((request) => {
      const question = this.#open(request);
      if (question !== null && request[5]) this.#takeBack(question, request, this.#nowMs);
      return question;
    });
    const nowMs = this.#nowMs;
    const undo: (() => void)[] = [];
    // Several may be about one key, so each is asked with those before it spent.
    const isAdmitted = questions.every((question) => {
      if (question === null) return false;
      question.state ??= this.keys.get(question.rule.countedAs, question.key);
      if (!fits(question, nowMs)) return false;
      const before = question.state?.spent;
      const state = this.#spend(question, nowMs);
      undo.push(() => state.restore(before ?? question.rule.limits.map(() => undefined)));
      return true;
    });
    if (isAdmitted) return questions.map((question) => (question === null ? invalid() : this.#admit(question, nowMs)));
    for (const restore of undo.toReversed()) restore();
    return questions.map((question) => {
      if (question === null) return invalid();
      return fits(question, nowMs) ? answerOf(OUTCOME.PASSED_OVER, question, nowMs) : refusal(question, nowMs);
    });
  }

  /** May let time pass: a key that was kept was changed later than a clock says which has gone back since. */
  #open(request: CheckRequest): Question | null {
    if (!Array.isArray(request)) return null;
    const key = request[1];
    const cost = request[2];
    const rule = this.#ruleFor(request[0]);
    if (rule === undefined || !isKey(key) || !isCost(cost)) return null;
    const ceilings = rule.ceilings[request[3] ?? rule.priority];
    if (!Array.isArray(ceilings)) return null;
    let state = this.keys.get(rule.countedAs, key);
    if (state === undefined) {
      const stored = this.#ledger.find(rule, key);
      if (stored !== undefined) this.restore(rule, key, (state = stored.state), stored.atMs);
    }
    state?.advance(rule, this.#nowMs);
    return { rule, key, cost, ceilings, want: request[4] ?? 0, state };
  }

  /** Of an override that is no more, the policy itself: an isolate may not have heard of that yet. */
  #ruleFor(name: unknown): PreparedRule | undefined {
    return typeof name === 'string' ? (this.#rules.get(name) ?? this.#rules.get(name.split('@', 1)[0] as string)) : undefined;
  }

  #takeBack(question: Question, [, , , , , leaseId = 0, used = 0]: CheckRequest, nowMs: number): void {
    if (question.state === undefined) return;
    question.state.takeBack(leaseId, used, nowMs);
    this.#changed(question, question.state);
  }

  #spend(question: Question, nowMs: number): KeyState {
    const state = (question.state ??= this.#add(question, nowMs));
    state.spend(question.cost, nowMs);
    return state;
  }

  #add({ rule, key }: Question, nowMs: number): KeyState {
    const state = new KeyState(rule);
    this.keys.add(rule.countedAs, key, state, nowMs);
    return state;
  }

  /** The answer to a question whose cost is spent, with the lease that it wants. */
  #admit(question: Question, nowMs: number): CheckAnswer {
    const answer = answerOf(OUTCOME.ADMITTED, question, nowMs);
    if (question.want > 0 && question.rule.leaseMs > 0) this.#lend(question, answer, nowMs);
    if (question.state !== undefined) this.#changed(question, question.state);
    return answer;
  }

  #lend(question: Question, answer: CheckAnswer, nowMs: number): void {
    const { leaseMs } = question.rule;
    const { permits, holdMs } = leasable(question, answer, nowMs);
    if (permits > 0) {
      const state = (question.state ??= this.#add(question, nowMs));
      // Never one that an earlier life of the object has given.
      this.#lastLeaseId = Math.max(this.#lastLeaseId + 1, nowMs * LEASE_IDS_PER_MS);
      state.lend(this.#lastLeaseId, permits, nowMs + leaseMs + LEASE_GRACE_MS);
      withTerms(answer, [0, holdMs, this.#lastLeaseId, permits, leaseMs]);
    } else if (holdMs > 0) withTerms(answer, [0, holdMs, 0, 0, 0]);
  }

  #changed({ rule, key }: Question, state: KeyState): void {
    if (rule.hasLog) this.keys.resize(rule.countedAs, state);
    this.#ledger.changed(rule, key, state, this.#nowMs);
  }
}

function prepared(document: LimitsDocument): Map<string, PreparedRule> {
  const rules = compileRules(document);
  return new Map([...rules].map(([name, rule]) => [name, prepareRule(rule, rules.get(rule.policy))]));
}

/** Text of any kind: keys are looked up in maps, where none means anything special. */
function isKey(key: unknown): boolean {
  return typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH;
}

function isCost(cost: unknown): boolean {
  return Number.isSafeInteger(cost) && Number(cost) > 0;
}
