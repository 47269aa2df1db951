/** The object that counts. Thin: `LimiterCore` decides, `KeyLedger` writes. */
import { DurableObject } from 'cloudflare:workers';
import { logError } from '../../lib/log.ts';
import { isolateMemory } from '../../lib/memory-budget.ts';
import { type LimitsDocument, mergeLimits, parseLimits, wrongLimits } from '../../wire/limit-document.ts';
import { KeyLedger } from './key-ledger.ts';
import { LimiterCore } from './limiter-core.ts';
import type { Priority } from '../../wire/limits.ts';
import type { CheckAnswer, CheckAnswers, CheckRequest, LimitChanges, LimitChangesRpc, ManyKeysRequest, RateLimiterRpc } from './rpc.ts';

/** Plain data, given when the class is made: the runtime builds objects with (ctx, env) alone. */
export interface RateLimiterOptions {
  limits: LimitsDocument;
  /** how long keys of `coalesced` policies wait to be written, in seconds; default 10 */
  flushSec?: number;
  /** how much memory one object's keys may take; default 16 MB */
  maxBytes?: number;
}

/** What can be asked of an object of counters. */
export type RateLimiterObject = DurableObject<object> & RateLimiterRpc & LimitChangesRpc;
/** The class that `defineRateLimiter` makes. */
export type RateLimiterClass = new (ctx: DurableObjectState, env: object) => RateLimiterObject;

const FLUSH_SEC = 10;
const MAX_BYTES = 16 * 1024 * 1024;
const CHANGES = 'changes';

/**
 * Makes the class of the rate limiter's objects, for `wrangler.toml` to name. An object is named by `rateLimiterName`, the one that keeps the run-time
 * changes of a set by `limitChangesName`.
 *
 * @throws TypeError when the limits are not what `LimitsDocument` says
 * @see docs/design/rate-limiter.md
 */
export function defineRateLimiter(options: RateLimiterOptions): RateLimiterClass {
  const { flushSec = FLUSH_SEC, maxBytes = MAX_BYTES } = options;
  const limits = checkedLimits(options.limits);
  return class RateLimiter extends DurableObject<object> implements RateLimiterRpc, LimitChangesRpc {
    readonly #ledger: KeyLedger;
    readonly #core: LimiterCore;
    /** of the run-time changes that the core decides by */
    #version = 0;

    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env);
      this.#ledger = new KeyLedger(ctx.storage, flushSec * 1000);
      this.#core = new LimiterCore({ document: limits, ledger: this.#ledger, memory: isolateMemory, maxBytes });
      // Every call and alarm waits for it; if it fails, the runtime resets the object.
      void ctx.blockConcurrencyWhile(async () => {
        const learned = this.#ledger.learned();
        if (learned !== null) this.#learn(learned);
        await this.#ledger.load(this.#core, Date.now());
      });
    }

    async check(version: number, rule: string, key: string, cost: number, priority?: Priority): Promise<string> {
      return version > this.#version ? '' : this.#text([this.#core.check([rule, key, cost, priority], Date.now())]);
    }

    async checkMany(version: number, requests: string, groups?: number[]): Promise<string> {
      if (version > this.#version) return '';
      return this.#text(this.#core.checkMany(questions(requests), groups, Date.now()));
    }

    async peek(version: number, requests: string): Promise<string> {
      return version > this.#version ? '' : this.#text(this.#core.peek(questions(requests), Date.now()));
    }

    async lease(version: number, rule: string, key: string, want: number): Promise<string> {
      return version > this.#version ? '' : this.#text([this.#core.lease(rule, key, want, Date.now())]);
    }

    async refund(rule: string, key: string, cost: number, atMs: number): Promise<void> {
      this.#core.refund(rule, key, cost, atMs, Date.now());
    }

    async reset(policy: string | null, key: string): Promise<void> {
      for (const name of this.#core.countersOf(policy)) {
        this.#core.keys.delete(name, key);
        this.#ledger.removed(name, key, Date.now());
      }
    }

    async learn(version: number, changes: LimitsDocument): Promise<void> {
      if (version <= this.#version) return;
      this.#learn({ version, changes });
      this.#ledger.learn({ version, changes });
    }

    async readChanges(): Promise<LimitChanges> {
      return this.ctx.storage.kv.get<LimitChanges>(CHANGES) ?? { version: 0, changes: {} };
    }

    async replaceChanges(changes: LimitsDocument, ifVersion: number): Promise<number | null> {
      const { version } = await this.readChanges();
      if (version !== ifVersion) return null;
      this.ctx.storage.kv.put<LimitChanges>(CHANGES, { version: version + 1, changes });
      return version + 1;
    }

    override async alarm(): Promise<void> {
      await this.#ledger.settle(this.#core, Date.now());
    }

    #text(answers: CheckAnswer[]): string {
      const all: CheckAnswers = [this.#core.nowMs, ...answers];
      return JSON.stringify(all);
    }

    #learn({ version, changes }: LimitChanges): void {
      this.#version = version;
      const parsed = parseLimits(changes, limits);
      // They were checked when they were made: only another release of this code can find fault with them now.
      if ('document' in parsed) this.#core.setDocument(mergeLimits(limits, parsed.document));
      else logError('run-time limits are not used', wrongLimits(parsed.issues), { version });
    }
  };
}

/** The core looks at each value: what is no question is answered so. */
function questions(json: string): CheckRequest[] {
  const requests = JSON.parse(json) as (CheckRequest | ManyKeysRequest)[];
  return requests.flatMap((request): CheckRequest[] => {
    if (!Array.isArray(request?.[1])) return [request as CheckRequest];
    const [rule, keys, cost, priority] = request;
    return keys.map((key) => [rule, key, cost, priority]);
  });
}

/** @throws TypeError that names everything that is wrong */
function checkedLimits(limits: LimitsDocument): LimitsDocument {
  const parsed = parseLimits(limits);
  if ('document' in parsed) return parsed.document;
  throw wrongLimits(parsed.issues);
}
