/** The one way a request goes: match, guard, handle, and its answer (or its error) back up once. */
import { getBatchContextUsage } from './bao/for-services.ts';
import { ServiceError } from './lib/errors.ts';
import type { Span } from './lib/spans.ts';
import { traceOf, type TraceContext } from './lib/trace-context.ts';
import { purgingWhatIsWritten } from './platform-services.ts';
import { allowedOrigin, corsHeaders, preflightHeaders } from './routes/cors.ts';
import { quotasOf } from './routes/tenant-quotas.ts';
import { type Caller, guard } from './routes/guard.ts';
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
import type { RequestEvent } from './wire/metrics.ts';
import { joinedVersion } from './wire/store-version.ts';
import { TENANT_PATTERN, whyNotATenant } from './wire/tenant.ts';

/** Takes work that goes on after the answer (`ctx.waitUntil`). */
type Later = (work: Promise<unknown>) => void;

/** What browsers may do with an answer: show it, and nothing else (ASVS 5.0, 3.4). Files and pages say more of themselves. */
const CONTENT_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** A request on its way through the router: what is known of it so far. */
interface Passage {
  request: Request;
  url: URL;
  requestId: string;
  trace: TraceContext;
  /** the caller's version token */
  storeVersion: string | null;
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
    const requestId = crypto.randomUUID();
    const passage: Passage = {
      request,
      url: new URL(request.url),
      requestId,
      trace: traceOf(request.headers.get('traceparent'), services.tracing.isSampled, requestId),
      storeVersion: request.headers.get('steamer-version'),
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
  const hasOrigin = request.headers.has('origin');
  if (hasOrigin) passage.origin = await allowedOrigin(request, null, services);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  passage.match = table.match(method, url);
  await limits.admitAddress(passage.match?.route ?? null);
  if (hasOrigin) passage.origin ??= await allowedOrigin(request, tenantOfPath(url), services);
  if (!passage.match) return unmatched(passage, table.methodsAt(url));
  const { route, params } = passage.match;
  const tenant = params['tenant'];
  if (tenant !== undefined && !TENANT_PATTERN.test(tenant)) throw new ServiceError('invalid_input', `Tenant: ${whyNotATenant(tenant)}.`);
  const read = takeReadMode(request, url, route);
  if (!takesOtherParameters(route)) refuseParameters(read.url);
  const { claim = null, ...caller } = await guard(request, route, tenant, services, passage.later);
  passage.claim = claim;
  passage.tenant = caller.tenant;
  await limits.admitCaller(route, caller);
  await refuseUsedUp(passage, route, caller);
  const { requestId, trace, storeVersion, later } = passage;
  return run({ request, ...read, storeVersion, route, params, ...caller, requestId, trace, services, later }, passage);
}

/** Refuses what a tenant has used up of its day. @throws ServiceError `quota_exceeded` */
async function refuseUsedUp({ request, services }: Passage, route: Route, { principal, tenant }: Caller): Promise<void> {
  const { quotas } = services;
  if (tenant === null || !quotas.isAny) return;
  const plan = principal?.plan ?? (await services.planOf(tenant));
  const refusal = quotas.refusal(tenant, plan, quotasOf(route, request));
  if (refusal !== null) throw refusal;
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
      return await handled(context);
    } finally {
      passage.timing = serverTiming(getBatchContextUsage());
    }
  });
}

/** Only who may change something has to be asked what was written. */
function handled(context: RequestContext): Promise<Response> | Response {
  const { route, services, later } = context;
  if (!route.mutates) return route.handle(context);
  return purgingWhatIsWritten(services.sharedAnswers, tenantOf(context), later, async () => route.handle(context));
}

/** A route that takes no parameters says so, instead of leaving a caller to wonder why one had no effect. */
function refuseParameters(url: URL): void {
  const [name] = url.search === '' ? [] : url.searchParams.keys();
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
  const { services, limits, tenant, trace, later } = passage;
  finishHeaders(response.headers, passage);
  limits.finish();
  services.metrics.record(eventOf(response, passage, startedAtMs));
  const told = trace.isSampled ? services.tracing.record(spanOf(response, passage, startedAtMs)) : null;
  if (told) later(told);
  const handOver = tenant === null ? null : services.traffic.handOver(tenant);
  if (handOver) later(handOver);
}

/** Says what every answer says, besides what its route has said. */
function finishHeaders(headers: Headers, { requestId, tenant, match, timing, limits, origin, claim, storeVersion }: Passage): void {
  headers.set('request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('strict-transport-security', 'max-age=31536000');
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', CONTENT_POLICY);
  if (tenant !== null) headers.set('server-timing', timing.header);
  if (timing.cacheStatus !== null) headers.set('cache-status', timing.cacheStatus);
  const cacheControl = headers.get('cache-control') ?? (match?.route.cacheable === true ? '' : null);
  if (cacheControl === null) headers.set('cache-control', 'private, no-cache');
  // What a cache keeps it would tell others: whose session it is, this caller's quota, and when that is no longer so.
  if (cacheControl === null || !mayBeStored(cacheControl)) {
    for (const [name, value] of Object.entries(limits.headers(headers.has('retry-after')))) headers.set(name, value);
    const version = storeVersion === null ? timing.version : timing.version && joinedVersion(storeVersion, timing.version);
    if (version !== undefined) headers.set('steamer-version', version);
    if (claim !== null) headers.append('set-cookie', claimCookie(claim));
  }
  for (const [name, value] of Object.entries(corsHeaders(origin))) headers.append(name, value);
}

function eventOf({ status, headers }: Response, { request, match, tenant, timing }: Passage, startedAtMs: number): RequestEvent {
  return {
    kind: 'request',
    route: match?.route.path ?? '',
    method: request.method,
    status,
    tenant,
    durationMs: Date.now() - startedAtMs,
    cache: timing.cache,
    cost: timing.cost,
    bytesIn: request.method === 'GET' ? 0 : lengthOf(request.headers),
    bytesOut: lengthOf(headers),
  };
}

function spanOf({ status }: Response, { request, requestId, match, timing, trace }: Passage, startedAtMs: number): Span {
  return {
    ...trace,
    name: `${request.method} ${match?.route.path ?? 'unknown'}`,
    startedAtMs,
    endedAtMs: Date.now(),
    isFailed: status >= 500,
    attributes: {
      'http.request.method': request.method,
      'http.route': match?.route.path ?? '',
      'http.response.status_code': status,
      'steamer.request_id': requestId,
      'steamer.cache': timing.cache,
      'steamer.dynamodb_calls': timing.cost.calls,
    },
  };
}

function lengthOf(headers: Headers): number {
  return Number(headers.get('content-length') ?? 0);
}

/** Whether a shared cache may keep an answer that says so of itself. */
function mayBeStored(cacheControl: string): boolean {
  return !/\b(?:private|no-store)\b/i.test(cacheControl);
}
