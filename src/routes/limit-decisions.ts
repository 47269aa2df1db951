/** Decisions about several policies at once, counted for the metrics, whatever state the objects are in that make them. */
import { logError } from '../lib/log.ts';
import type { Rule } from '../wire/limit-rules.ts';
import type { Ask, AskOptions, Decision, Limiter } from '../wire/limiter.ts';
import type { LimitCounts } from './limit-counts.ts';
import type { DecidedQuota } from './limit-headers.ts';

/** Somebody who is counted, by one rule. */
export interface AskedQuota {
  rule: Rule;
  key: string;
  /** what the client is told of the key */
  shownAs: string | null;
}

export interface DecidedKey extends DecidedQuota {
  key: string;
}

type Options = AskOptions & { partition: string };

export const UNCHECKED_RETRY_MS = 1_000;

/** Spends for all that are enforced, or for none of them; for each in shadow mode by itself. All are of one partition. */
export function decideAll(
  shared: { limiter: Limiter; counts: LimitCounts },
  asked: readonly AskedQuota[],
  options: Options,
): DecidedKey[] | Promise<DecidedKey[]> {
  if (!asked.some(isShadowed)) return decideTogether(shared, asked, options);
  const shadowed = asked.filter(isShadowed);
  const groups = [asked.filter(({ rule }) => !rule.isShadow), ...shadowed.map((one) => [one])];
  // All begin in this turn, and so travel together.
  return Promise.all(groups.map(async (group) => decideTogether(shared, group, options))).then((decided) => decided.flat());
}

function isShadowed({ rule }: AskedQuota): boolean {
  return rule.isShadow;
}

/** Most of the time nobody has to be asked, and so nobody waits. */
function decideTogether(
  { limiter, counts }: { limiter: Limiter; counts: LimitCounts },
  asked: readonly AskedQuota[],
  options: Options,
): DecidedKey[] | Promise<DecidedKey[]> {
  if (asked.length === 0) return [];
  const counted = (decisions: readonly Decision[]) =>
    asked.map(({ rule, key, shownAs }, index) => {
      const decided: DecidedKey = { rule, key, partition: shownAs, decision: decisions[index] as Decision }; // one for each
      counts.count(decided);
      return decided;
    });
  const decisions = checkAll(limiter, asked, options);
  return decisions instanceof Promise ? decisions.then(counted) : counted(decisions);
}

/** While a release or a change of limits is under way, an object may not know what an isolate does: that holds up nothing of the others, which have spent nothing. */
function checkAll(limiter: Limiter, asked: readonly AskedQuota[], options: Options): Decision[] | Promise<Decision[]> {
  const asks = asked.map(({ rule, key }): Ask => [rule.name, key]);
  const decisions = limiter.checkAll(asks, options);
  if (!(decisions instanceof Promise)) return decisions;
  return decisions.catch(async (error: unknown) => {
    if (asked.length < 2) return asked.map(({ rule }) => withoutAnswer(rule, error));
    return (await Promise.all(asked.map(async (one) => checkAll(limiter, [one], options)))).flat();
  });
}

function withoutAnswer({ failure }: Rule, error: unknown): Decision {
  logError('limits cannot be checked', error);
  const retryAfterMs = failure === 'closed' ? UNCHECKED_RETRY_MS : 0;
  return { admitted: !retryAfterMs, retryAfterMs, limits: [], by: 'failure', receipt: 0 };
}
