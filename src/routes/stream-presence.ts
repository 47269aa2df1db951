/** Who is present on a stream: `GET /v1/{tenant}/stream-presence/{name}`, and what a socket says of its principal. */
import { ServiceError } from '../lib/errors.ts';
import { STREAM_MEMBER_DATA_MAX_CHARACTERS } from '../wire/limits.ts';
import type { Principal } from '../wire/principal.ts';
import type { Member } from '../wire/stream-frames.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { missing } from './stream-refusals.ts';
import { hubOf } from './stream-target.ts';

const MEMBER_SCHEMA = {
  type: 'object',
  required: ['kind', 'id', 'data', 'since'],
  properties: { kind: { type: 'string' }, id: { type: 'string' }, data: {}, since: { type: 'string', format: 'date-time' } },
};

export const streamPresenceRoute: Route = {
  method: 'GET',
  path: '/v1/:tenant/stream-presence/:name+',
  summary: 'Lists who is present on a stream',
  access: { scope: 'streams:read' },
  limit: 'read',
  mutates: false,
  cacheable: false,
  bodyLimitBytes: 0,
  schemas: {
    responses: { 200: { type: 'object', required: ['members'], properties: { members: { type: 'array', items: MEMBER_SCHEMA } } } },
  },
  handle: list,
};

async function list(context: RequestContext): Promise<Response> {
  const result = await hubOf(context).presence();
  if (result.kind !== 'members') throw missing(result);
  const members = result.members.map(({ sinceMs, ...member }) => ({ ...member, since: new Date(sinceMs).toISOString() }));
  return json({ members }, 200, { 'cache-control': 'no-store' });
}

/**
 * Whom a socket makes present, from `presence`: `true`, or a JSON object that it says of itself. Null where it does not ask for it.
 *
 * @throws ServiceError `invalid_input`
 */
export function readMember(text: string | null, principal: Principal | null): Omit<Member, 'sinceMs'> | null {
  if (text === null || text === 'false' || !principal) return null;
  const data = text === 'true' ? null : parse(text);
  if (text.length <= STREAM_MEMBER_DATA_MAX_CHARACTERS && data !== undefined) return { ...principal.subject, data };
  throw new ServiceError(
    'invalid_input',
    `presence: expected true, or a JSON object of at most ${STREAM_MEMBER_DATA_MAX_CHARACTERS} characters, got ${JSON.stringify(text.slice(0, 80))}.`,
  );
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
