/** Accounts: the second factor, an authenticator app with recovery codes. */
import { beginTotp, confirmTotp, removeSecondFactor, renewRecoveryCodes, secondFactorsOf } from '../accounts/index.ts';
import { ACCOUNT_BODY_MAX_BYTES, bodySchema, CODE_BODY } from '../wire/account-bodies.ts';
import { SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { requireRecentPassword, requireUserId } from './signed-in.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const CODES = { type: 'object', properties: { recoveryCodes: { type: 'array', items: { type: 'string' } } } };

export const authSecondFactorRoutes: readonly Route[] = [
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/second-factors',
    summary: 'Whether the user has an authenticator, and how many recovery codes are left',
    schemas: {
      responses: { 200: { type: 'object', properties: { totp: { type: 'boolean' }, recoveryCodesLeft: { type: 'integer' } } } },
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
    summary: 'Puts the authenticator into force by its first code; the recovery codes are in this answer and nowhere else',
    schemas: { body: bodySchema(CODE_BODY), responses: { 200: CODES } },
    handle: (context) => withCode(context, async (...args) => json({ recoveryCodes: await confirmTotp(...args) }, 200, NO_STORE)),
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/totp/remove',
    summary: 'Takes the authenticator and the recovery codes away, by a code of them',
    schemas: { body: bodySchema(CODE_BODY), responses: { 204: null } },
    handle: (context) =>
      withCode(context, async (...args) => {
        await removeSecondFactor(...args);
        return empty(204);
      }),
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/recovery-codes',
    summary: 'Replaces the recovery codes, by a code',
    schemas: { body: bodySchema(CODE_BODY), responses: { 200: CODES } },
    handle: (context) => withCode(context, async (...args) => json({ recoveryCodes: await renewRecoveryCodes(...args) }, 200, NO_STORE)),
  },
];

async function begin(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { accounts, environment } = context.services;
  return json(await beginTotp(accounts, requireUserId(context), environment.productName), 201, NO_STORE);
}

type WithCode = Parameters<typeof removeSecondFactor>;

async function withCode(context: RequestContext, change: (...args: WithCode) => Promise<Response>): Promise<Response> {
  requireRecentPassword(context);
  const { code } = await readJson(context.request, CODE_BODY, ACCOUNT_BODY_MAX_BYTES);
  return change(context.services.accounts, requireUserId(context), code, Date.now());
}
