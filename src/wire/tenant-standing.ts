/** What is asked of a tenant with every request that is not of one of its members or keys. */
export interface TenantStanding {
  plan: string;
  /** since when nothing of the tenant is served; null: it is */
  suspendedAtMs: number | null;
}

/** Whether a tenant is served at an instant. */
export function isServed({ suspendedAtMs }: Pick<TenantStanding, 'suspendedAtMs'>, nowMs: number): boolean {
  return suspendedAtMs === null || suspendedAtMs > nowMs;
}
