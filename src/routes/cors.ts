/** Cross-origin access: an allow-list, empty by default; credentials for listed origins only (ARCHITECTURE: Identity, tenancy, names). */
import type { Services } from './route.ts';

const EXPOSED =
  'ETag, Location, Server-Timing, Cache-Status, Steamer-Version, X-D1-Bookmark, RateLimit, RateLimit-Policy, Retry-After, Request-Id, Idempotency-Replayed, Stream-Next-Offset, Stream-Up-To-Date, Stream-Closed, Stream-Cursor, Stream-TTL, Stream-Expires-At, Stream-Retention-Seconds, Stream-Retention-Bytes, Stream-First-Offset, Stream-SSE-Data-Encoding, Producer-Epoch, Producer-Seq, Producer-Expected-Seq, Producer-Received-Seq, Accept-Ranges, Content-Range, Content-Disposition';
const ALLOWED_REQUEST_HEADERS =
  'Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, Idempotency-Key, Cache-Control, Steamer-Version, X-D1-Bookmark, Stream-Seq, Stream-TTL, Stream-Expires-At, Stream-Retention-Seconds, Stream-Retention-Bytes, Stream-Closed, Stream-Forked-From, Stream-Fork-Offset, Stream-Fork-Sub-Offset, Producer-Id, Producer-Epoch, Producer-Seq';
const PREFLIGHT_MAX_AGE_SEC = 600;

/** The origin of a cross-origin request, where it is allowed; null for every other request. */
export async function allowedOrigin(request: Request, tenant: string | null, services: Services): Promise<string | null> {
  const origin = request.headers.get('origin');
  return origin !== null && (await services.allowsOrigin(origin, tenant)) ? origin : null;
}

/** The headers that let `origin` read the answer; only `Vary` without one. */
export function corsHeaders(origin: string | null): Record<string, string> {
  if (origin === null) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED,
  };
}

/** The further headers of the answer to a preflight of an allowed origin; none for anybody else, so that the browser refuses. */
export function preflightHeaders(request: Request, origin: string | null, methods: string): Record<string, string> {
  if (origin === null || !request.headers.has('access-control-request-method')) return {};
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ALLOWED_REQUEST_HEADERS,
    'access-control-max-age': String(PREFLIGHT_MAX_AGE_SEC),
  };
}
