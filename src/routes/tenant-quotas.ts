/** Holds tenants to what their plans have for a day. What other isolates have counted is known some seconds later, so that a little more may be used. */
import { ServiceError } from '../lib/errors.ts';
import { type DailyQuotas, dayOf, type PlanQuotas, type QuotaName, renewedAtMs, type UsedOfDay } from '../wire/daily-quotas.ts';
import type { Route } from './route.ts';

export interface TenantQuotasOptions {
  plans: PlanQuotas;
  /** as far as this isolate knows; null: nothing yet */
  usedToday(tenant: string): UsedOfDay | null;
  nowMs(): number;
}

export class TenantQuotas {
  readonly #options: TenantQuotasOptions;

  constructor(options: TenantQuotasOptions) {
    this.#options = options;
  }

  /** Whether there are any, of whatever plan. */
  get isAny(): boolean {
    return Object.keys(this.#options.plans).length > 0;
  }

  /** @param plan null: not known */
  of(plan: string | null): DailyQuotas {
    const { plans } = this.#options;
    return (plan !== null && Object.hasOwn(plans, plan) ? plans[plan] : plans['*']) ?? {};
  }

  /** Why a tenant may use no more of one of `names` today; null when it may. */
  refusal(tenant: string, plan: string | null, names: readonly QuotaName[]): ServiceError | null {
    const quotas = this.of(plan);
    const nowMs = this.#options.nowMs();
    const used = this.#options.usedToday(tenant);
    const name = names.find((one) => (used?.day === dayOf(nowMs) ? used[one] : 0) >= (quotas[one] ?? Infinity));
    if (name === undefined) return null;
    const atMs = renewedAtMs(nowMs);
    const advice = `they are renewed at ${new Date(atMs).toISOString()}`;
    return new ServiceError('quota_exceeded', `The tenant has used its ${quotas[name]} ${WORDS[name]} of today; ${advice}.`, {
      violatedPolicies: [`daily.${name}`],
      retryAfterMs: atMs - nowMs,
    });
  }
}

const WORDS: Record<QuotaName, string> = {
  requests: 'requests',
  readUnits: 'read units of DynamoDB',
  writeUnits: 'write units of DynamoDB',
  bytes: 'bytes sent and received',
  sockets: 'WebSockets',
  runs: 'runs of workflows',
};

/** What a request uses, of which there has to be some left. */
export function quotasOf({ access, mutates, isOutsideQuotas }: Route, request: Request): readonly QuotaName[] {
  if (isOutsideQuotas === true) return [];
  const usesModels = typeof access === 'object' && 'scope' in access && access.scope.startsWith('models:');
  return [
    'requests',
    'bytes',
    // Whatever else a request says of itself, it uses what its route does.
    ...(request.headers.has('upgrade') ? (['sockets'] as const) : []),
    ...(usesModels ? ([mutates ? 'writeUnits' : 'readUnits'] as const) : []),
  ];
}
