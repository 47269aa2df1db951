/** The caller's side of a rate limiter: decides here what it may, and asks the objects for the rest. */
import type { Ask, AskOptions, Decision, Failure, Limiter } from '../../wire/limiter.ts';
import type { LimiterNamespace } from '../stubs.ts';
import { LocalKey, newDecision } from './local-key.ts';
import { type Heard, type KeyAddress, ObjectCalls, type ObjectCallsOptions } from './object-calls.ts';
import type { CheckAnswer, CheckRequest } from './rpc.ts';

/** How a client reaches the objects of counters. */
export interface RateLimiterClientOptions extends ObjectCallsOptions {
  /** what is done while a policy cannot be checked; default open */
  failures?: Readonly<Record<string, Failure>>;
}

/** How many keys an isolate remembers of those that were asked for lately, and of those of the time before. */
const GENERATION_KEYS = 5_000;

/**
 * A rate limiter for a whole isolate: make one, and keep it.
 *
 * From one request to the next it keeps numbers alone (leases, refusals, counts), no stub and no promise.
 */
export class RateLimiterClient implements Limiter {
  readonly #calls: ObjectCalls;
  readonly #options: RateLimiterClientOptions;
  /** keys that were asked for lately, and those of the time before: when the first are too many, they become the second, which are forgotten */
  #recent = new Map<string, LocalKey[]>();
  #older = new Map<string, LocalKey[]>();

  constructor(namespace: LimiterNamespace, options: RateLimiterClientOptions = {}) {
    this.#calls = new ObjectCalls(namespace, options);
    this.#options = options;
  }

  check(rule: string, key: string, options: AskOptions = {}): Decision | Promise<Decision> {
    const local = this.#local(rule, key, options);
    return local.decide(costOf(options), Date.now()) ?? this.#decide([local], options, [null]).then(([decision]) => decision as Decision); // one for one
  }

  checkAll(asks: readonly Ask[], options: AskOptions & { partition: string }): Decision[] | Promise<Decision[]> {
    return this.#decideAll(
      asks.map(([rule, key]) => this.#local(rule, key, options)),
      options,
    );
  }

  async refund(rule: string, key: string, decision: Decision, options: AskOptions = {}): Promise<void> {
    const { by, receipt, cost = 1 } = decision;
    // What is given back twice would be another's.
    decision.receipt = 0;
    const local = this.#local(rule, key, options);
    if (by === 'lease') return local.putBack(cost, receipt);
    const spentAtMs = await receipt;
    const [hash, shard] = await this.#address(local, options);
    if (spentAtMs) await this.#calls.call(shard, (stub) => stub.refund(rule, hash, cost, spentAtMs));
  }

  #decideAll(locals: readonly LocalKey[], options: AskOptions): Decision[] | Promise<Decision[]> {
    const decided = locals.map((local) => local.decide(costOf(options), Date.now()));
    // All by leases.
    return decided.every((decision) => decision?.admitted) ? (decided as Decision[]) : this.#decide(locals, options, decided);
  }

  /** @param decided what is decided here, one for one; the others are asked for */
  async #decide(locals: readonly LocalKey[], options: AskOptions, decided: readonly (Decision | null)[]): Promise<Decision[]> {
    const cost = costOf(options);
    // Nobody is asked about a group of which one is refused by what is known here.
    const asked = decided.every((decision) => decision?.admitted ?? true) ? locals.filter((_, index) => !decided[index]) : [];
    const answers = asked.length ? await this.#ask(asked, cost, options) : [];
    const decisions = decided.map((decision) => decision ?? answers.shift() ?? newDecision(0, 'hold'));
    if (!decisions.every(({ admitted }) => admitted)) {
      decisions.forEach(({ receipt }, index) => locals[index]?.putBack(cost, receipt));
      // What the object has no more of may be out on a lease that another request was given meanwhile.
      if (decisions.every(({ admitted }, index) => admitted || locals[index]?.covers(cost, Date.now())))
        return this.#decideAll(locals, options);
    }
    return decisions;
  }

  #local(rule: string, key: string, { priority }: AskOptions): LocalKey {
    const locals = this.#recent.get(key) ?? this.#older.get(key) ?? [];
    // What one priority may use, another may not: they share neither leases nor refusals.
    let local = locals.find((one) => one.rule === rule && one.priority === priority);
    if (!local) locals.push((local = new LocalKey(rule, key, priority)));
    this.#recent.set(key, locals);
    if (this.#recent.size > GENERATION_KEYS) {
      this.#older = this.#recent;
      this.#recent = new Map<string, LocalKey[]>();
    }
    return local;
  }

  async #ask(locals: readonly LocalKey[], cost: number, options: AskOptions): Promise<Decision[]> {
    let shard = 0;
    for (const local of locals) [, shard] = await this.#address(local, options);
    const sentAtMs = Date.now();
    const requests = locals.map((local) => local.question(cost, sentAtMs));
    const [at, answers, late] = await this.#calls.ask(shard, requests);
    return locals.map((local, index) => {
      // There is one request for each. All but the first of what is heard are answers.
      const hear = (all: Heard) =>
        local.answer(requests[index] as CheckRequest, all[at + index] as CheckAnswer | undefined, all[0] as number, sentAtMs, Date.now());
      if (answers[0]) return hear(answers);
      const decision = local.fail(cost, this.#options.failures?.[local.rule.split('@')[0] as string], Date.now());
      // What comes late is too late for this decision, and has been counted all the same: it is good for the next ones.
      return { ...decision, cost, receipt: late.then((heard) => hear(heard).receipt).catch(() => 0) };
    });
  }

  async #address(local: LocalKey, { partition = local.key }: AskOptions): Promise<KeyAddress> {
    return (local.address ??= await this.#calls.address(local.key, partition));
  }
}

function costOf({ cost = 1 }: AskOptions): number {
  if (Number.isSafeInteger(cost) && cost > 0) return cost;
  throw new TypeError(`expected a cost of 1 or more, got ${cost}`);
}
