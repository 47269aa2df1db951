/** What the service is, and whether it is up. */
import { json } from './respond.ts';
import type { Route } from './route.ts';

const NONE = { access: 'public', limit: 'public', mutates: false, bodyLimitBytes: 0 } as const;

export const serviceInfoRoutes: readonly Route[] = [
  {
    ...NONE,
    method: 'GET',
    path: '/',
    summary: 'Names the service and links what it offers',
    cacheable: true,
    schemas: {
      responses: {
        200: {
          type: 'object',
          required: ['name', 'version', 'links'],
          properties: {
            name: { type: 'string' },
            version: { type: 'string' },
            links: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    },
    handle: ({ services }) =>
      json(
        {
          name: services.name,
          version: services.version,
          links: {
            health: '/healthz',
            description: '/openapi.json',
            models: '/v1/{tenant}/models',
            items: '/v1/{tenant}/{model}',
            streams: '/v1/{tenant}/streams',
          },
        },
        200,
        { 'cache-control': 'public, max-age=60' },
      ),
  },
  {
    ...NONE,
    method: 'GET',
    path: '/healthz',
    summary: 'Answers 200 while the Worker runs',
    cacheable: false,
    schemas: { responses: { 200: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } } } },
    handle: () => json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }),
  },
];
