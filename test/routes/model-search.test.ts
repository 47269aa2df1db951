import { beforeAll, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { createService } from '../../src/service.ts';
import { QUERY_PARAMETER_MAX_CHARACTERS } from '../../src/wire/limits.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestAnswer, RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
const systems = [
  { systemId: 'ada', name: 'Ada Engine', kind: 'analytical machine', licence: 'MIT' },
  { systemId: 'babbage', name: 'Babbage Mill', kind: 'analytical machine' },
  { systemId: 'colossus', name: 'Colossus', kind: 'code breaker', licence: 'MIT' },
  ...Array.from({ length: 30 }, (_, n) => ({ systemId: `clone-${n}`, name: `Clone ${n}`, kind: 'copy' })),
];

beforeAll(async () => {
  acme = await createTenant();
  for (const system of systems) expect((await acme.call('POST', '/systems', system)).status).toBe(201);
});

const ids = ({ body }: RestAnswer): string[] => body.items.map(({ systemId }: { systemId: string }) => systemId).toSorted();
const search = (query: string) => acme.call('GET', `/systems/search?${query}`);

/** Every page of a search, as ids. */
async function pagesOf(
  query: string,
  client = acme,
  path = '/systems/search',
  id = 'systemId',
): Promise<{ pages: string[][]; cursors: string[] }> {
  const pages: string[][] = [];
  const cursors: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: RestAnswer = await client.call('GET', `${path}?${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    pages.push(page.body.items.map((item: Record<string, string>) => item[id]));
    cursor = page.body.cursor as string | null;
    if (cursor !== null) cursors.push(cursor);
  }
  return { pages, cursors };
}

describe('a search', () => {
  it('finds items that have all words, any of them, or a phrase, whatever their case', async () => {
    expect(ids(await search('q=ANALYTICAL+mit'))).toEqual(['ada']);
    expect(ids(await search('q=babbage+colossus&operator=or'))).toEqual(['babbage', 'colossus']);
    expect(ids(await search(`q=${encodeURIComponent('"ada engine"')}`))).toEqual(['ada']);
    expect(ids(await search(`q=${encodeURIComponent('"engine ada"')}`))).toEqual([]);
    expect(await search('q=nothing+like+it')).toMatchObject({ status: 200, body: { items: [], cursor: null } });
  });

  it('is walked page by page, each item once', async () => {
    const { pages } = await pagesOf('q=clone&limit=7');
    expect(pages.flat().toSorted()).toEqual(
      systems
        .slice(3)
        .map(({ systemId }) => systemId)
        .toSorted(),
    );
    expect(pages.slice(0, -1).every(({ length }) => length === 7)).toBe(true);
  });

  it('gives the fields asked for', async () => {
    expect((await search('q=colossus&fields=name,kind')).body.items).toEqual([{ name: 'Colossus', kind: 'code breaker' }]);
  });

  it('finds nothing of another tenant', async () => {
    const other = await createTenant();
    expect((await other.call('GET', '/systems/search?q=ada')).body.items).toEqual([]);
  });

  it('takes the cursor of the same search, tenant and model, and no other', async () => {
    const { body } = await search('q=clone&limit=5');
    const cursor = encodeURIComponent(body.cursor as string);
    const other = await createTenant();
    const flipped = cursor.slice(0, -2) + (cursor.endsWith('AA') ? 'BB' : 'AA');
    const uses: [RestClient, string][] = [
      [acme, `/systems/search?q=ada&cursor=${cursor}`],
      [acme, `/systems/search?q=clone&operator=or&cursor=${cursor}`],
      [acme, `/systems/search?q=clone&cursor=${flipped}`],
      [acme, `/systems/search?q=clone&cursor=nonsense`],
      [acme, `/systems/search?q=clone&cursor=${btoa('{"pendingItemKeys":["ada"]}').replaceAll('=', '')}`],
      [acme, `/systems?index=allSystems&cursor=${cursor}`],
      [other, `/systems/search?q=clone&cursor=${cursor}`],
    ];
    for (const [client, path] of uses) {
      const answer = await client.call('GET', path);
      expect([answer.status, answer.body.code], path).toEqual([400, 'invalid_cursor']);
      expect(JSON.stringify(answer.body)).not.toContain(acme.tenant);
    }
    expect((await search(`q=CLONE!&limit=100&cursor=${cursor}`)).body.items).toHaveLength(25);
  });

  it('of a model that is not searchable has no route', async () => {
    expect(await acme.call('GET', '/benchmarks/search?q=x')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(await acme.call('GET', '/benchmarks/search')).toMatchObject({ status: 404, body: { detail: 'Item not found' } });
  });
});

describe('an item whose id is the word "search"', () => {
  it('is an item like any other in a model that is not searchable', async () => {
    const item = { title: 'Search', unit: 's', better: 'lower', area: 'x' };
    expect((await acme.call('PUT', '/benchmarks/search', item)).status).toBe(201);
    expect((await acme.call('GET', '/benchmarks/search')).body).toMatchObject(item);
  });

  it('is not made in a searchable one, as no path could read it', async () => {
    for (const [method, path, body] of [
      ['POST', '/systems', { systemId: 'search', name: 'x' }],
      ['PUT', '/systems/search', { name: 'x' }],
      ['POST', '/systems/batch-write', { put: [{ systemId: 'search', name: 'x' }] }],
      ['POST', '/transact', { actions: [{ action: 'create', model: 'systems', item: { systemId: 'search', name: 'x' } }] }],
    ] as const) {
      const answer = await acme.call(method, path, body);
      expect([answer.status, answer.body.errors?.[0]?.detail], path).toEqual([400, 'expected a key that a path can name, got "search"']);
    }
  });
});

/** As many buckets as a model may have. */
class Message extends BaoModel {
  static override modelPrefix = 'ms';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1000;
  static override searchable = true;
  static override searchConfig = { fields: ['text'], minTermLength: 3 };
  static override fields = { messageId: fields.StringField({ required: true }), text: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('messageId');
}

describe('a search over 1,000 buckets', { timeout: 30_000 }, () => {
  const keys = { partitionKey: '_iter_pk', sortKey: '_iter_sk' };
  const tableProfile = {
    key: { partitionKey: '_pk', sortKey: '_sk' },
    indexes: { iter_search_index: { ...keys, projection: ['_searchText'] } },
    ttlAttribute: 'ttl',
    models: {},
  };
  const service = createService({ models: { Message }, tableProfile });
  const id = (n: number) => `${n}-${'x'.repeat(900)}`;
  let messages: RestClient;

  beforeAll(async () => {
    messages = clientOf(service, acme);
    const put = Array.from({ length: 100 }, (_, n) => ({ messageId: id(n), text: 'hello there' }));
    expect((await messages.call('POST', '/messages/batch-write', { put })).body.errors).toEqual([]);
  });

  it('gives every item once, with cursors that fit the query of a URL, however long the ids are', async () => {
    const { pages, cursors } = await pagesOf('q=hello&limit=30', messages, '/messages/search', 'messageId');
    expect(pages.flat().toSorted()).toEqual(Array.from({ length: 100 }, (_, n) => id(n)).toSorted());
    expect(cursors.length).toBeGreaterThan(3);
    for (const cursor of cursors) expect(cursor.length).toBeLessThan(QUERY_PARAMETER_MAX_CHARACTERS);
  });

  it('asks the index no more than 200 times for a page: one of rare terms ends early, and has a cursor', async () => {
    const proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
    await proxy.reset();
    const { body } = await messages.call('GET', '/messages/search?q=rare');
    expect(body).toMatchObject({ items: [], cursor: expect.any(String) });
    expect(await proxy.counts()).toEqual({ Query: 200 });
    expect((await pagesOf('q=rare', messages, '/messages/search', 'messageId')).pages).toHaveLength(5);
  });

  it('refuses terms that are too short to be found, before DynamoDB is asked', async () => {
    const proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
    await proxy.reset();
    const answer = await messages.call('GET', '/messages/search?q=he+!!!');
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toContain('at least 3 letters or digits');
    expect(await proxy.requests()).toEqual([]);
  });
});
