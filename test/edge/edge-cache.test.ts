import fc from 'fast-check';
import { describe, expect, inject, test, vi } from 'vitest';
import { keyedRequest } from '../../src/edge/cache/cache-key.ts';
import { EdgeCache, type Handle, type SharedRoute } from '../../src/edge/cache/edge-cache.ts';
import { TagVersions, type TagVersionsOptions } from '../../src/edge/cache/tag-versions.ts';
import { eventually } from '../setup/eventually.ts';

const PUBLIC = 'public, max-age=60, stale-while-revalidate=30, stale-if-error=600';

/** A cache on the platform's own, in a version of its own so that it begins empty. */
function newCache(more: Partial<SharedRoute> = {}) {
  const seen = { nowMs: Date.now(), handled: [] as Request[], work: [] as Promise<unknown>[], tag: '' };
  const cache = new EdgeCache({ cache: caches.default, nowMs: () => seen.nowMs, versionOf: async () => seen.tag });
  const route = { version: crypto.randomUUID(), tenant: 'acme', query: 'all', vary: {}, ...more } as const;
  const settled = async () => {
    while (seen.work.length > 0) await Promise.all(seen.work.splice(0));
  };
  const ask = async (url: string, handle: Handle, init: RequestInit = {}) => {
    const counted: Handle = async (request) => {
      seen.handled.push(request);
      return handle(request);
    };
    const response = await cache.answer(
      new Request(`https://steamer.test${url}`, init),
      route,
      counted,
      (work) => void seen.work.push(work),
    );
    await settled();
    return response;
  };
  return { ask, seen, cache, route };
}

const answer = (body: BodyInit, headers: Record<string, string> = {}): Handle => {
  return async () => new Response(body, { headers: { 'cache-control': PUBLIC, ...headers } });
};

describe('an answer for everybody', () => {
  test('is made once, and then told from the cache, with its age and a strong tag', async () => {
    const { ask, seen } = newCache();
    const first = await ask('/a', answer('one', { 'content-type': 'text/plain' }));
    expect([await first.text(), first.headers.get('cache-status')]).toEqual(['one', 'Steamer-Edge; fwd=miss']);
    seen.nowMs += 10_000;
    const second = await ask('/a', answer('two'));
    expect([await second.text(), second.headers.get('cache-status')]).toEqual(['one', 'Steamer-Edge; hit; ttl=50']);
    expect([second.headers.get('age'), second.headers.get('content-type'), second.headers.get('cache-control')]).toEqual([
      '10',
      'text/plain',
      PUBLIC,
    ]);
    const etag = second.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w+/]+"$/);
    const known = await ask('/a', answer('two'), { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', etag]);
    expect(seen.handled).toHaveLength(1);
  });

  test('is made once for 1,000 who ask at the same time', async () => {
    const { ask, seen } = newCache();
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = Array.from({ length: 1_000 }, () =>
      ask('/stampede', async () => (await promise, answer('one')(new Request('https://a.test')))),
    );
    await eventually(() => expect(seen.handled).toHaveLength(1));
    resolve();
    expect(new Set(await Promise.all(all.map(async (response) => (await response).text())))).toEqual(new Set(['one']));
    expect(seen.handled).toHaveLength(1);
  });

  test('is told after its time while a new one is made, and longer when none can be made', async () => {
    const { ask, seen } = newCache();
    await ask('/a', answer('one'));
    seen.nowMs += 70_000;
    expect(await (await ask('/a', answer('two'))).text()).toBe('one');
    expect(await (await ask('/a', answer('three'))).text()).toBe('two');
    seen.nowMs += 100_000;
    const failing = () => Promise.reject(new Error('no database'));
    const stale = await ask('/a', failing);
    expect([await stale.text(), stale.headers.get('cache-status')]).toEqual(['two', 'Steamer-Edge; hit; detail=stale-if-error']);
    expect(await (await ask('/a', async () => new Response('', { status: 503 }))).text()).toBe('two');
    seen.nowMs += 600_000;
    await expect(ask('/a', failing)).rejects.toThrow('no database');
  });

  test('that must not be told after its time is not', async () => {
    const { ask, seen } = newCache();
    const strict = { 'cache-control': `${PUBLIC}, must-revalidate` };
    await ask('/a', answer('one', strict));
    seen.nowMs += 61_000;
    expect(await (await ask('/a', answer('two', strict))).text()).toBe('two');
  });

  test('that a request was to make which was stopped is made by who has waited for it, for all who have', async () => {
    const { cache, route, seen } = newCache();
    const ask = (handle: Handle) => cache.answer(new Request('https://steamer.test/a'), route, handle, (work) => void seen.work.push(work));
    let isBegun = false;
    void ask(async () => ((isBegun = true), new Promise<Response>(() => undefined)));
    await eventually(() => expect(isBegun).toBe(true));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const both = ['two', 'three'].map((text) => ask(answer(text)));
    while (vi.getTimerCount() < 2) await scheduler.wait(1);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    expect(await Promise.all(both.map(async (response) => (await response).text()))).toEqual(['two', 'two']);
  });

  test('is forgotten with its tag', async () => {
    const { ask, seen } = newCache({ tags: ['t/acme'] });
    await ask('/a', answer('one'));
    seen.tag = 'purged';
    expect(await (await ask('/a', answer('two'))).text()).toBe('two');
  });

  test('has nothing of one request: cookies, limits, ids, times; and keeps what its handler says of it', async () => {
    const { ask } = newCache();
    const own = {
      ratelimit: '"a";r=1',
      'ratelimit-policy': '"a";q=2',
      'x-ratelimit-remaining': '1',
      'x-rate-limit-reset': '2',
      'request-id': 'r1',
      'server-timing': 'a',
      'steamer-version': 'v',
      vary: 'Authorization',
    };
    await ask('/a', answer('one', { ...own, etag: '"own"', 'x-of-model': 'Page' }));
    const { headers } = await ask('/a', answer('two'));
    for (const name of Object.keys(own)) if (name !== 'vary') expect(headers.has(name), name).toBe(false);
    expect([headers.get('etag'), headers.get('x-of-model')]).toEqual(['"own"', 'Page']);
  });
});

describe('an answer for one', () => {
  test.each([
    ['is private', { 'cache-control': 'private, max-age=60' }],
    ['says nothing of caches', { 'cache-control': 'max-age=60' }],
    ['may not be stored', { 'cache-control': 'public, no-store' }],
    ['sets a cookie', { 'set-cookie': 'a=b' }],
    ['varies by what is not in the key', { vary: 'Accept-Language' }],
    ['varies by everything', { vary: '*' }],
  ])('that %s is made for everybody anew', async (_title, headers) => {
    const { ask, seen } = newCache();
    expect(await (await ask('/a', answer('one', headers))).text()).toBe('one');
    expect(await (await ask('/a', answer('two', headers))).text()).toBe('two');
    expect(seen.handled).toHaveLength(2);
  });

  test('who shows a credential, sends a condition or a range, or is too long to keep, passes', async () => {
    const { ask, seen } = newCache();
    const cases: RequestInit[] = [
      { headers: { authorization: 'Bearer a' } },
      { headers: { cookie: 'a=b' } },
      { headers: { range: 'bytes=0-1' } },
      { headers: { 'if-match': '"a"' } },
      { method: 'POST' },
    ];
    for (const init of cases) await ask('/a', answer('one'), init);
    for (let count = 0; count < 2; count++)
      expect((await (await ask('/long', answer(new Uint8Array(1_048_577)))).arrayBuffer()).byteLength).toBe(1_048_577);
    expect(seen.handled).toHaveLength(cases.length + 2);
    const marked = newCache({ isForCallers: true });
    for (const token of ['a', 'b']) await marked.ask('/a', answer('one'), { headers: { authorization: token } });
    expect(marked.seen.handled).toHaveLength(1);
    expect(marked.seen.handled[0]?.headers.has('authorization')).toBe(false);
  });
});

test('a purge is told, and those of others are heard of, though the request that was to tell one before was stopped', async () => {
  const seen = { nowMs: 1_000_000, hangs: true, versions: 0, told: new Map<string, string>(), work: [] as Promise<unknown>[] };
  const kv = {
    get: async (name: string) => seen.told.get(name) ?? null,
    put: async (name: string, version: string) => (seen.hangs ? new Promise(() => undefined) : void seen.told.set(name, version)),
  } as unknown as TagVersionsOptions['kv'];
  const options = { kv, nowMs: () => seen.nowMs, newVersion: () => `v${++seen.versions}`, sleep: async () => undefined };
  const tags = new TagVersions(options);
  const purge = () => tags.purge('a', (work) => void seen.work.push(work));
  purge();
  seen.hangs = false;
  purge();
  expect([seen.told.size, await tags.versionOf('a')]).toEqual([0, 'v2']);
  seen.nowMs += 30_000;
  purge();
  await Promise.all(seen.work.slice(1));
  expect([...seen.told.values(), await tags.versionOf('a')]).toEqual(['v3', 'v3']);
  seen.told.set('tags/a', 'of another');
  seen.nowMs += 5_000;
  expect(await tags.versionOf('a')).toBe('of another');
});

describe('a key', () => {
  const parts = {
    version: '1',
    tenant: 'acme',
    query: ['a', 'b'],
    vary: { 'accept-language': (value: string | null) => (value?.startsWith('fr') ? 'fr' : 'en') },
  };
  const keyOf = (path: string, init: RequestInit = {}) =>
    keyedRequest(new Request(`https://steamer.test${path}`, init), parts)?.key ?? null;

  test.each([
    ['/x?b=2&a=1', '/x?a=1&b=2'],
    ['/x?a=1&utm=9&A=3', '/x?a=1'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%61', '/a'],
    ['/a/../b', '/b'],
    ['/a/%2e%2e/b', '/b'],
  ])('%s is that of %s', (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each(['/a//b', '//a', '/a/b;x.css', '/a;x/b', '/a%2fb', '/a%5Cb', '/a%00', '/a%252e%252e/b', '/a%3Bx.css'])(
    '%s has none',
    (path) => {
      expect(keyOf(path)).toBeNull();
    },
  );

  test('is another one by case, value and order of values of one parameter, tenant, version, origin and what varies', () => {
    const keys = [
      keyOf('/x'),
      keyOf('/X'),
      keyOf('/x?a=1'),
      keyOf('/x?a=2'),
      keyOf('/x?a=1&a=2'),
      keyOf('/x?a=2&a=1'),
      keyOf('/x', { headers: { 'accept-language': 'fr' } }),
    ];
    for (const other of [{ tenant: 'beta' }, { tenant: null }, { version: '2' }])
      keys.push(keyedRequest(new Request('https://steamer.test/x'), { ...parts, ...other })?.key ?? null);
    // Services of one zone share the platform's cache.
    keys.push(keyedRequest(new Request('https://staging.test/x'), parts)?.key ?? null);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf(`/x?a=${'x'.repeat(5_000)}`)).toBeNull();
  });

  test('is of the request as its handler sees it: nothing else is in that', () => {
    const headers = {
      'x-forwarded-host': 'evil.test',
      'x-original-url': '/admin',
      'x-http-method-override': 'POST',
      'accept-language': 'fr-CH',
      'user-agent': 'a',
    };
    const keyed = keyedRequest(new Request('https://steamer.test/x?a=1&c=3', { headers }), parts);
    expect([...(keyed?.request.headers ?? [])]).toEqual([['accept-language', 'fr']]);
    expect([keyed?.request.url, keyed?.request.method]).toEqual(['https://steamer.test/x?a=1', 'GET']);
  });
});

test('nobody is ever told what is of another: users, tenants, headers, methods and paths at random', { timeout: 300_000 }, async () => {
  const { cache, route, seen } = newCache({ query: ['page'] });
  // Says all that it sees; what it may tell everybody it says of the path alone.
  const handleOf =
    (user: string): Handle =>
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const isOpen = pathname.startsWith('/open');
      const body = {
        path: pathname,
        page: searchParams.get('page'),
        seen: [...request.headers].join(),
        method: request.method,
        user: isOpen ? null : user,
      };
      return Response.json(body, { headers: { 'cache-control': isOpen ? PUBLIC : 'private' } });
    };
  let shared = 0;
  const anything = fc.record({
    user: fc.constantFrom('ada', 'bob', 'eve'),
    tenant: fc.constantFrom('acme', 'beta', null),
    path: fc.constantFrom('/open', '/open/a', '/open/%61', '/own', '/own/a', '/open//a', '/open/..%2fown', '/open;x.css', '/own/../open'),
    query: fc.constantFrom('', '?page=1', '?page=2', '?user=eve', '?page=1&user=bob', '?PAGE=3'),
    method: fc.constantFrom('GET', 'HEAD', 'POST'),
    header: fc.constantFrom('authorization', 'cookie', 'x-forwarded-host', 'x-original-url', 'x-http-method-override', 'accept', 'range'),
  });
  await fc.assert(
    fc.asyncProperty(anything, async ({ user, tenant, path, query, method, header }) => {
      const request = new Request(`https://steamer.test${path}${query}`, { method, headers: { [header]: user } });
      const response = await cache.answer(
        request,
        { ...route, version: `${route.version} ${seen.tag}`, tenant },
        handleOf(user),
        (work) => void seen.work.push(work),
      );
      const told = await response.json<{ path: string; page: string | null; seen: string; user: string | null }>();
      const url = new URL(request.url);
      const isShared = response.headers.has('cache-status');
      if (isShared) shared++;
      expect([null, user]).toContain(told.user);
      expect(told.page).toBe(url.searchParams.get('page'));
      expect(decodeURI(told.path)).toBe(decodeURI(url.pathname));
      if (isShared) expect([told.seen, method === 'POST', header === 'authorization' || header === 'cookie']).toEqual(['', false, false]);
      await Promise.all(seen.work.splice(0));
    }),
    { numRuns: inject('testScale') > 1 ? 100_000 : 1_000 },
  );
  expect(shared).toBeGreaterThan(50);
});
