/** Accounts: the second factor, an authenticator app with recovery codes. Passkeys: `auth-passkeys.ts`. */
import { beginTotp, confirmTotp, removeTotp, renewRecoveryCodes, secondFactorsOf } from '../accounts/index.ts';
import { ACCOUNT_BODY_MAX_BYTES, bodySchema, CODE_BODY } from '../wire/account-bodies.ts';
import { noteFactorChange } from './audit-trail.ts';
import { NO_STORE, SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { requireRecentPassword, requireUserId } from './signed-in.ts';

const CODES = { type: 'object', properties: { recoveryCodes: { type: 'array', items: { type: 'string' } } } };
const COUNT = { type: 'integer' };

export const authSecondFactorRoutes: readonly Route[] = [
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/second-factors',
    summary: 'Whether the user has an authenticator, how many passkeys, and how many recovery codes are left',
    schemas: {
      responses: { 200: { type: 'object', properties: { totp: { type: 'boolean' }, passkeys: COUNT, recoveryCodesLeft: COUNT } } },
    },
    handle: async (context) => json(await secondFactorsOf(context.services.accounts, requireUserId(context))),
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/totp',
    summary: 'Begins with an authenticator app: a secret for it, which counts once it is confirmed',
    bodyLimitBytes: 0,
    schemas: { responses: { 201: { type: 'object', properties: { secret: { type: 'string' }, uri: { type: 'string' } } } } },
    handle: begin,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/totp/confirm',
    summary: 'Puts the authenticator into force by its first code; recovery codes that are new are in this answer and nowhere else',
    schemas: { body: bodySchema(CODE_BODY), responses: { 200: CODES } },
    handle: async (context) => {
      const recoveryCodes = await withCode(context, confirmTotp, 'authenticator-added');
      return json({ recoveryCodes }, 200, NO_STORE);
    },
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/totp/remove',
    summary: 'Takes the authenticator away, by a code of it or a recovery code',
    schemas: { body: bodySchema(CODE_BODY), responses: { 204: null } },
    handle: async (context) => {
      await withCode(context, removeTotp, 'authenticator-removed');
      return empty(204);
    },
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/recovery-codes',
    summary: 'Replaces the recovery codes, by a code',
    schemas: { body: bodySchema(CODE_BODY), responses: { 200: CODES } },
    handle: async (context) => {
      const recoveryCodes = await withCode(context, renewRecoveryCodes, 'recovery-codes-renewed');
      return json({ recoveryCodes }, 200, NO_STORE);
    },
  },
];

async function begin(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { accounts, environment } = context.services;
  return json(await beginTotp(accounts, requireUserId(context), environment.productName), 201, NO_STORE);
}

/** What somebody does with the second factor by a code. */
type ByCode<Result> = (...args: Parameters<typeof removeTotp>) => Promise<Result>;

async function withCode<Result>(
  context: RequestContext,
  change: ByCode<Result>,
  name: Parameters<typeof noteFactorChange>[1],
): Promise<Result> {
  requireRecentPassword(context);
  const { code } = await readJson(context.request, CODE_BODY, ACCOUNT_BODY_MAX_BYTES);
  const result = await change(context.services.accounts, requireUserId(context), code, Date.now());
  await noteFactorChange(context, name);
  return result;
}
