/** Accounts: registering, signing in and out, and oneself. */
import {
  changeProfile,
  deleteAccount,
  deviceOf,
  profileOf,
  refresh,
  register,
  resendVerification,
  signIn,
  signOut,
  tenantsOf,
  tokensOf,
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
import type { JsonSchema } from '../wire/route.ts';
import { note, noteOfMember } from './audit-trail.ts';
import { accepted, ACCEPTED, ANYONE, SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { addressOf } from './caller-address.ts';
import { refuseForged } from './forged-requests.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { clearSessionCookie, sessionCookieOf, setSessionCookie } from './session-cookie.ts';
import { requireRecentPassword, requireUserId } from './signed-in.ts';

const PROFILE: JsonSchema = {
  type: 'object',
  required: ['id', 'email', 'emailVerified', 'fullName', 'createdAt'],
  properties: {
    id: { type: 'string' },
    email: { type: 'string' },
    emailVerified: { type: 'boolean' },
    fullName: { type: 'string' },
    createdAt: { type: 'string', format: 'date-time' },
  },
};
const TOKENS: JsonSchema = {
  type: 'object',
  properties: { accessToken: { type: 'string' }, expiresInSec: { type: 'integer' }, refreshToken: { type: 'string' } },
};
const SIGNED_IN: JsonSchema = {
  type: 'object',
  required: ['user', 'failedSignIns'],
  properties: { user: PROFILE, failedSignIns: { type: 'integer' }, ...(TOKENS['properties'] as JsonSchema) }, // as it stands above
};

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
    schemas: { body: bodySchema(REFRESH_BODY), responses: { 204: null } },
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
  // A stranger's page could sign its visitor in to an account of the stranger's.
  await refuseForged(request, null, services, false);
  const { email, password, tokens = false, code = null } = await readJson(request, LOGIN_BODY, ACCOUNT_BODY_MAX_BYTES);
  const nowMs = Date.now();
  const from = { device: deviceOf(request.headers.get('user-agent')), place: placeOf(request), callerAddress: addressOf(request) };
  const signedIn = await signIn(services.accounts, { email, password, kind: tokens ? 'token' : 'cookie', code, ...from }, nowMs, later);
  later(noteOfMember(context, signedIn.profile.id, tokens ? 'access-token' : 'session-cookie', 'member.signed-in'));
  const answer = { user: signedIn.profile, failedSignIns: signedIn.failures };
  if (tokens) return json({ ...answer, ...(await tokensOf(services.accounts, signedIn.token, nowMs, nowMs)) }, 200, NO_STORE);
  return json(answer, 200, { ...NO_STORE, ...setSessionCookie(signedIn.token.text) });
}

async function answerRefresh({ request, services }: RequestContext): Promise<Response> {
  const { refreshToken } = await readJson(request, REFRESH_BODY, ACCOUNT_BODY_MAX_BYTES);
  return json(await refresh(services.accounts, refreshToken, Date.now()), 200, NO_STORE);
}

async function answerLogout({ request, services }: RequestContext): Promise<Response> {
  const cookie = sessionCookieOf(request);
  await refuseForged(request, null, services, cookie !== null);
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

const NO_STORE = { 'cache-control': 'no-store' };

/** City and country as the edge knows them; nothing where it does not, as on this machine. */
function placeOf(request: Request): string {
  const { city, country } = (request.cf ?? {}) as { city?: unknown; country?: unknown }; // the types differ between plans
  return [city, country].filter((part) => typeof part === 'string').join(', ');
}
