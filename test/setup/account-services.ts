/** What the functions of accounts are handed in tests: the real database and objects, without limits of guesses, and with mail that goes nowhere. */
import { env } from 'cloudflare:workers';
import { AccessTokens, type AccountServices, OutsideTokens } from '../../src/accounts/index.ts';
import { tenantOwnerStub, userOwnerStub } from '../../src/objects/index.ts';

export function testAccounts(overrides: Partial<AccountServices> = {}): AccountServices {
  return {
    db: env.DB,
    owner: (user) => userOwnerStub(env.SESSION_OWNER, user),
    keyOwner: (tenant) => tenantOwnerStub(env.SESSION_OWNER, tenant),
    postpone: async () => {},
    goOnErasing: async () => {},
    whyNotSessionData: () => null,
    attempts: { admitSignIn: async () => () => {}, admitMail: async () => {} },
    verifyImported: async () => false,
    sealingKeys: [],
    relyingParty: null,
    accessTokens: new AccessTokens({ issuer: 'https://steamer.test', keys: [] }),
    outsideTokens: new OutsideTokens([]),
    auditKeptMs: 1,
    ...overrides,
  };
}
