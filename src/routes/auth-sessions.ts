/** Accounts: the sessions of a user, and the data that the application keeps with one. */
import { ServiceError } from '../lib/errors.ts';
import { SESSION_DATA_MAX_BYTES } from '../wire/account-bodies.ts';
import type { JsonSchema } from '../wire/route.ts';
import { SIGNED_IN_CHANGE, SIGNED_IN_READ } from './auth-answers.ts';
import { entityTag, ifMatch } from './conditional.ts';
import { parseJson } from '../lib/json-text.ts';
import { readJsonText } from './read-body.ts';
import { empty, json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { clearSessionCookie } from './session-cookie.ts';
import { requireSession } from './signed-in.ts';

const SESSION: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    kind: { enum: ['cookie', 'token'] },
    device: { type: 'string' },
    place: { type: 'string' },
    startedAt: { type: 'string', format: 'date-time' },
    lastUsedAt: { type: 'string', format: 'date-time', description: 'to half a day' },
    endsAt: { type: 'string', format: 'date-time' },
    isCurrent: { type: 'boolean' },
  },
};
const SESSIONS = { type: 'object', properties: { sessions: { type: 'array', items: SESSION } } };

/** The routes of sessions. */
export const authSessionRoutes: readonly Route[] = [
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/sessions',
    summary: 'The live sessions of the user, the newest first',
    schemas: { responses: { 200: SESSIONS } },
    handle: list,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'DELETE',
    path: '/v1/auth/sessions',
    summary: 'Ends all other sessions of the user',
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { type: 'object', properties: { ended: { type: 'integer' } } } } },
    handle: endOthers,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'DELETE',
    path: '/v1/auth/sessions/:session',
    summary: 'Ends one session of the user',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: endOne,
  },
  {
    ...SIGNED_IN_READ,
    method: 'GET',
    path: '/v1/auth/session-data',
    summary: 'What the application keeps with this session',
    schemas: { responses: { 200: {} } },
    handle: readData,
  },
  {
    ...SIGNED_IN_CHANGE,
    method: 'PUT',
    path: '/v1/auth/session-data',
    summary: 'Replaces what the application keeps with this session; If-Match names the version it was made from',
    bodyLimitBytes: SESSION_DATA_MAX_BYTES,
    schemas: { body: {}, responses: { 200: {} } },
    handle: writeData,
  },
];

async function list(context: RequestContext): Promise<Response> {
  const { user, session } = requireSession(context);
  const sessions = await context.services.accounts.owner(user).list(Date.now());
  return json({
    sessions: sessions.map(({ id, kind, device, place, startedAtMs, seenAtMs, endsAtMs }) => {
      const [startedAt, lastUsedAt, endsAt] = [startedAtMs, seenAtMs, endsAtMs].map((atMs) => new Date(atMs).toISOString());
      return { id, kind, device, place, startedAt, lastUsedAt, endsAt, isCurrent: id === session };
    }),
  });
}

async function endOthers(context: RequestContext): Promise<Response> {
  const { user, session } = requireSession(context);
  return json({ ended: await context.services.accounts.owner(user).revokeAll(session) });
}

async function endOne(context: RequestContext): Promise<Response> {
  const { user, session } = requireSession(context);
  const id = context.params['session'] ?? '';
  if (!(await context.services.accounts.owner(user).revoke(id))) throw new ServiceError('not_found', 'There is no such session.');
  return empty(204, id === session ? clearSessionCookie() : {});
}

function readData({ principal }: RequestContext): Response {
  const { json: text, version } = principal?.sessionData ?? { json: null, version: 0 };
  return dataAnswer(text ?? 'null', version);
}

async function writeData(context: RequestContext): Promise<Response> {
  const { user, session } = requireSession(context);
  const { accounts } = context.services;
  const text = await readJsonText(context.request, SESSION_DATA_MAX_BYTES);
  const reason = accounts.whyNotSessionData(parseJson(text));
  if (reason !== null) throw new ServiceError('invalid_input', `The data of the session: ${reason}.`);
  const current = context.principal?.sessionData?.version ?? 0;
  const condition = ifMatch(context.request);
  const isMeant = condition?.kind !== 'tags' || condition.tags.includes(String(current));
  const version = isMeant ? await accounts.owner(user).writeData(session, text, current, Date.now()) : null;
  if (version === null) throw new ServiceError('precondition_failed', 'The data of the session have changed meanwhile; read them again.');
  return dataAnswer(text, version);
}

function dataAnswer(text: string, version: number): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', etag: entityTag(String(version)), 'cache-control': 'no-store' };
  return new Response(text, { headers });
}
