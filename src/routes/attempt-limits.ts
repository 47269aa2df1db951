/** Attempts to sign in and requests for mail, held to policies of the rate limiter. */
import { waitUntil } from 'cloudflare:workers';
import { ServiceError } from '../lib/errors.ts';
import { addressKey } from '../lib/ip-address.ts';
import { logError } from '../lib/log.ts';
import type { AttemptLimits } from '../wire/attempts.ts';
import type { Limiter } from '../wire/limiter.ts';
import { decideAll, type DecidedKey } from './limit-decisions.ts';
import { retryAfterSec, violatedLimits } from './limit-headers.ts';
import type { ServiceLimits } from './route.ts';

type Limits = Pick<ServiceLimits, 'registry' | 'limiter' | 'counts'>;

/** All keys of an account are counted by one object, so that an attempt is counted for all of them or for none. */
interface Group {
  partition: string;
  asks: readonly (readonly [policy: string, key: string])[];
}

/** The policies of attempts, whose keys are made here alone. */
export const ATTEMPT_POLICIES: readonly string[] = ['sign-in-pair', 'sign-in-account', 'sign-in-address', 'mail-pair', 'mail-address'];

/** What an attempt costs. */
const COST = 1;

export function attemptLimits(limits: Limits): AttemptLimits {
  return {
    async admitSignIn({ emailKey, address, isKnownPlace }) {
      const from = address === null ? null : (addressKey(address) ?? address);
      await admit(limits, byAddress('sign-in-address', from));
      const account = `sign-in//${emailKey}`;
      const ofPair = pair('sign-in-pair', account, from);
      try {
        return await admit(limits, { partition: account, asks: [['sign-in-account', account], ...ofPair] });
      } catch (refused) {
        // What was refused has spent nothing. An owner that does not answer knows of no place.
        if (!(await isKnownPlace().catch(() => false))) throw refused;
        return admit(limits, { partition: account, asks: ofPair });
      }
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
async function admit(limits: Limits, { partition, asks }: Group): Promise<() => void> {
  const nobody = { address: null, tenant: null, plan: null, key: null, route: null };
  const asked = asks.flatMap(([policy, key]) => {
    const rule = limits.registry.ruleFor(policy, nobody);
    return rule === undefined ? [] : [{ rule, key, shownAs: null }];
  });
  const decided = await decideAll(limits, asked, { partition });
  const refused = decided.filter(({ rule, decision }) => !rule.isShadow && !decision.admitted);
  if (refused.length > 0) throw refusal(refused);
  return () => giveBack(limits.limiter, decided, partition);
}

/** Holds up nobody who was right: an object that hangs may never say what it has counted. */
function giveBack(limiter: Limiter, decided: readonly DecidedKey[], partition: string): void {
  const given = Promise.all(decided.map(async ({ rule, key, decision }) => limiter.refund(rule.name, key, decision, { partition }))).catch(
    (error: unknown) => logError('an attempt was not given back', error),
  );
  waitUntil(given);
}

function refusal(refused: readonly DecidedKey[]): ServiceError {
  const seconds = retryAfterSec(refused, COST, Math.random());
  const advice = seconds === null ? 'set' : `try again in ${seconds} s, or set`;
  return new ServiceError('rate_limited', `Too many attempts; ${advice} a new password by mail.`, {
    violatedPolicies: refused.flatMap((quota) => violatedLimits(quota, COST)),
    ...(seconds === null ? {} : { retryAfterMs: seconds * 1_000 }),
  });
}
