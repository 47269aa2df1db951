/** An answer as it is kept: plain values, which requests can share. */

export interface KeptAnswer {
  headers: [string, string][];
  body: ArrayBuffer;
  storedAtMs: number;
  freshness: Freshness;
}

/** How old an answer may be, in seconds, as its Cache-Control says. */
export interface Freshness {
  freshSec: number;
  /** as long after that it is answered while another one is made (RFC 5861) */
  staleWhileRevalidateSec: number;
  /** as long after that it is answered when no other one can be made */
  staleIfErrorSec: number;
}

/** Longer answers are passed on and not kept. */
const KEPT_MAX_BYTES = 1024 * 1024;

/** What is of one request or one caller, and so of no answer that others get. */
const NOT_KEPT =
  /^(?:set-cookie|(?:x-)?rate-?limit.*|retry-after|request-id|server-timing|steamer-version|cache-status|age|date|content-length|access-control-.*|www-authenticate)$/;

/** Null for what is not for everybody. */
export function freshnessOf(cacheControl: string): Freshness | null {
  if (!/\b(?:public|s-maxage)\b/i.test(cacheControl) || /\b(?:private|no-store|no-cache)\b/i.test(cacheControl)) return null;
  const seconds = (name: string) => {
    const [, value] = new RegExp(`(?:^|[\\s,])${name}=(\\d{1,9})`, 'i').exec(cacheControl) ?? [];
    return value === undefined ? null : Number(value);
  };
  const freshSec = seconds('s-maxage') ?? seconds('max-age') ?? 0;
  if (freshSec === 0) return null;
  const isNeverStale = /\b(?:must|proxy)-revalidate\b/i.test(cacheControl);
  const staleSec = (name: string) => (isNeverStale ? 0 : (seconds(name) ?? 0));
  return { freshSec, staleWhileRevalidateSec: staleSec('stale-while-revalidate'), staleIfErrorSec: staleSec('stale-if-error') };
}

/**
 * What can be kept of an answer, null when it is its caller's alone; `response` can still be sent.
 *
 * @param vary the headers that its key has
 */
export async function keptAnswer(response: Response, vary: readonly string[], nowMs: number): Promise<KeptAnswer | null> {
  const { status, headers } = response;
  if (status !== 200 || headers.has('set-cookie')) return null;
  const freshness = freshnessOf(headers.get('cache-control') ?? '');
  if (freshness === null) return null;
  // What has a credential is not shared, and CORS headers come on top of what is kept.
  const known = ['', 'authorization', 'cookie', 'origin', ...vary];
  const varies = (headers.get('vary') ?? '').toLowerCase().split(',');
  if (!varies.every((name) => known.includes(name.trim()))) return null;
  const body = await bodyWithin(response, KEPT_MAX_BYTES);
  if (body === null) return null;
  const kept = [...headers].filter(([name]) => !NOT_KEPT.test(name));
  if (!headers.get('etag')?.startsWith('"')) kept.push(['etag', await etagOf(body)]);
  return { headers: kept, body, storedAtMs: nowMs, freshness };
}

async function bodyWithin(response: Response, maxBytes: number): Promise<ArrayBuffer | null> {
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What a clone has read, the response has, too.
  const body: AsyncIterable<Uint8Array> | null = response.clone().body;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) return null;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

async function etagOf(body: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, 16);
  return `"${btoa(String.fromCharCode(...digest)).replaceAll('=', '')}"`;
}

/** What the platform's cache is given: it may keep it as long as anybody may get it, and what it is to be told else is of one header. */
export function toCache({ body, ...said }: KeptAnswer): Response {
  const { freshSec, staleWhileRevalidateSec, staleIfErrorSec } = said.freshness;
  const keptSec = freshSec + Math.max(staleWhileRevalidateSec, staleIfErrorSec);
  const text = encodeURIComponent(JSON.stringify(said));
  return new Response(body, { headers: { 'cache-control': `public, max-age=${keptSec}`, [SAID_HEADER]: text } });
}

/** What it gives back. */
export async function fromCache(response: Response): Promise<KeptAnswer | null> {
  const said = response.headers.get(SAID_HEADER);
  if (said === null) return null;
  return { ...(JSON.parse(decodeURIComponent(said)) as Omit<KeptAnswer, 'body'>), body: await response.arrayBuffer() }; // written by `toCache`
}

/** Named after what it says: an answer that another release has kept without it is made anew. */
const SAID_HEADER = 'x-kept-answer-and-freshness';
export const NOT_FRESH: Freshness = { freshSec: 0, staleWhileRevalidateSec: 0, staleIfErrorSec: 0 };
