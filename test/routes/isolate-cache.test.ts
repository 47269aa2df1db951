import { beforeAll, beforeEach, expect, inject, it } from 'vitest';
import models, { modelOptions, tableProfile } from '../../.bao/models.ts';
import { createService, type ServiceOptions } from '../../src/service.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { clientOf, createTenant, type RestClient } from '../setup/rest-client.ts';

/** A service is an isolate of its own here. */
const isolateOf = (store: ServiceOptions['store'] = { isolateCache: { ms: 1_000 } }) =>
  clientOf(createService({ models, tableProfile, modelOptions, store }), acme);
const fromIsolate = ({ headers }: { headers: Headers }) => headers.get('cache-status') === 'Steamer; hit; detail=isolate';
const tokenOf = ({ headers }: { headers: Headers }) => headers.get('steamer-version') ?? '';

let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  acme = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
});
beforeEach(async () => {
  await acme.call('PUT', '/systems/a', { name: 'One' });
  await acme.call('PUT', '/systems/b', { name: 'Other' });
  await proxy.reset();
});

/** Reads until the isolate has the item: a first answer may be of DynamoDB. */
async function warm(isolate: RestClient, path = '/systems/a'): Promise<string> {
  const first = await isolate.call('GET', path);
  return tokenOf(await isolate.call('GET', path, undefined, { 'steamer-version': tokenOf(first) }));
}

it('answers who says what they have seen, and nobody else', async () => {
  const isolate = isolateOf();
  const token = await warm(isolate);
  const again = await isolate.call('GET', '/systems/a', undefined, { 'steamer-version': token });
  expect([fromIsolate(again), again.body.name, tokenOf(again)]).toEqual([true, 'One', token]);
  for (const version of [undefined, 'made up'])
    expect(
      fromIsolate(await isolate.call('GET', '/systems/a', undefined, version === undefined ? {} : { 'steamer-version': version })),
    ).toBe(false);
  expect(fromIsolate(await isolate.call('GET', '/systems/a?consistency=strong', undefined, { 'steamer-version': token }))).toBe(false);
  expect(fromIsolate(await isolate.call('GET', '/systems/a', undefined, { 'steamer-version': token, 'cache-control': 'no-cache' }))).toBe(
    false,
  );
});

it('a batch is answered when all of it is there', async () => {
  const isolate = isolateOf();
  await warm(isolate, '/systems/b');
  const token = await warm(isolate);
  const ask = (ids: string[], more = {}) => isolate.call('POST', '/systems/batch-get', { ids, ...more }, { 'steamer-version': token });
  const both = await ask(['b', 'a']);
  expect([fromIsolate(both), both.body.items.map(({ name }: { name: string }) => name)]).toEqual([true, ['Other', 'One']]);
  expect(fromIsolate(await ask(['b', 'a', 'none']))).toBe(false);
  expect(fromIsolate(await ask(['b', 'a'], { atomic: true }))).toBe(false);
});

it('a client sees its own write in an isolate that has the item as it was', async () => {
  const isolate = isolateOf();
  await warm(isolate);
  const written = await acme.call('PATCH', '/systems/a', { name: 'Two' });
  const read = await isolate.call('GET', '/systems/a', undefined, { 'steamer-version': tokenOf(written) });
  expect([fromIsolate(read), read.body.name]).toEqual([false, 'Two']);
});

it('tenants and models have times of their own, and the least counts', async () => {
  const isKept = async (store: ServiceOptions['store'], profile = tableProfile) => {
    const isolate = clientOf(
      createService({ models, tableProfile: profile, modelOptions, ...(store === undefined ? {} : { store }) }),
      acme,
    );
    const token = await warm(isolate);
    return fromIsolate(await isolate.call('GET', '/systems/a', undefined, { 'steamer-version': token }));
  };
  const withModel = (isolateCacheMs: number) => {
    const entries = Object.entries(tableProfile.models).map(([prefix, model]) => [prefix, { ...model, isolateCacheMs }] as const);
    return { ...tableProfile, models: Object.fromEntries(entries) };
  };
  expect(await isKept(undefined)).toBe(false);
  expect(await isKept(undefined, withModel(1_000))).toBe(true);
  expect(await isKept({ isolateCache: { tenants: { [acme.tenant]: 1_000 } } })).toBe(true);
  expect(await isKept({ isolateCache: { ms: 1_000, tenants: { [acme.tenant]: 0 } } })).toBe(false);
  expect(await isKept({ isolateCache: { ms: 1_000 } }, withModel(0))).toBe(false);
  const wrong = createService({ models, tableProfile, store: { isolateCache: { ms: 1_001 } } });
  expect((await clientOf(wrong, acme).call('GET', '/systems/a')).status).toBe(500);
});
