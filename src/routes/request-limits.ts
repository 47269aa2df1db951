/** What one request is held to on its way: its address before anybody is known, then its tenant and its principal. */
import { ServiceError } from '../lib/errors.ts';
import type { AskOptions, Limiter } from '../wire/limiter.ts';
import type { MetricsSink } from '../wire/metrics.ts';
import { KEY_POLICY } from '../wire/tenant-bodies.ts';
import { addressOf } from './caller-address.ts';
import type { Caller } from './guard.ts';
import { addressKey } from '../lib/ip-address.ts';
import type { LimitedCaller } from './limit-callers.ts';
import type { LimitCounts } from './limit-counts.ts';
import { type DecidedKey, decideAll, UNCHECKED_RETRY_MS } from './limit-decisions.ts';
import { type DecidedQuota, rateLimitHeaders, retryAfterSec, violatedLimits } from './limit-headers.ts';
import {
  ADDRESS_POLICY,
  limitKeyOfAddress,
  limitKeyOfAnonymous,
  limitKeyOfApiKey,
  limitKeyOfPrincipal,
  limitKeyOfTenant,
  PUBLIC_POLICY,
  TENANT_POLICY,
  type LimitKey,
} from './limit-keys.ts';
import type { LimitRegistry } from './limit-registry.ts';
import type { Route } from './route.ts';

/** What all requests share. */
export interface SharedLimits {
  registry: LimitRegistry;
  limiter: Limiter;
  counts: LimitCounts;
  metrics: MetricsSink;
  /** the plan of a tenant; null where it has none, or cannot be looked up */
  planOf(tenant: string): Promise<string | null>;
}

/** Somebody who is counted, by one policy. */
interface Counted extends LimitKey {
  policy: string;
  /** what the client is told of the key */
  shownAs: string | null;
}

/** What a request costs. */
const COST = 1;

export class RequestLimits {
  readonly #shared: SharedLimits;
  readonly #later: (work: Promise<unknown>) => void;
  readonly #address: string | null;
  /** as it came, which ranges of addresses are compared with */
  readonly #fullAddress: string | null;
  readonly #quotas: DecidedQuota[] = [];
  /** gives back places of concurrency limits */
  readonly #releases: (() => Promise<void>)[] = [];

  /** @param later takes work that need not delay the answer */
  constructor(shared: SharedLimits, request: Request, later: (work: Promise<unknown>) => void) {
    this.#shared = shared;
    this.#later = later;
    this.#fullAddress = addressOf(request);
    this.#address = this.#fullAddress === null ? null : addressKey(this.#fullAddress);
  }

  /**
   * Before anybody is known: by address, and for a public route by that route's policy as well.
   *
   * @throws ServiceError `forbidden` for a banned address, `rate_limited`, `limits_unavailable`
   */
  async admitAddress(route: Route | null): Promise<void> {
    const { registry } = this.#shared;
    if (registry.isDue(Date.now())) await registry.refresh(Date.now(), this.#later);
    const address = this.#address;
    // Without an address there is nobody to tell from others: a request over a service binding, or on this machine.
    if (address === null) return;
    const policies = route?.access === 'public' ? [ADDRESS_POLICY, route.limit] : [ADDRESS_POLICY];
    const counted = policies.map((policy): Counted => ({ policy, shownAs: null, ...limitKeyOfAddress(address) }));
    await this.#admit(counted, this.#caller(route, null, null, null), route);
  }

  /**
   * By tenant, and by principal; of a tenant's anonymous callers by address.
   *
   * @throws ServiceError `forbidden` for one that is banned, `rate_limited`, `limits_unavailable`
   */
  async admitCaller(route: Route, { principal, tenant }: Caller): Promise<void> {
    const counted: Counted[] = [];
    if (tenant !== null) counted.push({ policy: TENANT_POLICY, shownAs: tenant, ...limitKeyOfTenant(tenant) });
    if (principal !== null) counted.push({ policy: route.limit, shownAs: principal.subject.id, ...limitKeyOfPrincipal(principal) });
    if (principal?.limitPolicy !== undefined)
      counted.push({ policy: this.#keyPolicy(principal.limitPolicy), shownAs: principal.subject.id, ...limitKeyOfApiKey(principal) });
    if (principal === null && tenant !== null && this.#address !== null)
      counted.push({ policy: PUBLIC_POLICY, shownAs: null, ...limitKeyOfAnonymous(tenant, this.#address) });
    if (counted.length === 0) return;
    const plan = principal?.plan ?? (tenant === null ? null : await this.#shared.planOf(tenant));
    await this.#admit(counted, this.#caller(route, principal, tenant, plan), route);
  }

  /**
   * The fields of the answer. Not for one that a cache may keep: they would be told to others, later.
   *
   * @param saysWhen whether it has a `Retry-After`, of whomever
   */
  headers(saysWhen: boolean): Record<string, string> {
    return rateLimitHeaders(this.#quotas, COST, saysWhen || this.#quotas.some(({ decision }) => !decision.admitted));
  }

  /** To be called when the request has its answer: gives back places, and writes what was counted. */
  finish(): void {
    const { counts, metrics } = this.#shared;
    for (const release of this.#releases) this.#later(release());
    for (const event of counts.takeDue(Date.now())) metrics.record(event);
  }

  #admit(counted: readonly Counted[], caller: LimitedCaller, route: Route | null): Promise<void> | void {
    const { registry } = this.#shared;
    const nowMs = Date.now();
    if (registry.isBanned(caller, nowMs)) throw new ServiceError('forbidden', 'The operator of this service has banned this caller.');
    if (registry.isAllowed(caller, nowMs)) return;
    const priority = (route && registry.ruleFor(route.limit, caller)?.priority) ?? 'normal';
    const asked = counted.flatMap(({ policy, key, shownAs }) => {
      const rule = registry.ruleFor(policy, caller);
      return rule === undefined ? [] : [{ rule, key, shownAs }];
    });
    const [first] = counted;
    if (first === undefined) return;
    const options = { cost: COST, partition: first.partition, priority };
    const decided = decideAll(this.#shared, asked, options);
    return decided instanceof Promise ? decided.then((all) => this.#book(all, options)) : this.#book(decided, options);
  }

  /** @throws ServiceError of what is refused */
  #book(decided: readonly DecidedKey[], options: AskOptions): void {
    const { limiter } = this.#shared;
    const enforced = decided.filter(({ rule }) => !rule.isShadow);
    const refused = enforced.filter(({ decision }) => !decision.admitted);
    this.#quotas.push(...enforced);
    for (const { rule, key, decision } of decided) {
      // A request that is refused costs nothing, where the object has counted it and answered too late, either.
      const isGivenBack =
        (refused.length > 0 && decision.by === 'failure') || rule.limits.some(({ algorithm }) => algorithm === 'concurrency');
      if (isGivenBack && decision.receipt !== 0) this.#releases.push(() => limiter.refund(rule.name, key, decision, options));
    }
    if (refused.length > 0) throw refusal(refused);
  }

  /** Of a policy that an operator has taken back, the one of keys that name none. */
  #keyPolicy(policy: string): string {
    return Object.hasOwn(this.#shared.registry.document.policies, policy) ? policy : KEY_POLICY;
  }

  #caller(route: Route | null, principal: Caller['principal'], tenant: string | null, plan: string | null): LimitedCaller {
    return {
      address: this.#fullAddress,
      tenant,
      plan,
      key: principal?.subject.id ?? this.#address,
      route: route && `${route.method} ${route.path}`,
    };
  }
}

function refusal(refused: readonly DecidedQuota[]): ServiceError {
  const unchecked = refused.find(({ rule, decision }) => decision.by === 'failure' && rule.failure === 'closed');
  if (unchecked) {
    const detail = `The limits of "${unchecked.rule.policy}" cannot be checked at the moment.`;
    return new ServiceError('limits_unavailable', detail, { retryAfterMs: UNCHECKED_RETRY_MS });
  }
  const seconds = retryAfterSec(refused, COST, Math.random());
  const names = refused.flatMap((quota) => violatedLimits(quota, COST));
  const advice = seconds === null ? 'This request is above the limit itself' : `Try again in ${seconds} s`;
  return new ServiceError('rate_limited', `${advice}: ${names.map((name) => `"${name}"`).join(' and ')} has no more left.`, {
    violatedPolicies: names,
    ...(seconds === null ? {} : { retryAfterMs: seconds * 1000 }),
  });
}
