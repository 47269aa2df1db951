/** The webhooks of workflows: whoever has the token may call, and it decides whose workflow goes on. */
import { ServiceError } from '../lib/errors.ts';
import type { AppScope } from '../runs/run-address.ts';
import { runInApp } from '../world/app-scope.ts';
import { readBytes } from './read-body.ts';
import type { RequestContext, Route } from './route.ts';

/** What the routes are handed. */
export interface Webhooks {
  /** the webhooks of a token, of whichever tenant: one, or none */
  find: (token: string) => Promise<AppScope[]>;
  /** the SDK's: hands a request to the workflow, and answers what that answers. Throws a HookNotFoundError where there is none */
  resume: (token: string, request: Request) => Promise<Response>;
}

const BODY_MAX_BYTES = 1024 * 1024;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Routes for all methods, as a workflow may look at that of its request. */
export function webhookRoutes(webhooks: Webhooks): Route[] {
  return METHODS.map((method) => ({
    method,
    path: '/.well-known/workflow/v1/webhook/:token',
    summary: 'Hand a request to the workflow that waits for it',
    access: 'public',
    limit: 'public',
    mutates: method !== 'GET',
    cacheable: false,
    bodyLimitBytes: method === 'GET' ? 0 : BODY_MAX_BYTES,
    schemas: { responses: { 202: null } },
    handle: (context) => handle(context, webhooks),
  }));
}

async function handle({ params, request, route }: RequestContext, { find, resume }: Webhooks): Promise<Response> {
  const token = params['token'] ?? '';
  const [scope, other] = await find(token);
  if (scope === undefined || other !== undefined) throw notFound();
  const body = await readBytes(request, route.bodyLimitBytes);
  const { url, method, headers } = request;
  try {
    const handed = new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) });
    const response = await runInApp(scope, () => resume(token, handed));
    return new Response(response.body, response); // of headers that may be changed
  } catch (error) {
    if (error instanceof Error && error.name === 'HookNotFoundError') throw notFound();
    throw error;
  }
}

function notFound(): ServiceError {
  return new ServiceError('not_found', 'No workflow waits for this.');
}
