/**
 * Answers that are the same for everybody, kept in the platform's cache of the data centre: a wrapper around whatever makes them.
 *
 * @see docs/platform.md, Edge cache
 */
import { logError } from '../../lib/log.ts';
import { SingleFlight, type Later } from '../single-flight.ts';
import { keyedRequest, type CacheKeyParts } from './cache-key.ts';
import { fromCache, keptAnswer, NOT_FRESH, toCache, type KeptAnswer } from './kept-answer.ts';

/** What an edge cache works with. */
export interface EdgeCacheOptions {
  cache: Pick<Cache, 'match' | 'put'>;
  /** what tags have come to: an answer is of the versions that its tags had when it was asked for */
  versionOf?: (tag: string) => Promise<string>;
  nowMs: () => number;
}

/** What answers depend on. */
export interface SharedRoute extends CacheKeyParts {
  /** to purge one is to forget all answers that have it */
  tags?: readonly string[];
  /** whether who shows a credential gets, and makes, what everybody gets; default: such requests are passed on */
  isForCallers?: boolean;
}

/** Makes an answer from what its key has of the request. */
export type Handle = (request: Request) => Promise<Response>;

/** Keeps answers at the edge: one load for all who ask at once, ETags, and forgetting by tags. */
export class EdgeCache {
  readonly #options: EdgeCacheOptions;
  readonly #flights = new SingleFlight<KeptAnswer | null>();

  constructor(options: EdgeCacheOptions) {
    this.#options = options;
  }

  /**
   * The answer of `handle`, or one that it has made before; `Cache-Status` (RFC 9211) says which, and `If-None-Match` is answered 304. Kept are answers of 200 and 1 MiB at
   * most whose Cache-Control has `public` or `s-maxage`, without a cookie or a `Vary` that the key has not; all others are their caller's alone.
   *
   * @throws what `handle` throws, where there is nothing to answer with in its place
   */
  async answer(request: Request, route: SharedRoute, handle: Handle, later: Later): Promise<Response> {
    const hasCredential = request.headers.has('authorization') || request.headers.has('cookie');
    const keyed = hasCredential && route.isForCallers !== true ? null : keyedRequest(request, await this.#versioned(route));
    if (keyed === null) return handle(request);
    const kept = await this.#find(keyed.key);
    const ageSec = kept === null ? Infinity : (this.#options.nowMs() - kept.storedAtMs) / 1000;
    const { freshSec, staleWhileRevalidateSec, staleIfErrorSec } = kept?.freshness ?? NOT_FRESH;
    if (kept !== null && ageSec < freshSec) return this.#shown(kept, request, `hit; ttl=${Math.ceil(freshSec - ageSec)}`);
    const make = async () => this.#make(keyed.key, route, () => handle(keyed.request), later);
    if (kept !== null && ageSec < freshSec + staleWhileRevalidateSec) {
      later(make().catch((error: unknown) => logError('no new answer', error)));
      return this.#shown(kept, request, 'hit; detail=stale-while-revalidate');
    }
    try {
      const made = await make();
      const isFailure = made instanceof Response && made.status >= 500;
      if (!isFailure || ageSec >= freshSec + staleIfErrorSec)
        return made instanceof Response ? made : this.#shown(made, request, 'fwd=miss');
    } catch (error) {
      if (ageSec >= freshSec + staleIfErrorSec) throw error;
    }
    return this.#shown(kept ?? NOTHING, request, 'hit; detail=stale-if-error');
  }

  async #versioned({ version, tags = [], ...parts }: SharedRoute): Promise<CacheKeyParts> {
    const versions = await Promise.all(tags.map(async (tag) => this.#options.versionOf?.(tag) ?? ''));
    return { ...parts, version: [version, ...versions].join(' ') };
  }

  async #find(key: string): Promise<KeptAnswer | null> {
    const found = await this.#options.cache.match(key);
    return found ? fromCache(found) : null;
  }

  /** Once for all who ask at the same time; what cannot be kept each makes for itself. */
  async #make(key: string, { vary }: SharedRoute, handle: () => Promise<Response>, later: Later): Promise<KeptAnswer | Response> {
    let own: Response | null = null;
    const shared = await this.#flights.run(
      key,
      async () => {
        own = await handle();
        const kept = await keptAnswer(own, Object.keys(vary), this.#options.nowMs());
        if (kept !== null) later(this.#options.cache.put(key, toCache(kept)));
        return kept;
      },
      later,
    );
    return shared ?? own ?? handle();
  }

  #shown({ headers, body, storedAtMs }: KeptAnswer, request: Request, status: string): Response {
    const shown = new Headers(headers);
    shown.set('age', String(Math.max(0, Math.floor((this.#options.nowMs() - storedAtMs) / 1000))));
    shown.set('cache-status', `Steamer-Edge; ${status}`);
    const tags = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    const isKnown = tags.includes('*') || tags.includes(shown.get('etag') ?? '');
    return isKnown ? new Response(null, { status: 304, headers: shown }) : new Response(body, { headers: shown });
  }
}

/** Stands where an answer is known to be there. */
const NOTHING: KeptAnswer = { headers: [], body: new ArrayBuffer(0), storedAtMs: 0, freshness: NOT_FRESH };
