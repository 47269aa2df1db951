/** What a client is told of its quotas: `RateLimit`, `RateLimit-Policy` and when to come back. */
import type { Limit, Rule } from '../wire/limit-rules.ts';
import { type Decision, NEVER_MS } from '../wire/limiter.ts';

/** A decision, and what it was about. */
export interface DecidedQuota {
  rule: Rule;
  decision: Decision;
  /** told to the client, to tell its quotas apart: its tenant, or the id of its principal; null: nothing of the kind */
  partition: string | null;
}

/** Clients that were refused together do not all come back in the same second. */
const JITTER_PART = 1 / 10;
const JITTER_MAX_SEC = 30;

/**
 * The two fields, as lists of named items; none when nobody has counted. A refused request is told `t` of the limits that were short alone, so that none is later
 * than its `Retry-After`: a day's quota of which half is left is no reason to wait for tomorrow.
 *
 * @param isRefused whether the answer says when to come back, though it be for another reason: then no limit was short
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11
 */
export function rateLimitHeaders(quotas: readonly DecidedQuota[], cost: number, isRefused: boolean): Record<string, string> {
  const known = quotas.filter(({ decision }) => decision.limits.length > 0);
  if (known.length === 0) return {};
  return {
    'ratelimit-policy': known.flatMap(policyItems).join(', '),
    ratelimit: known.flatMap((quota) => quotaItems(quota, isRefused ? violatedOf(quota, cost) : quota.rule.limits)).join(', '),
  };
}

/** The names of the limits that a decision was refused for, as the two fields have them. */
export function violatedLimits(quota: DecidedQuota, cost: number): string[] {
  return violatedOf(quota, cost).map((limit) => itemName(quota.rule, limit));
}

/**
 * In how many seconds a refused client may come back: never before there is more of what it lacked (`t`), and some later, as `random` from 0 to 1 says. Null: waiting does
 * not help.
 */
export function retryAfterSec(refused: readonly DecidedQuota[], cost: number, random: number): number | null {
  if (refused.some(({ decision }) => decision.retryAfterMs >= NEVER_MS)) return null;
  const waits = refused.flatMap(({ rule, decision }) => [
    decision.retryAfterMs,
    ...shortLimits(rule, decision, cost).map(([, moreInMs]) => moreInMs),
  ]);
  const seconds = Math.ceil(Math.max(1, ...waits) / 1000);
  return seconds + Math.floor(random * Math.min(JITTER_MAX_SEC, 2 + seconds * JITTER_PART));
}

/** The limits that had too little left, and in how many ms there is more. */
function shortLimits({ limits }: Rule, decision: Decision, cost: number): (readonly [Limit, number])[] {
  const all = limits.map((limit, index) => [limit, decision.limits[index * 2 + 1] ?? 0, decision.limits[index * 2] ?? 0] as const);
  const short = all.filter(([, , left]) => left < cost);
  // An isolate that counts alone, or repeats a refusal, may not know which.
  return (short.length === 0 ? all : short).map(([limit, moreInMs]) => [limit, moreInMs]);
}

function violatedOf({ rule, decision }: DecidedQuota, cost: number): readonly Limit[] {
  return decision.admitted ? [] : shortLimits(rule, decision, cost).map(([limit]) => limit);
}

/** The policy's items as most callers are told them: rules are the same objects from one request to the next. */
const toldPolicies = new WeakMap<Rule, string[]>();

function policyItems({ rule, partition }: DecidedQuota): string[] {
  let told = toldPolicies.get(rule);
  if (told === undefined) toldPolicies.set(rule, (told = rule.limits.map((limit) => policyItem(rule, limit))));
  const key = partitionKey(partition);
  return told.map((item) => item + key);
}

function policyItem(rule: Rule, limit: Limit): string {
  const window = limit.algorithm === 'concurrency' ? ';qu="concurrent-requests"' : `;w=${windowSec(limit)}`;
  return `"${itemName(rule, limit)}";q=${limit.capacity}${window}`;
}

/** @param timed the limits that are told when there is more of them */
function quotaItems({ rule, decision, partition }: DecidedQuota, timed: readonly Limit[]): string[] {
  const key = partitionKey(partition);
  return rule.limits.map((limit, index) => {
    const moreInMs = decision.limits[index * 2 + 1] ?? 0;
    const more = moreInMs > 0 && timed.includes(limit) ? `;t=${Math.ceil(moreInMs / 1000)}` : '';
    return `"${itemName(rule, limit)}";r=${decision.limits[index * 2] ?? 0}${more}${key}`;
  });
}

/** "read.rate": letters, digits, hyphens and the dot, so that nothing needs an escape in a structured string. */
function itemName({ policy }: Rule, { name }: Limit): string {
  return `${policy}.${name}`;
}

/** Of a token bucket: its burst, in the time that it takes to fill. What is left is never more than its quota then. */
function windowSec({ capacity, limit, windowMs }: Limit): number {
  return Math.max(1, Math.ceil((capacity / limit) * (windowMs / 1000)));
}

const ASCII = /^[\x20-\x7e]*$/;

/** As many as an isolate may have to do with at the same time. */
const MAX_KEYS = 1_000;
const knownKeys = new Map<string, string>();

/** A byte sequence (RFC 9651, section 3.3.5). */
function partitionKey(partition: string | null): string {
  if (partition === null) return '';
  const known = knownKeys.get(partition);
  if (known !== undefined) return known;
  if (knownKeys.size === MAX_KEYS) knownKeys.clear();
  const key = encodedKey(partition);
  knownKeys.set(partition, key);
  return key;
}

function encodedKey(partition: string): string {
  // Tenants and ids are mostly ASCII, of which Latin-1 and UTF-8 are the same.
  const latin1 = ASCII.test(partition) ? partition : String.fromCharCode(...new TextEncoder().encode(partition));
  return `;pk=:${btoa(latin1)}:`;
}
