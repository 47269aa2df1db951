/** What conditional and range requests are answered with, in the order of RFC 9110, section 13.2.2. */
import { parseEntityTags } from '../../lib/entity-tags.ts';
import { byteRange } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';

/** What conditions are about: a representation that is the same as long as its tag is. */
export interface Representation {
  /** strong, without its quotes */
  etag: string;
  modifiedAtMs: number;
  size: number;
}

/** `failed` is 412, `unmodified` 304, `unsatisfiable` 416, `part` 206 and `whole` 200. */
export type Decision = ByteRange | { kind: 'failed' } | { kind: 'unmodified' };

/** Whether a request has headers that `decide` looks at. */
export function isConditional(headers: Headers): boolean {
  return ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'range'].some((name) => headers.has(name));
}

/**
 * How a GET or HEAD of a representation is answered. Of a HEAD no part is asked for.
 *
 * @throws ServiceError `invalid_input` for a condition that is neither `*` nor entity tags
 */
export function decide(method: string, headers: Headers, shown: Representation): Decision {
  if (!isWanted(headers, shown)) return { kind: 'failed' };
  if (isKnown(headers, shown)) return { kind: 'unmodified' };
  const range = method === 'GET' && isOfSameRepresentation(headers, shown) ? headers.get('range') : null;
  return byteRange(range, shown.size);
}

function isWanted(headers: Headers, { etag, modifiedAtMs }: Representation): boolean {
  const ifMatch = headers.get('if-match');
  if (ifMatch !== null) {
    const tags = parseEntityTags(ifMatch, 'If-Match');
    return tags === '*' || tags.some(({ opaque, isWeak }) => !isWeak && opaque === etag);
  }
  const unmodifiedSinceMs = httpDateMs(headers.get('if-unmodified-since'));
  return unmodifiedSinceMs === null || wholeSecond(modifiedAtMs) <= unmodifiedSinceMs;
}

function isKnown(headers: Headers, { etag, modifiedAtMs }: Representation): boolean {
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== null) {
    const tags = parseEntityTags(ifNoneMatch, 'If-None-Match');
    return tags === '*' || tags.some(({ opaque }) => opaque === etag);
  }
  const modifiedSinceMs = httpDateMs(headers.get('if-modified-since'));
  return modifiedSinceMs !== null && wholeSecond(modifiedAtMs) <= modifiedSinceMs;
}

/** If-Range is compared strongly (13.1.5): a weak tag is another representation, and so is any other date. */
function isOfSameRepresentation(headers: Headers, { etag, modifiedAtMs }: Representation): boolean {
  const ifRange = headers.get('if-range');
  if (ifRange === null) return true;
  return ifRange.trim() === `"${etag}"` || httpDateMs(ifRange) === wholeSecond(modifiedAtMs);
}

/** A date of any of the three forms (5.6.7), all of which begin with a day of the week. Null for what is none, which counts as absent. */
function httpDateMs(text: string | null): number | null {
  if (text === null || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}

function wholeSecond(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}
