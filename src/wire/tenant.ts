/** Tenant ids: lower-case letters, digits and hyphens, 1 to 63 characters, as in a DNS label. */
export const TENANT_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Words that are paths of the service itself and so can be no tenant. */
export const RESERVED_TENANTS: ReadonlySet<string> = new Set(['auth', 'operator', 'internal', 'system', 'admin', 'public', 'www', 'api']);

/** Words after `/v1/{tenant}/` that are the service's own and so can be no model's path. */
export const RESERVED_MODEL_PATHS: ReadonlySet<string> = new Set([
  'files',
  'streams',
  'stream-tickets',
  'workflows',
  'sessions',
  'models',
  'store',
  'transact',
  'transact-get',
  'item-collections',
  'keys',
  'members',
  'invitations',
  'audit',
  'config',
  'flags',
  'limits',
  'metrics',
  'batch-get',
  'batch-write',
  'count',
  'export',
  'search',
  'usage',
  'webhooks',
  'events',
  'health',
]);

/** Why `id` can be no tenant, or null when it can. */
export function whyNotATenant(id: string): string | null {
  if (!TENANT_PATTERN.test(id)) {
    return `expected 1 to 63 lower-case letters, digits or hyphens, starting with a letter or digit, got ${JSON.stringify(id.slice(0, 80))}`;
  }
  return RESERVED_TENANTS.has(id) ? `"${id}" is reserved for the service; try "${id}-1" or another name` : null;
}
