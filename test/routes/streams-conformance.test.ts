/** The public conformance suite of the Durable Streams protocol, unmodified. It knows no credentials and other paths, which `fetch` adds here. */
import { runConformanceTests } from '@durable-streams/server-conformance-tests';
import { exports } from 'cloudflare:workers';
import { afterAll, beforeAll, vi } from 'vitest';
import { createTenant } from '../setup/rest-client.ts';

const SUITE_PATH = '/v1/stream/';
const realFetch = globalThis.fetch;

const ALLOWED_ORIGIN = 'https://app.test';
/** Long enough that what a test appends while it polls is there in time on the busiest machine. */
const LONG_POLL_SEC = 30;
/** Polls of these streams wait for nothing, until their time is over. */
const IN_VAIN = /offset-now-longpoll-test|offset-now-empty-longpoll|longpoll-204/;

// Some of its tests make a dozen rounds, which a busy machine takes longer for than the default.
vi.setConfig({ testTimeout: 30_000 });

beforeAll(async () => {
  const { tenant, token } = await createTenant(['streams:read', 'streams:write']);
  const prefix = `/v1/${tenant}/streams/`;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url.replace(SUITE_PATH, prefix));
    if (url.searchParams.get('live') === 'long-poll')
      url.searchParams.set('timeout', String(IN_VAIN.test(url.pathname) ? 1 : LONG_POLL_SEC));
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${token}`);
    replaceHeader(headers, 'stream-forked-from', (path) => path.replace(SUITE_PATH, prefix));
    replaceHeader(headers, 'origin', () => ALLOWED_ORIGIN);
    const response = await exports.default.fetch(new Request(url, new Request(request, { headers })));
    const answered = new Response(response.body, response);
    replaceHeader(answered.headers, 'location', (location) => location.replace(prefix, SUITE_PATH));
    return answered;
  };
});

afterAll(() => {
  globalThis.fetch = realFetch;
});

function replaceHeader(headers: Headers, name: string, replace: (value: string) => string): void {
  const value = headers.get(name);
  if (value !== null) headers.set(name, replace(value));
}

runConformanceTests({ baseUrl: 'https://steamer.test', longPollTimeoutMs: LONG_POLL_SEC * 1000 });
