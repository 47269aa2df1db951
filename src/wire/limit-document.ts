/** What an operator writes of rate limits: in limits.yaml, in code, or through the operator's route. Checked here, whatever way it comes. */
import * as z from 'zod/mini';
import { describeValue } from '../lib/describe-value.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { parseRange } from '../lib/ip-address.ts';
import { isIsoInstant } from '../lib/iso-date.ts';
import { type Duration, durationMs } from './duration.ts';
import { PRIORITIES } from './limits.ts';

const MAX_PERMITS = 1_000_000_000;
/** Algorithms count in permits times milliseconds, which have to stay whole numbers. */
const MAX_PERMIT_MS = Number.MAX_SAFE_INTEGER;
const MAX_WINDOW_MS = 366 * 86_400_000;
const MAX_LOG_PERMITS = 1_000_000;
/** Each place that is taken is remembered by itself, and looked at by every decision. */
const MAX_PLACES = 1_000;
/** How many policies, overrides or patterns one document may have. */
export const LIMITS_MAX_ENTRIES = 1_000;

const expected = (what: string) => ({ error: ({ input }: { input?: unknown }) => `expected ${what}, got ${describeValue(input)}` });
const NAME_PATTERN = /^[a-z][a-z0-9-]{0,31}$/;
const name = z.string(expected('a name')).check(z.regex(NAME_PATTERN, expected('a name of 1 to 32 lower-case letters, digits or hyphens')));
const permits = z
  .int(expected('a whole number'))
  .check(z.minimum(1, expected('1 or more')), z.maximum(MAX_PERMITS, expected('at most 1,000,000,000')));
const duration = z.custom<Duration>(
  (value) => typeof value === 'string' && durationMs(value) <= MAX_WINDOW_MS,
  expected('a time such as "500ms", "10s", "15m", "24h" or "30d", a year at most'),
);
const timeZone = z.string(expected('a time zone')).check(z.refine(isTimeZone, expected('a time zone such as "UTC" or "Europe/Berlin"')));
const percent = z
  .int(expected('a whole number of percent'))
  .check(z.minimum(0, expected('0 or more')), z.maximum(99, expected('at most 99')));
const noInstant = expected('an instant such as "2026-11-20T00:00:00Z"');
const instant = z.string(noInstant).check(z.refine(isIsoInstant, noInstant));
const text = z.string(expected('text')).check(z.minLength(1, expected('text')), z.maxLength(256, expected('at most 256 characters')));
/** By their names. A record passes over the name `__proto__`: what stands there would be lost without a word. */
const byName = <Item extends z.core.$ZodType>(item: Item, what: string) =>
  z.pipe(
    z.unknown().check(z.refine((input) => !Object.hasOwn(Object(input) as object, '__proto__'), 'expected no "__proto__" among the names')),
    z.record(name, item, expected(what)),
  );

const limit = z
  .discriminatedUnion(
    'algorithm',
    [
      z.strictObject({ algorithm: z.literal('token-bucket'), limit: permits, window: duration, burst: z.exactOptional(permits) }),
      z.strictObject({ algorithm: z.enum(['fixed-window', 'sliding-counter', 'sliding-log']), limit: permits, window: duration }),
      z.strictObject({ algorithm: z.literal('concurrency'), limit: permits, window: duration }),
      z.strictObject({
        algorithm: z.literal('calendar'),
        limit: permits,
        period: z.enum(['day', 'month'], expected('day or month')),
        timeZone: z.exactOptional(timeZone),
      }),
    ],
    {
      error: ({ input }) =>
        `expected an algorithm out of token-bucket, fixed-window, sliding-counter, sliding-log, concurrency and calendar, got ${describeValue(algorithmOf(input))}`,
    },
  )
  .check(
    z.refine(
      (value) => !('window' in value) || capacityOf(value) * durationMs(value.window) <= MAX_PERMIT_MS,
      'expected limit (or burst) times window in milliseconds of at most 2^53; state the same rate for a shorter window',
    ),
    z.refine(
      ({ algorithm, limit: count }) => algorithm !== 'sliding-log' || count <= MAX_LOG_PERMITS,
      `expected a limit of at most ${MAX_LOG_PERMITS} for this algorithm`,
    ),
    z.refine(({ algorithm, limit: count }) => algorithm !== 'concurrency' || count <= MAX_PLACES, `expected at most ${MAX_PLACES} places`),
  );

const policy = z.strictObject({
  limits: byName(limit, 'limits by name').check(z.refine((limits) => isWithin(Object.keys(limits).length, 1, 8), 'expected 1 to 8 limits')),
  /** whether counts survive a restart of their object; default coalesced */
  durability: z.exactOptional(z.enum(['volatile', 'coalesced', 'strict'], expected('volatile, coalesced or strict'))),
  /** what happens while limits cannot be checked; default open */
  failure: z.exactOptional(z.enum(['open', 'closed', 'local'], expected('open, closed or local'))),
  /** `shadow`: decides and counts, and refuses nobody; default enforce */
  mode: z.exactOptional(z.enum(['enforce', 'shadow'], expected('enforce or shadow'))),
  /** of the requests that this policy is for; default normal */
  priority: z.exactOptional(z.enum(PRIORITIES, expected('critical, normal or background'))),
  /** how many percent are kept for requests that are critical, and for those that are at least normal; default none */
  reserve: z.exactOptional(
    z
      .strictObject({ critical: z.exactOptional(percent), normal: z.exactOptional(percent) })
      .check(z.refine(({ critical = 0, normal = 0 }) => critical + normal < 100, 'expected less than 100 percent together')),
  ),
  /** whether isolates may take permits for their next requests; default: where no window is longer than ten minutes */
  leases: z.exactOptional(z.boolean(expected('true or false'))),
});

const override = z
  .strictObject({
    name,
    policy: name,
    tenant: z.exactOptional(text),
    plan: z.exactOptional(text),
    key: z.exactOptional(text),
    route: z.exactOptional(text),
    limits: byName(z.strictObject({ limit: z.exactOptional(permits), burst: z.exactOptional(permits) }), 'limits by name'),
  })
  .check(
    z.refine(
      ({ tenant, plan, key, route }) => [tenant, plan, key, route].some((part) => part !== undefined),
      'expected a tenant, plan, key or route',
    ),
  );

const pattern = z
  .strictObject({
    address: z.exactOptional(
      text.check(
        z.refine((range) => parseRange(range) !== null, expected('an address or a range such as "203.0.113.0/24" or "2001:db8::/32"')),
      ),
    ),
    tenant: z.exactOptional(text),
    key: z.exactOptional(text),
    until: z.exactOptional(instant),
  })
  .check(
    z.refine(({ address, tenant, key }) => [address, tenant, key].some((part) => part !== undefined), 'expected an address, tenant or key'),
    // Tenants choose the ids of their subjects: one's would be let through by the permission of another's.
    z.refine(({ tenant, key }) => key === undefined || tenant !== undefined, 'expected a tenant beside the key ("*" for the keys of all)'),
  );

const listOf = <Item extends z.core.$ZodType>(item: Item, what: string) =>
  z.array(item, expected(`a list of ${what}`)).check(z.maxLength(LIMITS_MAX_ENTRIES, `expected at most ${LIMITS_MAX_ENTRIES} ${what}`));

const document = z.strictObject({
  policies: z.exactOptional(
    byName(policy, 'policies by name').check(
      z.refine((policies) => Object.keys(policies).length <= LIMITS_MAX_ENTRIES, `expected at most ${LIMITS_MAX_ENTRIES} policies`),
    ),
  ),
  overrides: z.exactOptional(listOf(override, 'overrides')),
  ban: z.exactOptional(listOf(pattern, 'patterns')),
  allow: z.exactOptional(listOf(pattern, 'patterns')),
});

/** Policies by name, exceptions from them, and who is refused or let through whatever they say. */
export type LimitsDocument = z.infer<typeof document>;
export type PolicyDefinition = z.infer<typeof policy>;
export type LimitDefinition = z.infer<typeof limit>;
/** Other numbers for some callers. Each of `tenant`, `plan`, `key` and `route` that is given has to match; `*` stands for any text. */
export type OverrideDefinition = z.infer<typeof override>;
/** Callers: each part that is given has to match. `address` may be a prefix ("203.0.113.0/24"); the others take `*`. */
export type CallerPattern = z.infer<typeof pattern>;

/**
 * A document out of data of any origin, or all that is wrong with it.
 *
 * @param base what it adds to: its overrides may be for policies of this one
 */
export function parseLimits(value: unknown, base: LimitsDocument = {}): { document: LimitsDocument } | { issues: FieldIssue[] } {
  const parsed = document.safeParse(value, { reportInput: true });
  const issues = parsed.success
    ? dangling(mergeLimits(base, parsed.data), parsed.data.overrides ?? [])
    : parsed.error.issues.flatMap(fieldIssues);
  return parsed.success && issues.length === 0 ? { document: parsed.data } : { issues };
}

/** All that is wrong, for a person who looks at the code or the log. */
export function wrongLimits(issues: readonly FieldIssue[]): TypeError {
  return new TypeError(`limits: ${issues.map(({ path, reason }) => `${path || '/'}: ${reason}`).join('; ')}`);
}

/** The document that has all of both; of policies, and of overrides of one policy, with the same name the second one's. */
export function mergeLimits(first: LimitsDocument, second: LimitsDocument): Required<LimitsDocument> {
  const { policies = {}, overrides = [], ban = [], allow = [] } = second;
  const isReplaced = (one: OverrideDefinition) => overrides.some((other) => other.name === one.name && other.policy === one.policy);
  return {
    policies: { ...first.policies, ...policies },
    overrides: [...(first.overrides ?? []).filter((one) => !isReplaced(one)), ...overrides],
    ban: [...(first.ban ?? []), ...ban],
    allow: [...(first.allow ?? []), ...allow],
  };
}

/**
 * The overrides of a document that do not fit the policies of another which is added to it. Not part of `parseLimits`, as what is in force already stays so,
 * bans above all, when a release brings such an override.
 */
export function clashingOverrides(base: LimitsDocument, added: LimitsDocument): FieldIssue[] {
  const { policies, overrides } = mergeLimits(base, added);
  const kept = overrides.filter((one) => base.overrides?.includes(one) && Object.hasOwn(added.policies ?? {}, one.policy));
  return kept.flatMap((one) => {
    const fits = `expected what fits the override "${one.name}" of the code, or another of that name beside it`;
    return misfits(one, policies).map(({ path, reason }) => ({ path: `/policies/${one.policy}`, reason: `${fits} (${path} ${reason})` }));
  });
}

/** Overrides that stand for nothing. */
function dangling({ policies }: Required<LimitsDocument>, overrides: readonly OverrideDefinition[]): FieldIssue[] {
  return overrides.flatMap((one, index) => {
    const isTwin = overrides.findIndex(({ name: other, policy: of }) => other === one.name && of === one.policy) < index;
    const twins = isTwin ? [{ path: '/name', reason: `expected a name of its own, got "${one.name}" again` }] : [];
    return [...twins, ...misfits(one, policies)].map(({ path, reason }) => ({ path: `/overrides/${index}${path}`, reason }));
  });
}

/** In what an override does not fit the policies. */
function misfits({ policy: policyName, limits }: OverrideDefinition, policies: Required<LimitsDocument>['policies']): FieldIssue[] {
  const of = Object.hasOwn(policies, policyName) ? policies[policyName] : undefined;
  if (!of) return [{ path: '/policy', reason: `expected a policy out of ${Object.keys(policies).join(', ')}, got "${policyName}"` }];
  return Object.entries(limits).flatMap(([limitName, numbers]) => {
    const definition = Object.hasOwn(of.limits, limitName) ? of.limits[limitName] : undefined;
    const path = `/limits/${limitName}`;
    if (!definition)
      return [{ path, reason: `expected a limit of ${policyName} (${Object.keys(of.limits).join(', ')}), got "${limitName}"` }];
    if (numbers.burst !== undefined && definition.algorithm !== 'token-bucket')
      return [{ path: `${path}/burst`, reason: 'expected no burst: only token buckets have one' }];
    // What it comes to is held to what a limit is held to that is written so.
    const made = limit.safeParse({ ...definition, ...numbers }, { reportInput: true });
    return made.success ? [] : made.error.issues.map(({ message }) => ({ path, reason: message }));
  });
}

function fieldIssues(issue: z.core.$ZodIssue): FieldIssue[] {
  const path = issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: `${path}/${key}`, reason: 'expected no such key here', kind: 'unknown_field' as const }));
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, reason: message }));
  if (issue.message !== 'Invalid input') return [{ path, reason: issue.message }];
  return [
    { path, reason: `expected ${issue.code === 'invalid_type' ? issue.expected : 'another value'}, got ${describeValue(issue.input)}` },
  ];
}

function capacityOf(definition: LimitDefinition): number {
  return Math.max(definition.limit, 'burst' in definition ? (definition.burst ?? 0) : 0);
}

function algorithmOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'algorithm' in input ? input.algorithm : input;
}

function isWithin(count: number, min: number, max: number): boolean {
  return count >= min && count <= max;
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
