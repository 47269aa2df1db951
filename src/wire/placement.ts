/** Where the objects of tenants are made: the variable OBJECT_PLACEMENT. */
import * as z from 'zod/mini';

const RULES = z.array(
  z.strictObject({
    /** a tenant's id, or what ids begin with and a star: "eu-*"; without it every object, those of users too */
    tenants: z.optional(z.string().check(z.regex(/^[a-z0-9-]+\*?$/, 'expected an id, or the begin of ids and *'))),
    /** near which region it is made at its first call; without it near its first caller */
    locationHint: z.optional(z.enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'apac-ne', 'apac-se', 'oc', 'afr', 'me'])),
    /** what it never leaves; part of what it is: elsewhere there is another object of that name */
    jurisdiction: z.optional(z.enum(['eu', 'us', 'fedramp', 'fedramp-high'])),
  }),
);

export type PlacementRule = z.infer<typeof RULES>[number];
/** Where an object is made; the platform's words. */
export type Place = Omit<PlacementRule, 'tenants'>;

/** Rules from their JSON, or why they are none. "" has none. */
export function parsePlacement(json: string): { rules: readonly PlacementRule[] } | { reason: string } {
  if (json === '') return { rules: [] };
  try {
    const result = RULES.safeParse(JSON.parse(json));
    if (result.success) return { rules: result.data };
    const [issue] = result.error.issues;
    return { reason: `must be a list of rules: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` };
  } catch {
    return { reason: 'must be JSON' };
  }
}

/** The place of the first rule that fits a tenant; `null` is no tenant. */
export function placeOf(rules: readonly PlacementRule[], tenant: string | null): Place {
  return rules.find(({ tenants }) => tenants === undefined || (tenant !== null && fits(tenants, tenant))) ?? {};
}

function fits(pattern: string, tenant: string): boolean {
  return pattern.endsWith('*') ? tenant.startsWith(pattern.slice(0, -1)) : tenant === pattern;
}
