/** Rate limits in numbers: what the operator's documents come to, and all that deciding needs to know of them. */
import { durationMs } from './duration.ts';
import type { LimitDefinition, LimitsDocument, OverrideDefinition, PolicyDefinition } from './limit-document.ts';
import type { Priority } from './limits.ts';

export type AlgorithmName = LimitDefinition['algorithm'];

/** One limit of a policy. */
export interface Limit {
  /** within its policy: "rate", "daily" */
  name: string;
  algorithm: AlgorithmName;
  /** permits per window */
  limit: number;
  /** the length of the window; of a concurrency limit how long a place is kept that nobody gives back; of a calendar limit its usual length */
  windowMs: number;
  /** the most permits in use at once: a token bucket's burst, else `limit` */
  capacity: number;
  /** of a calendar limit */
  period: 'day' | 'month' | null;
  /** of a calendar limit, an IANA name */
  timeZone: string;
}

/** A policy, or a policy as one of its overrides has it. Every key of a policy counts once, under whichever of its rules it is decided, but for overrides that fill a bucket at another rate: under each of those a key counts by itself. */
export interface Rule {
  /** "read", or "read@pro" for the override `pro` of `read`: how callers name it */
  name: string;
  policy: string;
  limits: readonly Limit[];
  durability: NonNullable<PolicyDefinition['durability']>;
  failure: NonNullable<PolicyDefinition['failure']>;
  isShadow: boolean;
  priority: Priority;
  /** null: as its windows are */
  leases: boolean | null;
  /** how many permits of each limit requests of a priority may use, by priority and in the order of `limits` */
  ceilings: Readonly<Record<Priority, readonly number[]>>;
}

/** The rules of a document by their names. */
export function compileRules({ policies = {}, overrides = [] }: LimitsDocument): Map<string, Rule> {
  const rules = new Map<string, Rule>();
  for (const [name, policy] of Object.entries(policies)) rules.set(name, ruleOf(name, name, policy));
  for (const override of overrides) {
    const policy = policies[override.policy];
    const name = ruleName(override);
    if (policy) rules.set(name, ruleOf(name, override.policy, { ...policy, limits: overridden(policy.limits, override.limits) }));
  }
  return rules;
}

/** The name of the rule that an override makes. */
export function ruleName({ policy, name }: Pick<OverrideDefinition, 'policy' | 'name'>): string {
  return `${policy}@${name}`;
}

function ruleOf(name: string, policyName: string, policy: PolicyDefinition): Rule {
  const { durability = 'coalesced', failure = 'open', mode = 'enforce', priority = 'normal', reserve = {}, leases = null } = policy;
  const limits = Object.entries(policy.limits).map(([limitName, definition]) => limitOf(limitName, definition));
  const { critical = 0, normal = 0 } = reserve;
  // One permit is for everybody: of a limit of 1, whatever is kept would be all of it.
  const allBut = (percent: number) => limits.map(({ capacity }) => Math.max(1, Math.floor((capacity * (100 - percent)) / 100)));
  const ceilings = { critical: allBut(0), normal: allBut(critical), background: allBut(critical + normal) };
  return { name, policy: policyName, limits, durability, failure, isShadow: mode === 'shadow', priority, leases, ceilings };
}

const PERIOD_MS = { day: 86_400_000, month: 30 * 86_400_000 };

function limitOf(name: string, definition: LimitDefinition): Limit {
  const { algorithm, limit } = definition;
  // Of an override that was made for a bucket, the burst says nothing of what has taken the bucket's place.
  const capacity = definition.algorithm === 'token-bucket' ? (definition.burst ?? limit) : limit;
  if (definition.algorithm !== 'calendar') {
    return { name, algorithm, limit, windowMs: durationMs(definition.window), capacity, period: null, timeZone: 'UTC' };
  }
  const { period, timeZone = 'UTC' } = definition;
  return { name, algorithm, limit, windowMs: PERIOD_MS[period], capacity, period, timeZone };
}

function overridden(limits: PolicyDefinition['limits'], changes: OverrideDefinition['limits']): PolicyDefinition['limits'] {
  return Object.fromEntries(Object.entries(limits).map(([name, definition]) => [name, { ...definition, ...changes[name] }]));
}
