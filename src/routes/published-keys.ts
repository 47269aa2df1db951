/** The keys by which other services check access tokens (RFC 7517). */
import { json } from './respond.ts';
import type { Route } from './route.ts';

/** A new key signs from its deployment on; who cached the keys before asks again when a token names one that it does not know. */
const MAX_AGE_SEC = 300;

export const publishedKeyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys of access tokens',
    access: 'public',
    limit: 'public',
    mutates: false,
    cacheable: true,
    bodyLimitBytes: 0,
    schemas: {
      responses: { 200: { type: 'object', required: ['keys'], properties: { keys: { type: 'array', items: { type: 'object' } } } } },
    },
    handle: async ({ services }) =>
      json({ keys: await services.accounts.accessTokens.published() }, 200, { 'cache-control': `public, max-age=${MAX_AGE_SEC}` }),
  },
];
