/** Accounts: passwords and addresses that change. */
import {
  changePassword,
  confirmEmailChange,
  confirmPassword,
  forgotPassword,
  requestEmailChange,
  resetPassword,
} from '../accounts/index.ts';
import {
  ACCOUNT_BODY_MAX_BYTES,
  bodySchema,
  CHANGE_PASSWORD_BODY,
  CODE_BODY,
  CONFIRM_PASSWORD_BODY,
  EMAIL_BODY,
  RESET_PASSWORD_BODY,
} from '../wire/account-bodies.ts';
import { accepted, ACCEPTED, ANYONE, SIGNED_IN_CHANGE } from './auth-answers.ts';
import { addressOf } from './caller-address.ts';
import { readJson } from './read-json.ts';
import { empty } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { clearSessionCookie, renewSessionCookie } from './session-cookie.ts';
import { requireRecentPassword, requireSession } from './signed-in.ts';

/** The routes of recovery. */
export const authRecoveryRoutes: readonly Route[] = [
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/forgot-password',
    summary: 'Asks for a mail to set a new password',
    schemas: { body: bodySchema(EMAIL_BODY), responses: { 202: ACCEPTED } },
    handle: answerForgot,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/reset-password',
    summary: 'Sets a new password by the code of a mail, and ends all sessions',
    schemas: { body: bodySchema(RESET_PASSWORD_BODY), responses: { 204: null } },
    handle: answerReset,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/confirm-email',
    summary: 'Gives an account its new address, by the code that was sent there',
    schemas: { body: bodySchema(CODE_BODY), responses: { 204: null } },
    handle: answerConfirmEmail,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/confirm-password',
    summary: 'Takes the password once more, with the second factor where there is one, for sensitive changes within ten minutes',
    schemas: { body: bodySchema(CONFIRM_PASSWORD_BODY), responses: { 204: null } },
    handle: answerConfirmPassword,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/change-password',
    summary: 'Changes the password, and ends all other sessions',
    schemas: { body: bodySchema(CHANGE_PASSWORD_BODY), responses: { 204: null } },
    handle: answerChangePassword,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/change-email',
    summary: 'Asks for a mail to a new address, which confirms it',
    schemas: { body: bodySchema(EMAIL_BODY), responses: { 202: ACCEPTED } },
    handle: answerChangeEmail,
  },
];

async function answerForgot({ request, services }: RequestContext): Promise<Response> {
  const { email } = await readJson(request, EMAIL_BODY, ACCOUNT_BODY_MAX_BYTES);
  await forgotPassword(services.accounts, email, addressOf(request), Date.now());
  return accepted();
}

async function answerReset({ request, services }: RequestContext): Promise<Response> {
  const body = await readJson(request, RESET_PASSWORD_BODY, ACCOUNT_BODY_MAX_BYTES);
  await resetPassword(services.accounts, { ...body, address: addressOf(request) }, Date.now());
  return empty(204, clearSessionCookie());
}

async function answerConfirmEmail({ request, services }: RequestContext): Promise<Response> {
  const { code } = await readJson(request, CODE_BODY, ACCOUNT_BODY_MAX_BYTES);
  await confirmEmailChange(services.accounts, code, Date.now());
  return empty(204);
}

async function answerConfirmPassword(context: RequestContext): Promise<Response> {
  const { code = null, passkey = null, ...rest } = await readJson(context.request, CONFIRM_PASSWORD_BODY, ACCOUNT_BODY_MAX_BYTES);
  const cookie = await confirmPassword(context.services.accounts, requireSession(context), { ...rest, code, passkey }, Date.now());
  return empty(204, renewSessionCookie(cookie));
}

async function answerChangePassword(context: RequestContext): Promise<Response> {
  const passwords = await readJson(context.request, CHANGE_PASSWORD_BODY, ACCOUNT_BODY_MAX_BYTES);
  const cookie = await changePassword(context.services.accounts, requireSession(context), passwords, Date.now());
  return empty(204, renewSessionCookie(cookie));
}

async function answerChangeEmail(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { email } = await readJson(context.request, EMAIL_BODY, ACCOUNT_BODY_MAX_BYTES);
  await requestEmailChange(context.services.accounts, requireSession(context), email, Date.now());
  return accepted();
}
