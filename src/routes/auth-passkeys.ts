/** Accounts: passkeys, which sign in by themselves, and are the second factor of who signs in with a password. */
import {
  addPasskey,
  askForPasskey,
  beginPasskey,
  confirmByPasskey,
  listPasskeys,
  type Passkey,
  removePasskey,
  renamePasskey,
  signInByPasskey,
} from '../accounts/index.ts';
import { ACCOUNT_BODY_MAX_BYTES, bodySchema } from '../wire/account-bodies.ts';
import { ADD_PASSKEY_BODY, CONFIRM_PASSKEY_BODY, PASSKEY_LOGIN_BODY, RENAME_PASSKEY_BODY } from '../wire/passkey-bodies.ts';
import type { JsonSchema } from '../wire/route.ts';
import { noteFactorChange } from './audit-trail.ts';
import { ANYONE, NO_STORE, SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { refuseForged } from './forged-requests.ts';
import { readJson } from './read-json.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { renewSessionCookie } from './session-cookie.ts';
import { requireRecentPassword, requireSession, requireUserId } from './signed-in.ts';
import { sessionOf, SIGNED_IN, signedInAnswer } from './signed-in-answer.ts';

const TIME = { type: ['string', 'null'], format: 'date-time' };
const PASSKEY: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' }, createdAt: TIME, lastUsedAt: TIME },
};
const OPTIONS: JsonSchema = { type: 'object', required: ['challenge'], description: 'of WebAuthn, as JSON' };
const ADDED: JsonSchema = {
  type: 'object',
  properties: { passkey: PASSKEY, recoveryCodes: { type: 'array', items: { type: 'string' } } },
};

export const authPasskeyRoutes: readonly Route[] = [
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/passkeys',
    summary: 'The passkeys of the user, the oldest first',
    schemas: { responses: { 200: { type: 'object', properties: { passkeys: { type: 'array', items: PASSKEY } } } } },
    handle: list,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/passkeys/begin',
    summary: 'Begins with a passkey: what a page asks an authenticator for',
    bodyLimitBytes: 0,
    schemas: { responses: { 200: OPTIONS } },
    handle: begin,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/passkeys',
    summary: 'Adds a passkey by the answer of the authenticator; recovery codes that are new are in this answer and nowhere else',
    schemas: { body: bodySchema(ADD_PASSKEY_BODY), responses: { 201: ADDED } },
    handle: add,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'PATCH',
    path: '/v1/auth/passkeys/:passkey',
    summary: 'Renames a passkey',
    schemas: { body: bodySchema(RENAME_PASSKEY_BODY), responses: { 200: PASSKEY } },
    handle: rename,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'DELETE',
    path: '/v1/auth/passkeys/:passkey',
    summary: 'Removes a passkey',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: remove,
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/passkey-challenge',
    summary: 'What a page asks an authenticator for that has a passkey',
    bodyLimitBytes: 0,
    schemas: { responses: { 200: OPTIONS } },
    handle: async ({ services }) => json(await askForPasskey(services.accounts, Date.now()), 200, NO_STORE),
  },
  {
    ...ANYONE,
    method: 'POST',
    path: '/v1/auth/passkey-login',
    summary: 'Signs in by a passkey alone; answers as login does',
    schemas: { body: bodySchema(PASSKEY_LOGIN_BODY), responses: { 200: SIGNED_IN } },
    handle: login,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'POST',
    path: '/v1/auth/confirm-passkey',
    summary: 'Takes a passkey in place of the password, for sensitive changes within ten minutes',
    schemas: { body: bodySchema(CONFIRM_PASSKEY_BODY), responses: { 204: null } },
    handle: confirm,
  },
];

async function list(context: RequestContext): Promise<Response> {
  const all = await listPasskeys(context.services.accounts.db, requireUserId(context));
  return json({ passkeys: all.map(shown) });
}

async function begin(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const { accounts, environment } = context.services;
  return json(await beginPasskey(accounts, requireSession(context), environment.productName, Date.now()), 200, NO_STORE);
}

async function add(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  const body = await readJson(context.request, ADD_PASSKEY_BODY, ACCOUNT_BODY_MAX_BYTES);
  const { added, recoveryCodes } = await addPasskey(context.services.accounts, requireSession(context), body, Date.now());
  await noteFactorChange(context, 'passkey-added');
  return json({ passkey: shown(added), recoveryCodes }, 201, NO_STORE);
}

async function rename(context: RequestContext): Promise<Response> {
  const { name } = await readJson(context.request, RENAME_PASSKEY_BODY, ACCOUNT_BODY_MAX_BYTES);
  return json(shown(await renamePasskey(context.services.accounts.db, requireUserId(context), passkeyOf(context), name)));
}

async function remove(context: RequestContext): Promise<Response> {
  requireRecentPassword(context);
  await removePasskey(context.services.accounts, requireUserId(context), passkeyOf(context), Date.now());
  await noteFactorChange(context, 'passkey-removed');
  return empty(204);
}

async function login(context: RequestContext): Promise<Response> {
  const { request, services, later } = context;
  const { passkey, tokens = false } = await readJson(request, PASSKEY_LOGIN_BODY, ACCOUNT_BODY_MAX_BYTES);
  await refuseForged(request, null, services, tokens ? 'none' : 'set');
  return signedInAnswer(context, await signInByPasskey(services.accounts, passkey, sessionOf(request, tokens), Date.now(), later));
}

async function confirm(context: RequestContext): Promise<Response> {
  const { passkey } = await readJson(context.request, CONFIRM_PASSKEY_BODY, ACCOUNT_BODY_MAX_BYTES);
  const cookie = await confirmByPasskey(context.services.accounts, requireSession(context), passkey, Date.now());
  return empty(204, renewSessionCookie(cookie));
}

function passkeyOf({ params }: RequestContext): string {
  return params['passkey'] ?? '';
}

function shown({ createdAtMs, lastUsedAtMs, ...passkey }: Passkey): object {
  const instant = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  return { ...passkey, createdAt: instant(createdAtMs), lastUsedAt: instant(lastUsedAtMs) };
}
