import { env, exports } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { SEARCH_INDEX, TABLE_KEY } from '../../src/dynamo/index.ts';
import { tenantStoreStub } from '../../src/objects/index.ts';
import { createService } from '../../src/service.ts';
import { QUERY_PARAMETER_MAX_CHARACTERS } from '../../src/wire/limits.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestAnswer, RestClient } from '../setup/rest-client.ts';

/** A model with a few buckets, and one with as many as a model may have. */
class Note extends BaoModel {
  static override modelPrefix = 'nt';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets: number = 3;
  static override searchable = true;
  static override searchConfig = { fields: ['text'] };
  static override fields = {
    noteId: fields.StringField({ required: true }),
    text: fields.StringField(),
    ttl: fields.TtlField(),
  };
  static override primaryKey = PrimaryKeyConfig('noteId');
}
class Log extends Note {
  static override modelPrefix = 'lg';
  static override iterationBuckets = 1000;
}

const tableProfile = { key: TABLE_KEY, indexes: SEARCH_INDEX, ttlAttribute: 'ttl', models: {} };
const service = createService({ models: { Note, Log }, tableProfile });
const COUNT = 1_130;
const idOf = (n: number) => `n${String(n).padStart(4, '0')}`;
const allIds = Array.from({ length: COUNT }, (_, n) => idOf(n));

let acme: RestClient;
let notes: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  acme = await createTenant();
  notes = clientOf(service, acme);
  proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
  for (let n = 0; n < COUNT; n += 100) {
    const put = allIds.slice(n, n + 100).map((noteId, at) => ({ noteId, text: (n + at) % 10 === 0 ? 'A rare bird' : 'a sparrow' }));
    expect((await notes.call('POST', '/notes/batch-write', { put })).body.errors).toEqual([]);
  }
  await notes.call('POST', '/notes', { noteId: 'expired', text: 'gone', ttl: '2020-01-01' });
}, 30_000);
beforeEach(async () => {
  await proxy.reset();
  // Else one test would be answered from what another has read.
  await tenantStoreStub(env.TENANT_STORE, { tenant: acme.tenant, shard: 0, epoch: 0 }).flush({
    tenant: acme.tenant,
    scope: { kind: 'tenant' },
  });
});

interface Line {
  noteId?: string;
  _cursor?: string | null;
  _error?: { code: string; detail: string; requestId: string };
}
const idsIn = ({ body }: RestAnswer) => (body as Line[]).flatMap(({ noteId }) => noteId ?? []);
const lastOf = ({ body }: RestAnswer): Line => (body as Line[]).at(-1) ?? {};
const refusal = { kind: 'error', operation: 'Query', times: 1000, name: 'AccessDeniedException', status: 400 } as const;
const on = (cursor: string | null | undefined) => `cursor=${encodeURIComponent(cursor ?? '')}`;

describe('an export', { timeout: 30_000 }, () => {
  it('is every item once, as JSON lines, and says at the end that nothing is left', async () => {
    const answer = await notes.call('GET', '/notes/export');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jsonl; charset=utf-8']);
    expect(idsIn(answer).toSorted()).toEqual(allIds);
    expect(lastOf(answer)).toEqual({ _cursor: null });
    expect((await clientOf(service, await createTenant()).call('GET', '/notes/export')).body).toEqual([{ _cursor: null }]);
  });

  it('goes on after any of its lines with a cursor, with what came after that line', async () => {
    const { body } = await notes.call('GET', '/notes/export');
    const lines = body as Line[];
    const cursors = lines.flatMap(({ _cursor }, at) => (_cursor ? [{ at, _cursor }] : []));
    expect(cursors.length).toBeGreaterThanOrEqual(1);
    for (const { at, _cursor } of cursors) {
      const rest = await notes.call('GET', `/notes/export?${on(_cursor)}`);
      expect(idsIn(rest)).toEqual(lines.slice(at).flatMap(({ noteId }) => noteId ?? []));
    }
  });

  it('ends after as many items as it may have, with a cursor for the rest', async () => {
    const parts: string[][] = [];
    let cursor: string | null | undefined;
    do {
      const part: RestAnswer = await notes.call('GET', `/notes/export?limit=400${cursor ? `&${on(cursor)}` : ''}`);
      parts.push(idsIn(part));
      cursor = lastOf(part)._cursor;
    } while (cursor !== null);
    expect(parts.map(({ length }) => length)).toEqual([400, 400, 330]);
    expect(parts.flat().toSorted()).toEqual(allIds);
  });

  it('gives the fields asked for, of the items with the words asked for', async () => {
    const { body } = await notes.call('GET', '/notes/export?fields=text&q=RARE+bird');
    const items = (body as Line[]).filter((line) => line._cursor === undefined);
    expect(items).toEqual(Array.from({ length: COUNT / 10 }, () => ({ text: 'A rare bird' })));
    const either = await notes.call('GET', '/notes/export?q=rare+sparrow&operator=or');
    expect(idsIn(either)).toHaveLength(COUNT);
  });

  it('reads few items at a time where they are large', async () => {
    const large = clientOf(service, await createTenant());
    const text = 'x'.repeat(150_000);
    for (let n = 0; n < 12; n += 1) await large.call('POST', '/notes', { noteId: idOf(n), text });
    const control = proxyControl(inject('dynamodbProxy'), `[${large.tenant}]#`);
    await control.reset();
    expect(idsIn(await large.call('GET', '/notes/export?fields=noteId'))).toHaveLength(12);
    const answer = await large.call('GET', '/notes/export');
    expect(idsIn(answer)).toHaveLength(12);
    const limits = (await control.requests('Query')).map(({ body }) => (body as { Limit: number }).Limit);
    expect([limits[0], Math.min(...limits)]).toEqual([10, 6]);
  });

  it('of 1,000 buckets says now and then that it goes on, with cursors that fit a URL', async () => {
    await notes.call('POST', '/logs', { noteId: 'only', text: 'one' });
    const answer = await notes.call('GET', '/logs/export');
    const lines = answer.body as Line[];
    expect(idsIn(answer)).toEqual(['only']);
    expect(lines.length).toBeGreaterThanOrEqual(10);
    for (const { _cursor } of lines) expect(_cursor?.length ?? 0).toBeLessThan(QUERY_PARAMETER_MAX_CHARACTERS);
    // Buckets are read side by side; a part of the body that ends drops what the next one reads again.
    expect((await proxy.requests('Query')).length).toBeLessThan(1_100);
  });

  it('that DynamoDB does not let finish says so in its last line, and goes on from there', async () => {
    await proxy.inject({ kind: 'delay', waitMs: 0, operation: 'Query', times: 8 });
    await proxy.inject(refusal);
    const broken = await notes.call('GET', '/notes/export');
    await proxy.reset();
    expect(broken.status).toBe(200);
    expect(lastOf(broken)).toEqual({
      _cursor: expect.any(String),
      _error: { code: 'misconfigured', detail: expect.stringContaining('log'), requestId: broken.headers.get('request-id') },
    });
    const rest = await notes.call('GET', `/notes/export?${on(lastOf(broken)._cursor)}`);
    expect([...idsIn(broken), ...idsIn(rest)].toSorted()).toEqual(allIds);
  });

  it('that cannot begin is an error like any other', async () => {
    await proxy.inject(refusal);
    const answer = await notes.call('GET', '/notes/export');
    await proxy.reset();
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.headers.get('content-type')).toMatch(/problem/);
  });

  it('has no body when only its headers are asked for, and asks for no more than a page', async () => {
    const head = await notes.call('HEAD', '/notes/export');
    expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'application/jsonl; charset=utf-8', undefined]);
    expect((await proxy.requests('Query')).length).toBeLessThanOrEqual(3);
  });

  it('takes the cursor of the same tenant, model and words, and no other', async () => {
    const { body } = await notes.call('GET', '/notes/export?limit=1');
    const cursor = (body as Line[]).at(-1)?._cursor;
    const found = await notes.call('GET', '/notes/search?q=sparrow&limit=1');
    const other = clientOf(service, await createTenant());
    for (const [client, path] of [
      [notes, `/notes/export?q=rare&${on(cursor)}`],
      [notes, `/logs/export?${on(cursor)}`],
      [notes, `/notes/search?q=sparrow&${on(cursor)}`],
      [notes, `/notes/export?${on(found.body.cursor as string)}`],
      [other, `/notes/export?${on(cursor)}`],
      [notes, '/notes/export?cursor=nonsense'],
    ] as const) {
      const answer = await client.call('GET', path);
      expect([answer.status, answer.body.code], path).toEqual([400, 'invalid_cursor']);
    }
  });

  it('goes no further than its client reads, and ends when that goes away', async () => {
    const reading = await createTenant();
    const control = proxyControl(inject('dynamodbProxy'), `[${reading.tenant}]#`);
    const homepage = 'x'.repeat(5_000);
    for (let n = 0; n < 1_000; n += 100) {
      const put = Array.from({ length: 100 }, (_, at) => ({ systemId: idOf(n + at), name: 'x', homepage }));
      await reading.call('POST', '/systems/batch-write', { put });
    }
    const answer = async () => {
      await control.reset();
      const headers = { authorization: `Bearer ${reading.token}` };
      return exports.default.fetch(new Request(`https://steamer.test/v1/${reading.tenant}/systems/export`, { headers }));
    };
    const pause = async () => {
      for (let n = 0; n < 20; n += 1) await reading.call('GET', `/systems/none-${n}`);
    };
    const queries = async () => (await control.requests('Query')).length;
    expect((await (await answer()).text()).split('\n').length).toBeGreaterThan(1_000);
    const whole = await queries();

    const reader = (await answer()).body?.getReader();
    await reader?.read();
    await pause();
    const ahead = await queries();
    expect(ahead).toBeLessThan(whole / 2);
    await reader?.cancel();
    await pause();
    expect(await queries()).toBe(ahead);
  });

  it('takes the word "export" for an id of nothing: no path could read such an item', async () => {
    const refused = await notes.call('POST', '/notes', { noteId: 'export' });
    expect([refused.status, refused.body.errors[0].detail]).toEqual([400, 'expected a key that a path can name, got "export"']);
    expect((await acme.call('PUT', '/benchmarks/export', { title: 'Export', unit: 's', better: 'lower', area: 'x' })).status).toBe(201);
    expect((await acme.call('GET', '/benchmarks/export')).body).toMatchObject({ title: 'Export' });
  });

  it('of a model that is not iterable has no route', async () => {
    const other = await createTenant();
    expect((await other.call('GET', '/benchmarks/export')).body).toMatchObject({ code: 'not_found', detail: 'Item not found' });
    expect((await acme.call('GET', '/results/export')).body).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('models'),
    });
  });
});
