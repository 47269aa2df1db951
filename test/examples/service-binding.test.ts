import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import shop from '../../examples/service-binding/worker.ts';
import { forward, forwardedFor, within } from '../../src/edge/service-call.ts';
import type { ServiceProps, TenantServiceRpc } from '../../src/wire/service-rpc.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';

/** The Worker under test, as a Worker that is bound to it with these props has it. */
const bound = (props: Partial<ServiceProps>) =>
  (exports as unknown as { TenantService: (options: { props: object }) => TenantServiceRpc }).TenantService({ props });
const SCOPES = ['models:read', 'models:write', 'streams:read', 'streams:write'] as const;

let acme: RestClient;
let store: TenantServiceRpc;
beforeAll(async () => {
  acme = await createTenant([...SCOPES]);
  store = bound({ tenant: acme.tenant, subject: 'shop', scopes: SCOPES });
});

describe('a Worker that is bound to the service', () => {
  it('of the example stores and shows systems, and tells its orders', async () => {
    const ask = async (path: string, init?: RequestInit) => {
      const request = new Request(`https://shop.test${path}`, init);
      const response = await shop.fetch(request, { STEAMER: store });
      return [response.status, await response.text()];
    };
    expect(await ask('/systems/s1')).toEqual([404, 'There is no such system.\n']);
    expect((await ask('/systems/s1', { method: 'PUT', body: '{"name":"One"}' }))[0]).toBe(200);
    expect(await ask('/systems/s1')).toEqual([200, 'One\n']);
    expect((await acme.call('GET', '/systems/s1')).body.name).toBe('One');
    expect((await acme.call('GET', '/streams/orders?offset=-1')).body).toEqual([{ stored: 's1' }]);
  });

  it('has models, streams and limits as routes have them', async () => {
    const results = store.model('results');
    const key = ['get-ops', 'steamer'];
    await results.put(key, { value: 1, machine: 'm', measuredAt: '2026-11-29T00:00:00.000Z' });
    expect(await results.update(key, { value: 2 })).toMatchObject({ value: 2, machine: 'm' });
    expect((await results.list({ index: 'resultsForBenchmark', benchmarkId: 'get-ops', order: 'desc' })).items).toHaveLength(1);
    expect(await results.getMany([key, ['get-ops', 'none']])).toMatchObject({ items: [{ value: 2 }], missing: [['get-ops', 'none']] });
    await results.delete(...key);
    expect(await results.get(...key)).toBeNull();
    const stream = store.stream('news');
    await stream.create();
    const { next } = await stream.append({ n: 1 }, { n: 2 });
    expect(await stream.read('-1')).toEqual({ messages: [{ n: 1 }, { n: 2 }], next, isUpToDate: true });
    expect((await store.limits()).map(({ of }) => of)).toEqual(expect.arrayContaining(['tenant', 'principal']));
  });

  it('is told errors by their code, with what to do about them', async () => {
    await expect(async () => store.model('systems').create({ name: 1 })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(async () => store.model('nothing').list({})).rejects.toMatchObject({ code: 'not_found' });
    await expect(async () => store.stream('metrics/live').append(1)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('does what its binding says, for the tenant that it says, and nobody else', async () => {
    const { tenant } = acme;
    const reader = bound({ tenant, subject: 'reader', scopes: ['models:read'] });
    await expect(async () => reader.model('systems').create({ name: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    const nobody: Partial<ServiceProps>[] = [
      {},
      { tenant, subject: 'x' },
      { tenant, subject: 'x', scopes: ['operator'] },
      { tenant: '../x', subject: 'x', scopes: [] },
    ];
    for (const props of nobody) await expect(async () => bound(props).limits()).rejects.toMatchObject({ code: 'misconfigured' });
    await expect(async () => bound({ tenant: 't-unknown', subject: 'x', scopes: ['models:read'] }).limits()).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect(await reader.model('systems').get('../../operator/limits')).toBeNull();
    const refused = { code: 'invalid_input' };
    for (const part of ['', '.', '..']) {
      await expect(async () => store.model('systems').delete(part)).rejects.toMatchObject(refused);
      await expect(async () => store.model('results').put([part, 'config'], {})).rejects.toMatchObject(refused);
      await expect(async () => store.model(part).list({})).rejects.toMatchObject(refused);
    }
  });

  it('asks who holds a credential of the tenant', async () => {
    const text = acme.token ?? '';
    expect(await store.holderOf({ kind: 'bearer', text })).toMatchObject({ subject: { kind: 'key' }, scopes: [...SCOPES] });
    const other = bound({ tenant: (await createTenant()).tenant, subject: 'shop', scopes: [] });
    expect(await other.holderOf({ kind: 'bearer', text })).toBeNull();
    expect(await store.holderOf({ kind: 'bearer', text: 'stm_live_nothing' })).toBeNull();
  });
});

describe('a request that is forwarded', () => {
  const principal = { tenant: 'acme', subject: 'ada', scopes: ['models:read'] };
  const seen: Request[] = [];
  const other = { fetch: async (request: Request) => (seen.push(request), new Response('ok')) } as unknown as Fetcher;

  it('says for whom, whatever the caller says itself, and carries no credential on', async () => {
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'steamer-principal': '{"tenant":"evil"}', 'x-kept': '1' };
    const request = new Request('https://shop.test/a', { method: 'POST', body: 'body', headers });
    expect(await (await forward(other, request, { principal: { ...principal, subject: 'Übel' }, deadlineMs: 500 })).text()).toBe('ok');
    const [got] = seen.splice(0);
    expect(got && forwardedFor(got)).toEqual({ principal: { ...principal, subject: 'Übel' }, deadlineMs: 500 });
    expect([got?.headers.get('authorization'), got?.headers.get('cookie'), got?.headers.get('x-kept'), await got?.text()]).toEqual([
      null,
      null,
      '1',
      'body',
    ]);
    for (const said of [undefined, '', '%', 'null', '[]', '{"tenant":"acme"}', '{"tenant":1,"subject":"a","scopes":[]}'])
      expect(
        forwardedFor(new Request('https://shop.test', { headers: said === undefined ? {} : { 'steamer-principal': said } })),
      ).toBeNull();
  });

  it('is waited for no longer than it may take', async () => {
    const silent = { fetch: () => new Promise<Response>(() => undefined) } as unknown as Fetcher;
    const request = new Request('https://shop.test/a');
    await expect(forward(silent, request, { principal, deadlineMs: 1 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      retryAfterMs: 1_000,
    });
    expect(await within(60_000, Promise.resolve(1))).toBe(1);
    await expect(within(60_000, Promise.reject(new TypeError('its own')))).rejects.toThrow('its own');
  });
});
