/**
 * What a shared answer depends on, and nothing else: of a request its handler sees only that. So what is not in the key (X-Forwarded-Host, other parameters, a method
 * in a header, whoever asks) cannot be in the answer either.
 */

/** What of a request an answer may depend on. */
export interface CacheKeyParts {
  /** of the code that makes answers: another one begins with an empty cache */
  version: string;
  /** whose answers these are; null: the service's own */
  tenant: string | null;
  /** the parameters that mean something, others are dropped; `all` of them where the route refuses what it does not take */
  query: readonly string[] | 'all';
  /** the headers that mean something, each with what it comes to: "en" of a long Accept-Language */
  vary: Readonly<Record<string, (value: string | null) => string>>;
}

/** A request as its handler may see it, and the name of its answer. */
export interface KeyedRequest {
  request: Request;
  key: string;
}

/** Never asked for: only the path and the query of a key mean something. */
const KEY_ORIGIN = 'https://cache.steamer.invalid';
const MAX_KEY_LENGTH = 4_096;

/**
 * The request reduced to what it is keyed by. Null for one whose answer is not shared: another method than GET and HEAD, a range or condition but `If-None-Match`,
 * or a path that caches and servers read in different ways (empty and dot segments, encoded slashes, `;`, backslashes).
 */
export function keyedRequest(request: Request, { version, tenant, query, vary }: CacheKeyParts): KeyedRequest | null {
  if ((request.method !== 'GET' && request.method !== 'HEAD') || UNSHARED.some((name) => request.headers.has(name))) return null;
  const url = new URL(request.url);
  const path = normalPath(url.pathname);
  if (path === null) return null;
  const parameters = [...url.searchParams]
    .filter(([name]) => query === 'all' || query.includes(name))
    .toSorted(([one], [other]) => compare(one, other));
  const headers = Object.entries(vary).map(([name, normal]): [string, string] => [name, normal(request.headers.get(name))]);
  const search = new URLSearchParams(parameters).toString();
  const varied = new URLSearchParams(headers).toString();
  const key = `${KEY_ORIGIN}/${encodeURIComponent(url.origin)}/${encodeURIComponent(version)}/${encodeURIComponent(tenant ?? '')}${path}?${search}&&${varied}`;
  if (key.length > MAX_KEY_LENGTH) return null;
  const shown = new Headers(headers.filter(([, value]) => value !== ''));
  return { request: new Request(`${url.origin}${path}${search === '' ? '' : `?${search}`}`, { headers: shown }), key };
}

const UNSHARED = ['range', 'if-range', 'if-match', 'if-unmodified-since', 'upgrade'];

/** A path with one spelling: what need not be encoded is not, and what is has capitals. */
function normalPath(path: string): string | null {
  if (/\/\/|\/\.{1,2}(?:\/|$)|[;\\]|%(?:2f|5c|00|3b|25)/i.test(path)) return null;
  return path.replaceAll(/%[\da-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[\w~-]/.test(character) ? character : encoded.toUpperCase();
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
