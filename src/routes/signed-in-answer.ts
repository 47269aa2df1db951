/** What a sign-in begins with and is answered by, whatever was shown. */
import { deviceOf, type SessionRequest, type SignedIn, signOut, tokensOf } from '../accounts/index.ts';
import type { JsonSchema } from '../wire/route.ts';
import { noteOfMember } from './audit-trail.ts';
import { NO_STORE } from './auth-answers.ts';
import { addressOf } from './caller-address.ts';
import { json } from './respond.ts';
import type { RequestContext } from './route.ts';
import { sessionCookieOf, setSessionCookie } from './session-cookie.ts';

export const PROFILE: JsonSchema = {
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
export const TOKENS: JsonSchema = {
  type: 'object',
  properties: { accessToken: { type: 'string' }, expiresInSec: { type: 'integer' }, refreshToken: { type: 'string' } },
};
export const SIGNED_IN: JsonSchema = {
  type: 'object',
  required: ['user', 'failedSignIns'],
  properties: { user: PROFILE, failedSignIns: { type: 'integer' }, ...(TOKENS['properties'] as JsonSchema) }, // as it stands above
};

/** @param tokens whether the client is no browser, and has asked for tokens */
export function sessionOf(request: Request, tokens: boolean): SessionRequest {
  const device = deviceOf(request.headers.get('user-agent'));
  return { kind: tokens ? 'token' : 'cookie', device, place: placeOf(request), callerAddress: addressOf(request) };
}

export async function signedInAnswer(context: RequestContext, { profile, token, failures }: SignedIn): Promise<Response> {
  const isCookie = token.kind === 'cookie';
  context.later(noteOfMember(context, profile.id, isCookie ? 'session-cookie' : 'access-token', 'member.signed-in'));
  const answer = { user: profile, failedSignIns: failures };
  const nowMs = Date.now();
  if (isCookie) {
    // The browser forgets the session that it had; so does everybody else (ASVS 5.0, 7.2.4).
    const before = sessionCookieOf(context.request);
    if (before !== null) await signOut(context.services.accounts, before, nowMs);
    return json(answer, 200, { ...NO_STORE, ...setSessionCookie(token.text) });
  }
  return json({ ...answer, ...(await tokensOf(context.services.accounts, token, nowMs, nowMs)) }, 200, NO_STORE);
}

/** City and country as the edge knows them; nothing where it does not, as on this machine. */
function placeOf(request: Request): string {
  const { city, country } = (request.cf ?? {}) as { city?: unknown; country?: unknown }; // the types differ between plans
  return [city, country].filter((part) => typeof part === 'string').join(', ');
}
