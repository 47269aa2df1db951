/** Who is meant: the overrides, bans and permissions of limits, matched with who asks. */
import type { CallerPattern, OverrideDefinition } from '../wire/limit-document.ts';
import { addressKey, type AddressRange, isInRange, parseAddress, parseRange } from '../lib/ip-address.ts';

/** What is known of who asks, and of what they ask for; null: nothing, or nothing yet. */
export interface LimitedCaller {
  address: string | null;
  tenant: string | null;
  plan: string | null;
  /** the id of the principal's subject; before anybody is known, the address */
  key: string | null;
  /** "GET /v1/:tenant/systems" */
  route: string | null;
}

/** By how much they say, most first: an override for a key goes before one for its tenant. */
const OVERRIDE_PARTS = ['key', 'tenant', 'plan', 'route'] as const;

/**
 * The override for a caller, out of those of one policy; undefined when there is none.
 *
 * Of several the most specific: by the parts that they name (key before tenant, plan and route), an exact one before one with `*`, and a longer one of those before
 * a shorter; else the first.
 */
export function overrideFor(overrides: readonly OverrideDefinition[], caller: LimitedCaller): OverrideDefinition | undefined {
  const matching = overrides.filter((override) =>
    OVERRIDE_PARTS.every((part) => (part === 'key' ? matchesKey : matches)(override[part], caller[part])),
  );
  return matching.reduce<OverrideDefinition | undefined>((best, one) => (best && !isMoreSpecific(one, best) ? best : one), undefined);
}

/** Whether one of the patterns is for this caller at this time. */
export function isOneOf(patterns: readonly CallerPattern[], caller: LimitedCaller, nowMs: number): boolean {
  const address = caller.address === null ? null : parseAddress(caller.address);
  return patterns.some((pattern) => {
    const { tenant, key, until } = pattern;
    if (pattern.address !== undefined) {
      const range = rangeOf(pattern, pattern.address);
      if (address === null || range === null || !isInRange(address, range)) return false;
    }
    if (until !== undefined && Date.parse(until) <= nowMs) return false;
    return matches(tenant, caller.tenant) && matchesKey(key, caller.key);
  });
}

/** Patterns stay as they are for many requests, of which each is compared with all. */
const ranges = new WeakMap<CallerPattern, AddressRange | null>();

function rangeOf(pattern: CallerPattern, address: string): AddressRange | null {
  const known = ranges.get(pattern);
  if (known !== undefined) return known;
  const range = parseRange(address);
  ranges.set(pattern, range);
  return range;
}

/** Whether a text is what a pattern says; `*` in it stands for any text. A part that a pattern leaves out matches everything. */
function matches(pattern: string | undefined, text: string | null): boolean {
  if (pattern === undefined) return true;
  if (text === null) return false;
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

const IPV6_KEY_END = '/64';

/** As `matches`; an IPv6 address, or its /64, as people write it is the key that its callers are counted by. */
function matchesKey(pattern: string | undefined, key: string | null): boolean {
  if (matches(pattern, key)) return true;
  if (pattern === undefined || !pattern.includes(':') || !key?.endsWith(IPV6_KEY_END)) return false;
  return addressKey(pattern.endsWith(IPV6_KEY_END) ? pattern.slice(0, -IPV6_KEY_END.length) : pattern) === key;
}

function isMoreSpecific(one: OverrideDefinition, other: OverrideDefinition): boolean {
  for (const part of OVERRIDE_PARTS) {
    const difference = weight(one[part]) - weight(other[part]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** None, then patterns by their length, then exact texts. */
function weight(pattern: string | undefined): number {
  if (pattern === undefined) return 0;
  return pattern.includes('*') ? pattern.length : Number.MAX_SAFE_INTEGER;
}
