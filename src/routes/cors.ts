/** Cross-origin access: an allow-list, empty by default; credentials for listed origins only (ARCHITECTURE: Identity, tenancy, names). */
const EXPOSED = 'ETag, Location, Server-Timing, RateLimit, RateLimit-Policy, Retry-After, Request-Id, Idempotency-Replayed';
const ALLOWED_REQUEST_HEADERS = 'Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Cache-Control, Steamer-Version';
const PREFLIGHT_MAX_AGE_SEC = 600;

/** The headers that let the request's origin read the answer; only `Vary` for an origin that is not listed. */
export function corsHeaders(request: Request, allowedOrigins: ReadonlySet<string>): Record<string, string> {
  const origin = request.headers.get('origin');
  if (origin === null || !allowedOrigins.has(origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED,
  };
}

/** The further headers of the answer to a preflight of a listed origin; none for anybody else, so that the browser refuses. */
export function preflightHeaders(request: Request, allowedOrigins: ReadonlySet<string>, methods: string): Record<string, string> {
  const origin = request.headers.get('origin');
  if (origin === null || !allowedOrigins.has(origin) || !request.headers.has('access-control-request-method')) return {};
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ALLOWED_REQUEST_HEADERS,
    'access-control-max-age': String(PREFLIGHT_MAX_AGE_SEC),
  };
}
