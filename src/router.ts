/** The one way a request goes: match, guard, handle, and its answer (or its error) back up once. */
import { getBatchContextUsage } from './bao/for-services.ts';
import { ServiceError } from './lib/errors.ts';
import { traceOf, type TraceContext } from './lib/trace-context.ts';
import { allowedOrigin, corsHeaders, preflightHeaders } from './routes/cors.ts';
import { guard } from './routes/guard.ts';
import { takeReadMode, takesOtherParameters } from './routes/read-mode.ts';
import { RequestLimits } from './routes/request-limits.ts';
import { empty, logFault, problem, toPublicError } from './routes/respond.ts';
import { createRouteTable } from './routes/route-table.ts';
import type { RouteMatch, RouteTable } from './routes/route-table.ts';
import { tenantOf } from './routes/route.ts';
import type { RequestContext, Route, Services } from './routes/route.ts';
import { claimCookie } from './routes/session-cookie.ts';
import { serverTiming } from './routes/server-timing.ts';
import type { ServerTiming } from './routes/server-timing.ts';
import { inTenant } from './routes/tenant-work.ts';
import { joinedVersion } from './wire/store-version.ts';
import { TENANT_PATTERN, whyNotATenant } from './wire/tenant.ts';

/** Takes work that goes on after the answer (`ctx.waitUntil`). */
type Later = (work: Promise<unknown>) => void;

/** What browsers may do with an answer: show it, and nothing else (ASVS 5.0, 3.4). Answers that are pages say more of themselves. */
const BROWSER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
};

/** A request on its way through the router: what is known of it so far. */
interface Passage {
  request: Request;
  url: URL;
  requestId: string;
  trace: TraceContext;
  services: Services;
  later: Later;
  limits: RequestLimits;
  /** the origin of a browser's request that may read the answer */
  origin: string | null;
  match: RouteMatch | null;
  tenant: string | null;
  /** what the browser is given for its next requests */
  claim: string | null;
  timing: ServerTiming;
}

/**
 * A function that answers every request by the table of routes. It never throws: whatever fails becomes a problem+json response,
 * and what was not expected also becomes one log line with the request id.
 */
export function createRouter(routes: readonly Route[]): (request: Request, services: Services, later: Later) => Promise<Response> {
  const table = createRouteTable(routes);
  return async (request, services, later) => {
    const startedAtMs = Date.now();
    const passage: Passage = {
      request,
      url: new URL(request.url),
      requestId: crypto.randomUUID(),
      trace: traceOf(request.headers.get('traceparent'), services.tracing.isSampled),
      services,
      later,
      limits: new RequestLimits(services.limits, request, later),
      origin: null,
      match: null,
      tenant: null,
      claim: null,
      timing: serverTiming(null),
    };
    const response = await answer(passage, table).catch((error: unknown) => fail(error, passage));
    finish(response, passage, startedAtMs);
    if (request.method !== 'HEAD') return response;
    await response.body?.cancel();
    return new Response(null, response);
  };
}

async function answer(passage: Passage, table: RouteTable): Promise<Response> {
  const { request, url, services, limits } = passage;
  // The service's own origins are known without asking anybody; a tenant's are looked up once the address may go on.
  passage.origin = await allowedOrigin(request, null, services);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  passage.match = await table.match(method, url);
  await limits.admitAddress(passage.match?.route ?? null);
  passage.origin ??= await allowedOrigin(request, tenantOfPath(url), services);
  if (!passage.match) return unmatched(passage, await table.methodsAt(url));
  const { route, params } = passage.match;
  const tenant = params['tenant'];
  if (tenant !== undefined && !TENANT_PATTERN.test(tenant)) throw new ServiceError('invalid_input', `Tenant: ${whyNotATenant(tenant)}.`);
  const read = takeReadMode(request, url, route);
  if (!takesOtherParameters(route)) refuseParameters(read.url);
  const { claim = null, ...caller } = await guard(request, route, tenant, services, passage.later);
  passage.claim = claim;
  passage.tenant = caller.tenant;
  await limits.admitCaller(route, caller);
  const storeVersion = request.headers.get('steamer-version');
  return run(
    {
      request,
      ...read,
      storeVersion,
      route,
      params,
      ...caller,
      requestId: passage.requestId,
      trace: passage.trace,
      services,
      later: passage.later,
    },
    passage,
  );
}

/** The tenant that a path names, before anyone has shown to be of it: enough to know which browsers may ask. */
function tenantOfPath({ pathname }: URL): string | null {
  const [, version, tenant] = pathname.split('/');
  return version === 'v1' && tenant !== undefined && TENANT_PATTERN.test(tenant) ? tenant : null;
}

/** Runs the handler in the tenant's batch context, and notes what it cost whether it succeeds or fails. */
async function run(context: RequestContext, passage: Passage): Promise<Response> {
  if (passage.tenant === null) return context.route.handle(context);
  return inTenant(context, async () => {
    try {
      return await context.route.handle(context);
    } finally {
      passage.timing = serverTiming(getBatchContextUsage());
      // What has failed may be applied.
      if (writesModels(context.route)) passage.services.sharedAnswers.purge(tenantOf(context), passage.later);
    }
  });
}

function writesModels({ mutates, access }: Route): boolean {
  return mutates && typeof access === 'object' && 'scope' in access && access.scope === 'models:write';
}

/** A route that takes no parameters says so, instead of leaving a caller to wonder why one had no effect. */
function refuseParameters(url: URL): void {
  const [name] = url.searchParams.keys();
  if (name !== undefined) throw new ServiceError('invalid_input', `?${name.slice(0, 80)}: expected no parameters here.`);
}

function unmatched({ request, url, requestId, origin }: Passage, methods: string[]): Response {
  if (methods.length === 0)
    throw new ServiceError(
      'not_found',
      `There is no ${JSON.stringify(url.pathname.slice(0, 200))} here; GET /v1/{tenant}/models lists the models, GET / the rest.`,
    );
  const allow = methods.join(', ');
  if (request.method === 'OPTIONS') return empty(204, { allow, ...preflightHeaders(request, origin, allow) });
  const refusal = new ServiceError('method_not_allowed', `Expected one of ${allow}, got ${request.method}.`);
  return problem(toPublicError(refusal), requestId, { allow });
}

/** The response to a request that failed; what is our fault also becomes one log line. */
export function fail(
  error: unknown,
  { requestId, request, match, trace }: Pick<Passage, 'requestId' | 'request'> & Partial<Passage>,
): Response {
  const shown = toPublicError(error);
  const traceId = trace?.traceId;
  logFault(error, { requestId, ...(traceId === undefined ? {} : { traceId }), method: request.method, route: match?.route.path ?? null });
  return problem(shown, requestId, shown.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="steamer"' } : {});
}

function finish(response: Response, passage: Passage, startedAtMs: number): void {
  const { request, services, match, timing } = passage;
  const headers = response.headers;
  headers.set('request-id', passage.requestId);
  for (const [name, value] of Object.entries(BROWSER_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  if (passage.tenant !== null) headers.set('server-timing', timing.header);
  if (timing.cacheStatus !== null) headers.set('cache-status', timing.cacheStatus);
  if (!headers.has('cache-control') && match?.route.cacheable !== true) headers.set('cache-control', 'private, no-cache');
  if (passage.claim !== null && !mayBeStored(headers)) headers.append('set-cookie', claimCookie(passage.claim));
  // What a cache keeps it would tell others, of this caller's quota and when it is no longer so.
  const ofLimits = mayBeStored(headers) ? {} : passage.limits.headers(headers.has('retry-after'));
  for (const [name, value] of Object.entries(ofLimits)) headers.set(name, value);
  const version = joinedVersion(request.headers.get('steamer-version') ?? undefined, timing.version);
  if (timing.version !== undefined && version !== undefined && !mayBeStored(headers)) headers.set('steamer-version', version);
  passage.limits.finish();
  for (const [name, value] of Object.entries(corsHeaders(passage.origin))) headers.append(name, value);
  services.metrics.record({
    kind: 'request',
    route: match?.route.path ?? '',
    method: request.method,
    status: response.status,
    tenant: passage.tenant,
    durationMs: Date.now() - startedAtMs,
    cache: timing.cache,
    cost: timing.cost,
    bytesIn: lengthOf(request.headers),
    bytesOut: lengthOf(headers),
  });
  const told = services.tracing.record({
    ...passage.trace,
    name: `${request.method} ${match?.route.path ?? 'unknown'}`,
    startedAtMs,
    endedAtMs: Date.now(),
    isFailed: response.status >= 500,
    attributes: {
      'http.request.method': request.method,
      'http.route': match?.route.path ?? '',
      'http.response.status_code': response.status,
      'steamer.request_id': passage.requestId,
      'steamer.cache': timing.cache,
      'steamer.dynamodb_calls': timing.cost.calls,
    },
  });
  if (told) passage.later(told);
  const handOver = passage.tenant !== null && services.traffic.handOver(passage.tenant);
  if (handOver) passage.later(handOver);
}

function lengthOf(headers: Headers): number {
  return Number(headers.get('content-length') ?? 0);
}

/** Whether a shared cache may keep the answer. */
function mayBeStored(headers: Headers): boolean {
  return !/\b(?:private|no-store)\b/i.test(headers.get('cache-control') ?? '');
}
