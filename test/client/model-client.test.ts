import { exports } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, expectTypeOf, inject, it } from 'vitest';
import type { ClientModels } from '../../.bao/models.ts';
import { createClient, SteamerError } from '../../src/client/index.ts';
import type { Action, Changes, Item, ListOptions, SteamerClient } from '../../src/client/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';

interface Sent {
  method: string;
  path: string;
  headers: Headers;
}

/** The models of a later models.yaml than the service's: with a field, an index and a model that it does not have. */
type LaterModels = ClientModels & {
  results: { update: { colour: string } };
  systems: { indexes: { byColour: object } };
  colours: ClientModels['systems'];
};

let tenant: string;
let sent: Sent[] = [];
let steamer: SteamerClient<ClientModels>;
/** a client that was generated from later models */
let later: SteamerClient<LaterModels>;
/** what the next requests meet on their way, the first first */
let incidents: (() => Response | null)[] = [];

beforeAll(async () => {
  const { tenant: name, token } = await createTenant();
  tenant = name;
  const address = `https://steamer.test/v1/${name}`;
  const options = {
    url: address,
    headers: { authorization: `Bearer ${token}` },
    async fetch(url: string, init: RequestInit) {
      const request = new Request(url, init);
      sent.push({ method: request.method, path: url.slice(address.length), headers: request.headers });
      return incidents.shift()?.() ?? exports.default.fetch(request);
    },
  };
  steamer = createClient<ClientModels>(options);
  later = createClient<LaterModels>(options);
  for (const n of [1, 2, 3]) await steamer.models.systems.replace(`s${n}`, { systemId: `s${n}`, name: `System ${n}`, kind: 'db' });
});
beforeEach(() => {
  sent = [];
  incidents = [];
});

const refused = (code: string, status: number, retryAfterSec = 0) =>
  Response.json({ code, title: '', status, detail: 'no' }, { status, headers: { 'retry-after': `${retryAfterSec}` } });

describe('the items of a model', () => {
  it('are made, read, changed and deleted, typed by the models', async () => {
    const { results } = steamer.models;
    const made = await results.create({ benchmarkId: 'b', systemId: 's1', value: 1, machine: 'm', measuredAt: '2026-01-01T00:00:00Z' });
    const read: Item<ClientModels['results']> | null = await results.get(['b', 's1']);
    expect(read).toEqual(made);
    const measuredAt: string | undefined = read?.measuredAt;
    expect(measuredAt).toBe('2026-01-01T00:00:00.000Z');
    const changed = await results.update(['b', 's1'], { value: { $add: 1 } }, { ifMatch: made.revision });
    expect(changed.value).toBe(2);
    await expect(results.update(['b', 's1'], { value: 3 }, { ifMatch: made.revision })).rejects.toMatchObject({
      name: 'SteamerError',
      code: 'precondition_failed',
      status: 412,
    });
    await results.delete(['b', 's1']);
    expect(await results.get(['b', 's1'], { consistency: 'strong' })).toBeNull();
  });

  it('that the service does not know are refused by it, and those that the models do not know by the compiler', async () => {
    expectTypeOf<'colour'>().not.toExtend<keyof Changes<ClientModels['results']>>();
    await expect(later.models.results.update(['b', 's1'], { colour: 'red' })).rejects.toMatchObject({
      code: 'unknown_field',
      issues: [{ pointer: '/colour' }],
    });
    expectTypeOf<'colours'>().not.toExtend<keyof (typeof steamer)['models']>();
    await expect(later.models.colours.get('x')).rejects.toMatchObject({ code: 'not_found' });
    expectTypeOf<'byColour'>().not.toExtend<ListOptions<ClientModels['systems']>['index']>();
    await expect(later.models.systems.page({ index: 'byColour' })).rejects.toMatchObject({ code: 'unknown_index' });
    const action = { action: 'update', model: 'systems', id: 'b1', item: {} } as const;
    expectTypeOf(action).not.toExtend<Action<ClientModels>>();
    const sending = later.request('POST', '/transact', { body: { actions: [action] } });
    await expect(sending).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('that are asked for in one tick are one request, each once, in whichever order', async () => {
    const { systems } = steamer.models;
    const items = await Promise.all(['s3', 'none', 's1', 's3', 's2'].map((id) => systems.get(id)));
    expect(items.map((item) => item?.name)).toEqual(['System 3', undefined, 'System 1', 'System 3', 'System 2']);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /systems/batch-get']);
    expect((await systems.get('s1'))?.systemId).toBe('s1');
    expect(sent).toHaveLength(2);
  });

  it('come to whoever asked for them, beside one that asks for what is no id', async () => {
    const { systems } = steamer.models;
    const noId = undefined as unknown as string; // as JavaScript lets through
    const [refusal, ...read] = await Promise.allSettled([noId, 's1', 's2'].map((id) => systems.get(id)));
    expect(refusal).toMatchObject({ status: 'rejected', reason: { code: 'invalid_input' } });
    expect(read).toMatchObject([{ value: { systemId: 's1' } }, { value: { systemId: 's2' } }]);
  });

  it('above 100 are as many requests as there have to be', async () => {
    const items = await Promise.all(Array.from({ length: 101 }, async (_, n) => steamer.models.systems.get(`s${n}`)));
    expect(items.filter((item) => item !== null)).toHaveLength(3);
    expect(sent).toHaveLength(2);
  });

  it('are listed by index and key, page after page, with the fields that are asked for', async () => {
    const { systems } = steamer.models;
    const options = { index: 'systemsByKind', where: { kind: 'db', name: { gt: 'System 1' } }, fields: ['name'], limit: 1 } as const;
    const listed: object[] = [];
    for await (const item of systems.list(options)) listed.push(item);
    expect(listed).toEqual([{ name: 'System 2' }, { name: 'System 3' }]);
    expect(sent.length).toBeGreaterThan(1);
    expect((await systems.page({ index: 'allSystems', order: 'desc', limit: 1 })).items[0]?.name).toBe('System 3');
  });
});

describe('several items', () => {
  it('are found by words, put and deleted by one request, and changed by one transaction', async () => {
    const { systems } = steamer.models;
    const item = (systemId: string) => ({ systemId, name: `Bulk ${systemId}`, kind: 'bulk' });
    const written = await systems.batchWrite({ put: [item('b1'), item('b2')], delete: ['none'] });
    expect(written).toMatchObject({ items: [{ systemId: 'b1' }, { systemId: 'b2' }], errors: [] });
    const found: string[] = [];
    for await (const { name } of systems.search('bulk', { fields: ['name'], limit: 1 })) found.push(name);
    expect(found.toSorted()).toEqual(['Bulk b1', 'Bulk b2']);
    const b1 = { model: 'systems', id: 'b1' } as const;
    const done = await steamer.transact([
      { ...b1, action: 'update', changes: { licence: 'MIT' }, ifMatch: written.items[0]?.revision ?? '' },
      { action: 'create', model: 'systems', item: item('b3') },
      { action: 'delete', model: 'systems', id: 'b2' },
    ]);
    expect(done).toMatchObject([null, { systemId: 'b3' }, null]);
    expect(await systems.get('b1')).toMatchObject({ licence: 'MIT' });
    const missing = steamer.transact([{ ...b1, action: 'missing' }]);
    await expect(missing).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a request', () => {
  it('that is refused for the moment is sent again when the service says', async () => {
    incidents = [() => refused('rate_limited', 429), () => refused('throttled', 503)];
    await steamer.models.systems.update('s1', { licence: 'MIT' });
    expect(sent).toHaveLength(3);
  });

  it('that writes is not sent again when its outcome is not known, but with a key', async () => {
    const { systems } = steamer.models;
    incidents = [() => refused('outcome_unknown', 503)];
    await expect(systems.update('s1', { licence: 'MIT' })).rejects.toMatchObject({ code: 'outcome_unknown' });
    expect(sent).toHaveLength(1);
    incidents = [
      () => {
        throw new TypeError('the connection is lost');
      },
    ];
    await systems.update('s1', { licence: 'BSD' }, { idempotencyKey: crypto.randomUUID() });
    expect(sent).toHaveLength(3);
  });

  it('that stays refused ends with the last refusal, and one that is wrong at once', async () => {
    incidents = Array.from({ length: 4 }, () => () => refused('unavailable', 503));
    await expect(steamer.request('GET', '/models')).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent).toHaveLength(4);
    await expect(steamer.request('GET', '/members')).rejects.toMatchObject({
      code: 'forbidden',
      status: 403,
      requestId: expect.stringMatching(/./) as string,
    });
    expect(sent).toHaveLength(5);
  });

  it('that is refused for longer than a minute is not waited for', async () => {
    incidents = [() => refused('rate_limited', 429, 3_600)];
    await expect(steamer.request('GET', '/models')).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 3_600_000 });
    expect(sent).toHaveLength(1);
  });

  it('of an id or a name that URLs leave out is not sent, as it would be another one', async () => {
    for (const id of ['', '.', '..']) {
      await expect(steamer.models.systems.delete(id)).rejects.toThrow('Expected no part of a path that is empty, "." or ".."');
      await expect(steamer.models.systems.get(id, { consistency: 'dynamodb' })).rejects.toThrow(TypeError);
      await expect(steamer.files.remove(id)).rejects.toThrow(TypeError);
    }
    expect(sent).toEqual([]);
    // Names of streams are sent as one part, and the service refuses such ones.
    for (const name of ['news/../../files/f1', 'news?a#b/c%2e', '..'])
      await expect(steamer.streams.remove(name)).rejects.toThrow(SteamerError);
    expect(sent.map(({ path }) => path)).toEqual(['/streams/news%2F..%2F..%2Ffiles%2Ff1', '/streams/news%3Fa%23b%2Fc%252e', '/streams/..']);
  });

  it('says what the client has seen, so that an isolate may answer by itself', async () => {
    const proxy = proxyControl(inject('dynamodbProxy'), tenant);
    await steamer.models.systems.update('s2', { licence: 'MIT' });
    await proxy.reset();
    await steamer.models.systems.get('s2');
    expect(sent.at(-1)?.headers.get('steamer-version')).toMatch(/./);
    expect(await proxy.requests()).toEqual([]);
  });

  it('ends when its signal does', async () => {
    await expect(steamer.models.systems.page({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
