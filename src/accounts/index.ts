/** Who is calling: accounts and sessions, API keys; on D1 and the objects that own them. */
export { AccessTokens } from './access-tokens.ts';
export { API_KEY_RANDOM_BYTES, mintApiKey } from './api-key.ts';
export type { MintedApiKey } from './api-key.ts';
export { authenticateApiKey } from './api-keys.ts';
export { authenticate, type Credential } from './authenticate.ts';
export { deviceOf } from './device.ts';
export { handleMailJob, type MailDesk } from './mail-desk.ts';
export { changeProfile, profileOf } from './profile.ts';
export { register, resendVerification, verifyEmail } from './registration.ts';
export { sha256Hex } from './secrets.ts';
export type { AccountServices } from './services.ts';
export { refresh, signIn, signOut, tokensOf } from './sign-in.ts';
export { isServedTenant, tenantOrigins, tenantPlan } from './tenant-facts.ts';
export { tenantIds } from './tenant-ids.ts';
