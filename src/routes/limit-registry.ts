/** The limits that are in force: those of the code, and what an operator has changed at run time. */
import { logError } from '../lib/log.ts';
import type { LimitChanges } from '../objects/index.ts';
import {
  type CallerPattern,
  type LimitsDocument,
  mergeLimits,
  type OverrideDefinition,
  parseLimits,
  wrongLimits,
} from '../wire/limit-document.ts';
import { compileRules, type Rule, ruleName } from '../wire/limit-rules.ts';
import type { Failure } from '../wire/limiter.ts';
import { isOneOf, type LimitedCaller, overrideFor } from './limit-callers.ts';

/** How long an isolate goes by what it has read: a change is in force everywhere so much later. */
const FRESH_MS = 10_000;
/** How long the first request of an isolate waits to learn of changes. */
const FIRST_READ_MS = 50;

/** What follows from a document, worked out once. */
interface InForce {
  document: Required<LimitsDocument>;
  rules: ReadonlyMap<string, Rule>;
  overrides: ReadonlyMap<string, readonly OverrideDefinition[]>;
  failures: Readonly<Record<string, Failure>>;
}

export class LimitRegistry {
  readonly #base: LimitsDocument;
  readonly #read: () => Promise<LimitChanges>;
  #changes: LimitChanges = { version: 0, changes: {} };
  #inForce: InForce;
  #readAtMs: number | null = null;

  /**
   * @param base the limits of the code
   * @param read the run-time changes, from where they are kept
   */
  constructor(base: LimitsDocument, read: () => Promise<LimitChanges>) {
    this.#base = base;
    this.#read = read;
    this.#inForce = inForce(base);
  }

  /** The limits of the code. */
  get base(): LimitsDocument {
    return this.#base;
  }

  get changes(): LimitChanges {
    return this.#changes;
  }

  get document(): Required<LimitsDocument> {
    return this.#inForce.document;
  }

  /** By policy, what is done while it cannot be checked. */
  get failures(): Readonly<Record<string, Failure>> {
    return this.#inForce.failures;
  }

  /** The rule of a policy for a caller; undefined where there is no such policy. */
  ruleFor(policy: string, caller: LimitedCaller): Rule | undefined {
    const { rules, overrides } = this.#inForce;
    const some = overrides.get(policy);
    const override = some && overrideFor(some, caller);
    return rules.get(override === undefined ? policy : ruleName(override));
  }

  isBanned(caller: LimitedCaller, nowMs: number): boolean {
    return this.#isListed('ban', caller, nowMs);
  }

  isAllowed(caller: LimitedCaller, nowMs: number): boolean {
    return this.#isListed('allow', caller, nowMs);
  }

  /** Whether `refresh` has something to do: most requests need not wait for it. */
  isDue(nowMs: number): boolean {
    return this.#readAtMs === null || Math.abs(nowMs - this.#readAtMs) >= FRESH_MS; // a clock may go back
  }

  /**
   * Sees to it that changes are known which are older than ten seconds. The first request of an isolate waits for them, if not for long; later ones go by
   * what is known meanwhile.
   */
  async refresh(nowMs: number, later: (work: Promise<unknown>) => void): Promise<void> {
    if (!this.isDue(nowMs)) return;
    const isFirst = this.#readAtMs === null;
    this.#readAtMs = nowMs;
    const reading = this.#readChanges();
    later(reading);
    if (isFirst) await Promise.race([reading, scheduler.wait(FIRST_READ_MS)]);
  }

  /** Takes changes over, unless they are older than the ones that are known. */
  adopt({ version, changes }: LimitChanges): void {
    if (version <= this.#changes.version) return;
    const parsed = parseLimits(changes, this.#base);
    this.#changes = { version, changes };
    // They were checked when they were made: only another release of this code can find fault with them.
    if ('document' in parsed) this.#inForce = inForce(mergeLimits(this.#base, parsed.document));
    else logError('run-time limits are not used', wrongLimits(parsed.issues), { version });
  }

  async #readChanges(): Promise<void> {
    try {
      this.adopt(await this.#read());
    } catch (error) {
      logError('run-time limits cannot be read', error);
    }
  }

  #isListed(list: 'ban' | 'allow', caller: LimitedCaller, nowMs: number): boolean {
    const patterns: readonly CallerPattern[] = this.#inForce.document[list];
    return patterns.length > 0 && isOneOf(patterns, caller, nowMs);
  }
}

function inForce(base: LimitsDocument): InForce {
  const document = mergeLimits(base, {});
  const rules = compileRules(document);
  return {
    document,
    rules,
    overrides: new Map(
      Object.entries(Object.groupBy(document.overrides, ({ policy }) => policy)).map(([policy, list]) => [policy, list ?? []]),
    ),
    // By the policy's own numbers: those of an override are for its callers alone.
    failures: Object.fromEntries([...rules].filter(([name, { policy }]) => name === policy).map(([name, rule]) => [name, failureOf(rule)])),
  };
}

function failureOf({ failure, limits: [limit] }: Rule): Failure {
  if (failure !== 'local') return failure;
  return limit === undefined ? 'open' : { limit: limit.limit, windowMs: limit.windowMs };
}
