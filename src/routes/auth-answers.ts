/** What the routes of accounts have in common. */
import { ACCOUNT_BODY_MAX_BYTES } from '../wire/account-bodies.ts';
import type { JsonSchema } from '../wire/route.ts';
import { json } from './respond.ts';

const CHANGE = { mutates: true, cacheable: false, bodyLimitBytes: ACCOUNT_BODY_MAX_BYTES } as const;
/** A change that needs no session. */
export const ANYONE = { ...CHANGE, access: 'public', limit: 'public' } as const;
/** A change by who has signed in. */
export const SIGNED_IN_CHANGE = { ...CHANGE, access: 'user', limit: 'write' } as const;
/** A look by who has signed in. */
export const SIGNED_IN_READ = { access: 'user', limit: 'read', mutates: false, cacheable: false, bodyLimitBytes: 0 } as const;

/** What is shown once, or to one. */
export const NO_STORE = { 'cache-control': 'no-store' };

export const ACCEPTED: JsonSchema = { type: 'object', required: ['status'], properties: { status: { const: 'accepted' } } };

/** The same for every address: what there is to tell is told by mail. */
export function accepted(): Response {
  return json({ status: 'accepted' }, 202);
}
