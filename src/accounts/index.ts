/** Who is calling: API keys on D1. */
export { API_KEY_RANDOM_BYTES, hashApiKey, mintApiKey } from './api-key.ts';
export type { MintedApiKey } from './api-key.ts';
export { authenticateApiKey } from './api-keys.ts';
export { isServedTenant, tenantOrigins, tenantPlan } from './tenant-facts.ts';
export { tenantIds } from './tenant-ids.ts';
