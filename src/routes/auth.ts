/** Accounts: registering, signing in and out, and oneself. */
import {
  changeProfile,
  deleteAccount,
  profileOf,
  refresh,
  register,
  resendVerification,
  signIn,
  signOut,
  tenantsOf,
  verifyEmail,
} from '../accounts/index.ts';
import {
  ACCOUNT_BODY_MAX_BYTES,
  bodySchema,
  CODE_BODY,
  EMAIL_BODY,
  LOGIN_BODY,
  PROFILE_BODY,
  REFRESH_BODY,
  REGISTER_BODY,
} from '../wire/account-bodies.ts';
import { note } from './audit-trail.ts';
import { accepted, ACCEPTED, ANYONE, NO_STORE, SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { addressOf } from './caller-address.ts';
import { refuseForged } from './forged-requests.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { clearSessionCookie, sessionCookieOf } from './session-cookie.ts';
import { requireRecentPassword, requireUserId } from './signed-in.ts';
import { PROFILE, sessionOf, SIGNED_IN, signedInAnswer, TOKENS } from './signed-in-answer.ts';

/** The routes of accounts. */
export const authRoutes: readonly Route[] = [
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/register',
    summary: 'Asks for an account; the mail tells what comes of it',
    schemas: { body: bodySchema(REGISTER_BODY), responses: { 202: ACCEPTED } },
    handle: answerRegister,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/verify-email',
    summary: 'Verifies an address by the code that was sent to it',
    schemas: { body: bodySchema(CODE_BODY), responses: { 204: null } },
    handle: answerVerify,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/resend-verification',
    summary: 'Asks for another mail to verify an address',
    schemas: { body: bodySchema(EMAIL_BODY), responses: { 202: ACCEPTED } },
    handle: answerResend,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/login',
    summary: 'Signs in: a cookie for browsers, tokens for other clients that ask for them',
    schemas: { body: bodySchema(LOGIN_BODY), responses: { 200: SIGNED_IN } },
    handle: answerLogin,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/refresh',
    summary: 'Takes a refresh token for the next access and refresh tokens',
    schemas: { body: bodySchema(REFRESH_BODY), responses: { 200: TOKENS } },
    handle: answerRefresh,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/logout',
    summary: 'Ends the session of the cookie, or of a refresh token',
    schemas: { body: { ...bodySchema(REFRESH_BODY), required: [] }, responses: { 204: null } },
    handle: answerLogout,
  },
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/me',
    summary: 'Who has signed in',
    schemas: { responses: { 200: PROFILE } },
    handle: async (context) => json(await profileOf(context.services.accounts, requireUserId(context))),
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'PATCH',
    path: '/v1/auth/me',
    summary: 'Changes the name',
    schemas: { body: bodySchema(PROFILE_BODY), responses: { 200: PROFILE } },
    handle: answerProfile,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'DELETE',
    path: '/v1/auth/me',
    summary: 'Deletes the account, its sessions and memberships',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: answerDelete,
  },
];

async function answerRegister({ request, services }: RequestContext): Promise<Response> {
  const body = await readJson(request, REGISTER_BODY, ACCOUNT_BODY_MAX_BYTES);
  await register(services.accounts, { ...body, callerAddress: addressOf(request) }, Date.now());
  return accepted();
}

async function answerVerify({ request, services }: RequestContext): Promise<Response> {
  const { code } = await readJson(request, CODE_BODY, ACCOUNT_BODY_MAX_BYTES);
  await verifyEmail(services.accounts, code, Date.now());
  return empty(204);
}

async function answerResend({ request, services }: RequestContext): Promise<Response> {
  const { email } = await readJson(request, EMAIL_BODY, ACCOUNT_BODY_MAX_BYTES);
  await resendVerification(services.accounts, email, addressOf(request), Date.now());
  return accepted();
}

async function answerLogin(context: RequestContext): Promise<Response> {
  const { request, services, later } = context;
  const { tokens = false, code = null, passkey = null, ...rest } = await readJson(request, LOGIN_BODY, ACCOUNT_BODY_MAX_BYTES);
  // A stranger's page could sign its visitor in to an account of the stranger's.
  await refuseForged(request, null, services, tokens ? 'none' : 'set');
  const wanted = { ...rest, code, passkey, ...sessionOf(request, tokens) };
  return signedInAnswer(context, await signIn(services.accounts, wanted, Date.now(), later));
}

async function answerRefresh({ request, services }: RequestContext): Promise<Response> {
  const { refreshToken } = await readJson(request, REFRESH_BODY, ACCOUNT_BODY_MAX_BYTES);
  return json(await refresh(services.accounts, refreshToken, Date.now()), 200, NO_STORE);
}

async function answerLogout({ request, services }: RequestContext): Promise<Response> {
  const cookie = sessionCookieOf(request);
  await refuseForged(request, null, services, cookie === null ? 'none' : 'carried');
  const token = cookie ?? (await readJson(request, REFRESH_BODY, ACCOUNT_BODY_MAX_BYTES)).refreshToken;
  await signOut(services.accounts, token, Date.now());
  return empty(204, clearSessionCookie());
}

async function answerProfile(context: RequestContext): Promise<Response> {
  const change = await readJson(context.request, PROFILE_BODY, ACCOUNT_BODY_MAX_BYTES);
  return json(await changeProfile(context.services.accounts, requireUserId(context), change));
}

async function answerDelete(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { accounts } = context.services;
  const user = requireUserId(context);
  const left = await tenantsOf(accounts.db, user, Date.now());
  await deleteAccount(accounts, user);
  for (const { id } of left) await note(context, 'member.left', { tenant: id, target: user });
  return empty(204, clearSessionCookie());
}
