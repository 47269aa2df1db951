/** Who is calling: accounts and sessions, API keys; on D1 and the objects that own them. */
export { AccessTokens } from './access-tokens.ts';
export { API_KEY_RANDOM_BYTES, mintApiKey } from './api-key.ts';
export type { MintedApiKey } from './api-key.ts';
export { authenticateApiKey, type KeyUse } from './api-keys.ts';
export { type AuditFilter, EVENT_ID_PATTERN, listEvents, writeEvent, writeEventOfMember } from './audit-log.ts';
export { authenticate, type Credential } from './authenticate.ts';
export { beginTotp } from './authenticator-app.ts';
export { removeExpiredCodes } from './codes.ts';
export { openSession } from './database-session.ts';
export { deviceOf } from './device.ts';
export { eraseAccountSteps } from './erase-accounts.ts';
export { advanceErasure, erasureOf, type ErasureReport, requestErasure } from './erasure.ts';
export { exportAccountSteps } from './export-accounts.ts';
export { acceptInvitation, invite, listInvitations, withdrawInvitation } from './invitations.ts';
export { listTenants, provisionTenant, requireTenant, setSuspended, type TenantRow } from './lifecycle.ts';
export { handleMailJob, type MailDesk } from './mail-desk.ts';
export { listMembers } from './memberships.ts';
export { OutsideTokens } from './outside-tokens.ts';
export { addPasskey, askForPasskey, beginPasskey, listPasskeys, type Passkey, removePasskey, renamePasskey } from './passkeys.ts';
export { changeProfile, deleteAccount, profileOf } from './profile.ts';
export {
  changePassword,
  confirmByPasskey,
  confirmEmailChange,
  confirmPassword,
  forgotPassword,
  requestEmailChange,
  resetPassword,
  type SessionOfUser,
} from './recovery.ts';
export { register, resendVerification, verifyEmail } from './registration.ts';
export { confirmTotp, removeTotp, renewRecoveryCodes, secondFactorsOf } from './second-factor.ts';
export type { AccountServices } from './services.ts';
export { refresh, type SessionRequest, type SignedIn, signIn, signInByPasskey, signOut, tokensOf } from './sign-in.ts';
export { SessionClaims } from './session-claims.ts';
export { changeRole, createTenant, endMembership, tenantsOf } from './tenancy.ts';
export { TenantConfigs } from './tenant-config.ts';
export { tenantOrigins, tenantPlan } from './tenant-facts.ts';
export { tenantIds } from './tenant-ids.ts';
export { isServedTenant } from './tenant-standing.ts';
export { createKey, listKeys, revokeAnyKey, revokeKey, rotateKey, type TenantKey } from './tenant-keys.ts';
