/** Attempts to sign in and requests for mail, held to policies of the rate limiter. */
import { ServiceError } from '../lib/errors.ts';
import { addressKey } from '../lib/ip-address.ts';
import type { AttemptLimits } from '../wire/attempts.ts';
import type { Ask, Decision } from '../wire/limiter.ts';
import type { ServiceLimits } from './route.ts';

/** All keys of an account are counted by one object, so that an attempt is counted for all of them or for none. */
interface Group {
  partition: string;
  asks: readonly (readonly [policy: string, key: string])[];
}

/** What a refusal says to wait at least, and at most: a window may be a month, and nobody should think so long of it. */
const WAIT_MIN_MS = 1_000;
const WAIT_MAX_MS = 3_600_000;

export function attemptLimits(limits: Pick<ServiceLimits, 'registry' | 'limiter'>): AttemptLimits {
  return {
    async admitSignIn({ emailKey, address, isKnownPlace }) {
      const from = address === null ? null : (addressKey(address) ?? address);
      await admit(limits, byAddress('sign-in-address', from));
      const account = `sign-in//${emailKey}`;
      const asks = [...(isKnownPlace ? [] : [['sign-in-account', account] as const]), ...pair('sign-in-pair', account, from)];
      return admit(limits, { partition: account, asks });
    },
    async admitMail({ emailKey, address }) {
      const from = address === null ? null : (addressKey(address) ?? address);
      await admit(limits, byAddress('mail-address', from));
      const account = `mail//${emailKey}`;
      await admit(limits, { partition: account, asks: pair('mail-pair', account, from) });
    },
  };
}

function byAddress(policy: string, from: string | null): Group {
  const key = `${policy}//${from}`;
  return { partition: key, asks: from === null ? [] : [[policy, key]] };
}

function pair(policy: string, account: string, from: string | null): Group['asks'] {
  return from === null ? [] : [[policy, `${account}//${from}`]];
}

/** @returns gives back what was spent */
async function admit(
  { registry, limiter }: Pick<ServiceLimits, 'registry' | 'limiter'>,
  { partition, asks }: Group,
): Promise<() => Promise<void>> {
  const nobody = { address: null, tenant: null, plan: null, key: null, route: null };
  const rules = asks.flatMap(([policy, key]) => {
    const rule = registry.ruleFor(policy, nobody);
    return rule === undefined ? [] : [[rule.name, key] satisfies Ask];
  });
  if (rules.length === 0) return async () => {};
  const decisions = await limiter.checkAll(rules, { partition });
  const refused = decisions.filter(({ admitted }) => !admitted);
  if (refused.length > 0) throw refusal(refused);
  return async () => {
    await Promise.all(rules.map(([rule, key], index) => giveBack(limiter, rule, key, decisions[index], partition)));
  };
}

async function giveBack(
  limiter: ServiceLimits['limiter'],
  rule: string,
  key: string,
  decision: Decision | undefined,
  partition: string,
): Promise<void> {
  if (decision !== undefined) await limiter.refund(rule, key, decision, { partition });
}

function refusal(refused: readonly Decision[]): ServiceError {
  const waitMs = Math.max(...refused.map(({ retryAfterMs }) => retryAfterMs));
  const retryAfterMs = Math.min(WAIT_MAX_MS, Math.max(WAIT_MIN_MS, waitMs));
  return new ServiceError(
    'rate_limited',
    `Too many attempts; try again in ${Math.ceil(retryAfterMs / 1000)} s, or set a new password by mail.`,
    { retryAfterMs },
  );
}
