import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { DynamoClient } from '../../src/dynamo/index.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import { localClientOptions } from '../setup/tables.ts';
import type { RestAnswer } from '../setup/rest-client.ts';
import { createClients } from './access-models.ts';
import type { Clients } from './access-models.ts';

type Who = Exclude<keyof Clients, 'tenant'>;

let clients: Clients;
let proxy: ProxyControl;

beforeAll(async () => {
  clients = await createClients();
  proxy = proxyControl(inject('dynamodbProxy'), `[${clients.tenant}]#`);
});

beforeEach(async () => {
  const { admin, key } = clients;
  const person = { team: 'red', salary: 100, nickname: 'nick', token: 'tok' };
  const puts = await Promise.all([
    admin.call('PUT', '/people/ada', { name: 'Ada', email: 'ada@example.com', ...person, nickname: undefined }),
    admin.call('PUT', '/people/bob', { name: 'Bob', email: 'bob@example.com', ...person, salary: 200, nickname: undefined }),
    ...['ada', 'bob'].flatMap((ownerId) =>
      ['1', '2'].map((n) => key.call('PUT', `/notes/${ownerId}-${n}`, { ownerId, folder: 'shared', title: `${ownerId} title ${n}` })),
    ),
    key.call('PUT', '/pages/home', { title: 'Home', authorId: 'ada', remark: 'too long' }),
  ]);
  for (const { status, body } of puts) expect(status, JSON.stringify(body)).toBeLessThan(300);
  await proxy.reset();
});

/** A write of one row, as the proxy has it. */
interface HeldRequest {
  TableName: string;
  Key?: AttributeMap;
  Item?: AttributeMap;
}

interface DescribedModel {
  name: string;
  fields: object;
  indexes: object;
  uniqueConstraints: object;
  search: unknown;
  relations: object;
}

type Schemas = Record<'read' | 'create' | 'update', { properties: object; required?: string[] }>;

/** What came, in few words: the status, and the code of an error. */
const brief = ({ status, body }: RestAnswer): string => (status < 400 ? String(status) : `${status} ${body.code as string}`);
const keyOf = ({ _pk = { S: '' }, _sk = { S: '' } }: AttributeMap): AttributeMap => ({ _pk, _sk });
/** An error without what tells one request from another. */
const refusal = ({ status, body }: RestAnswer): unknown => ({ status, ...body, requestId: undefined });
const ids = ({ body }: RestAnswer, name: string): string[] => {
  expect(body.items, JSON.stringify(body)).toBeDefined();
  return body.items.map((item: Record<string, string>) => item[name]);
};

/** The ids of an export's items. */
async function exported(who: Who, path: string): Promise<string[]> {
  const { body } = await clients[who].call('GET', path);
  const lines: Record<string, string>[] = body.filter((line: object) => !('_cursor' in line));
  return lines.map(({ noteId = '' }) => noteId);
}

const ADAS = { title: 'changed' };
const OK = '200';
const CREATED = '201';
const GONE = '204';
const NOT_FOUND = '404 not_found';
const FORBIDDEN = '403 forbidden';
const WHO_ARE_YOU = '401 unauthenticated';

/** Of every kind of principal, what every operation on an own item, a foreign one and a new one comes to. */
const TABLE: [method: string, path: string, body: unknown, expected: Record<Who, string>][] = [
  ['GET', '/notes/ada-1', undefined, of(OK, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, OK, WHO_ARE_YOU)],
  ['PATCH', '/notes/ada-1', ADAS, of(OK, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, OK, WHO_ARE_YOU)],
  ['PUT', '/notes/ada-1', ADAS, of(OK, '409 conflict', '409 conflict', '409 conflict', '409 conflict', '400 invalid_input', WHO_ARE_YOU)],
  ['PUT', '/notes/ada-1', { ownerId: 'ada' }, of(OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, WHO_ARE_YOU)],
  ['DELETE', '/notes/ada-1', undefined, of(GONE, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, GONE, WHO_ARE_YOU)],
  ['POST', '/notes', { noteId: 'new', ownerId: 'ada' }, of(CREATED, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED, WHO_ARE_YOU)],
  ['GET', '/people/ada', undefined, of(OK, NOT_FOUND, OK, OK, NOT_FOUND, NOT_FOUND, WHO_ARE_YOU)],
  ['PATCH', '/people/ada', { name: 'A' }, of(OK, NOT_FOUND, OK, OK, NOT_FOUND, NOT_FOUND, WHO_ARE_YOU)],
  ['PATCH', '/people/ada', { salary: 1 }, of(FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, WHO_ARE_YOU)],
  ['PATCH', '/people/ada', { nickname: 'x' }, of(OK, NOT_FOUND, FORBIDDEN, FORBIDDEN, NOT_FOUND, NOT_FOUND, WHO_ARE_YOU)],
  ['DELETE', '/people/ada', undefined, of(FORBIDDEN, FORBIDDEN, GONE, FORBIDDEN, FORBIDDEN, FORBIDDEN, WHO_ARE_YOU)],
  [
    'PATCH',
    '/notes/ada-1?upsert=true',
    ADAS,
    of(OK, '409 conflict', '409 conflict', '409 conflict', '409 conflict', '400 invalid_input', WHO_ARE_YOU),
  ],
  ['PATCH', '/notes/new?upsert=true', { ownerId: 'ada' }, of(CREATED, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED, WHO_ARE_YOU)],
  ['PATCH', '/people/ada?upsert=true', { name: 'A' }, of(FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN, '409 conflict', WHO_ARE_YOU)],
  ['GET', '/notes/export', undefined, of(OK, OK, OK, OK, OK, OK, WHO_ARE_YOU)],
  ['GET', '/models/pages/schema', undefined, of(OK, OK, OK, OK, OK, OK, OK)],
  ['GET', '/models/notes/schema', undefined, of(OK, OK, OK, OK, OK, OK, WHO_ARE_YOU)],
  ['POST', '/transact-get', { items: [{ model: 'pages', id: 'home' }] }, of(OK, OK, OK, OK, OK, OK, OK)],
  [
    'POST',
    '/transact-get',
    { items: [{ model: 'reports', id: '01M7WK8ZMYZT7ZRQJP6GN22HBB' }] },
    of(FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, WHO_ARE_YOU),
  ],
  ['POST', '/people', { personId: 'eve', name: 'E' }, of(FORBIDDEN, FORBIDDEN, CREATED, FORBIDDEN, FORBIDDEN, CREATED, WHO_ARE_YOU)],
  ['GET', '/pages/home', undefined, of(OK, OK, OK, OK, OK, OK, OK)],
  ['GET', '/pages?index=allPages', undefined, of(OK, OK, OK, OK, OK, OK, OK)],
  ['POST', '/pages/batch-get', { ids: ['home'] }, of(OK, OK, OK, OK, OK, OK, OK)],
  ['PATCH', '/pages/home', ADAS, of(FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, OK, WHO_ARE_YOU)],
  ['PUT', '/pages/home', ADAS, of(FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, OK, WHO_ARE_YOU)],
  [
    'GET',
    '/reports/01M7WK8ZMYZT7ZRQJP6GN22HBB',
    undefined,
    of(FORBIDDEN, FORBIDDEN, NOT_FOUND, FORBIDDEN, FORBIDDEN, FORBIDDEN, WHO_ARE_YOU),
  ],
  ['POST', '/reports', { text: 'x' }, of(CREATED, CREATED, CREATED, CREATED, CREATED, CREATED, WHO_ARE_YOU)],
  ['GET', '/people/ada/secrets', undefined, of(NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND)],
  ['GET', '/secrets/x', undefined, of(NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND)],
];

function of(ada: string, bob: string, admin: string, lead: string, editor: string, key: string, nobody: string): Record<Who, string> {
  return { ada, bob, admin, lead, editor, key, nobody };
}

describe.each(TABLE)('%s %s %j', (method, path, body, expected) => {
  it.each(Object.entries(expected))('by %s is %s', async (who, answer) => {
    const { [who as Who]: client } = clients; // the table's own names
    expect(brief(await client.call(method, path, body))).toBe(answer);
    await clients.key.call('DELETE', '/notes/new');
    await clients.admin.call('DELETE', '/people/eve');
  });
});

describe('an item that a principal may not see', () => {
  it.each([
    ['GET', undefined, {}],
    ['PATCH', ADAS, {}],
    ['PATCH', ADAS, { 'if-match': '"01M7WK8ZMYZT7ZRQJP6GN22HBB"' }],
    ['PATCH', ADAS, { 'if-match': '*' }],
    ['PATCH', { ownerId: 'ada' }, {}],
    ['PATCH', { tags: { $add: ['x'] } }, {}],
    ['PUT', ADAS, { 'if-match': '"01M7WK8ZMYZT7ZRQJP6GN22HBB"' }],
    ['PUT', ADAS, { 'if-match': '*' }],
    ['PUT', { ownerId: 'ada' }, {}],
    ['DELETE', undefined, {}],
    ['DELETE', undefined, { 'if-match': '"01M7WK8ZMYZT7ZRQJP6GN22HBB"' }],
  ])('answers %s %j with %j as one that does not exist', async (method, body, headers) => {
    const foreign = await clients.bob.call(method, '/notes/ada-1', body, headers);
    const missing = await clients.bob.call(method, '/notes/none', body, headers);
    expect(foreign.status).toBeGreaterThanOrEqual(400);
    expect(refusal(foreign)).toEqual(refusal(missing));
    expect((await clients.ada.call('GET', '/notes/ada-1')).body.title).toBe('ada title 1');
  });

  it('answers a transaction as one that does not exist, and batches too', async () => {
    const attempt = (id: string, action: Record<string, unknown>) =>
      clients.bob.call('POST', '/transact', { actions: [{ model: 'notes', id, ...action }] });
    for (const action of [
      { action: 'update', changes: ADAS },
      { action: 'update', changes: ADAS, ifMatch: '01M7WK8ZMYZT7ZRQJP6GN22HBB' },
      { action: 'delete' },
      { action: 'delete', ifMatch: '01M7WK8ZMYZT7ZRQJP6GN22HBB' },
      { action: 'check' },
      { action: 'check', ifMatch: '01M7WK8ZMYZT7ZRQJP6GN22HBB' },
      { action: 'missing' },
    ])
      expect(refusal(await attempt('ada-1', action)), JSON.stringify(action)).toEqual(refusal(await attempt('none', action)));
    const got = await clients.bob.call('POST', '/notes/batch-get', { ids: ['ada-1', 'none', 'bob-1'] });
    expect([ids(got, 'noteId'), got.body.missing]).toEqual([['bob-1'], ['ada-1', 'none']]);
    const deleted = await clients.bob.call('POST', '/notes/batch-write', { delete: ['ada-1', 'none'] });
    expect(deleted.body).toMatchObject({ deleted: 2, errors: [] });
    expect((await clients.ada.call('GET', '/notes/ada-1')).status).toBe(200);
  });

  it('is in no reading at one moment, and in no export', async () => {
    const asked = ['ada-1', 'bob-1', 'none'].map((id) => ({ model: 'notes', id }));
    const { body } = await clients.bob.call('POST', '/transact-get', { items: [...asked, { model: 'pages', id: 'home' }] });
    expect(body.items).toMatchObject([null, { noteId: 'bob-1' }, null, { slug: 'home' }]);
    expect(JSON.stringify(body)).not.toContain('remark');
    expect(await exported('bob', '/notes/export')).toEqual(['bob-1', 'bob-2']);
    expect(await exported('bob', '/notes/export?q=ada')).toEqual([]);
    expect(await exported('key', '/notes/export?q=ada')).toEqual(['ada-1', 'ada-2']);
  });

  it('is in no list, count, search or relation', async () => {
    const { bob } = clients;
    for (const path of ['/notes?index=notesInFolder&folder=shared', '/notes/search?q=title', '/people/bob/notes'])
      expect(ids(await bob.call('GET', path), 'noteId').toSorted(), path).toEqual(['bob-1', 'bob-2']);
    expect((await bob.call('GET', '/notes?index=notesInFolder&folder=shared&count=true')).body).toEqual({ count: 2 });
    for (const path of ['/notes?index=notesForOwner&ownerId=ada', '/people/ada/notes', '/notes/search?q=ada'])
      expect((await bob.call('GET', path)).body, path).toEqual({ items: [], cursor: null });
    expect((await bob.call('GET', '/notes?index=notesForOwner&ownerId=ada&count=true')).body).toEqual({ count: 0 });
  });

  it('leaves no gap in pages', async () => {
    const page = await clients.bob.call('GET', '/notes?index=notesInFolder&folder=shared&limit=1');
    expect(ids(page, 'noteId')).toEqual(['bob-1']);
    const before = await clients.bob.call('GET', '/notes?index=notesInFolder&folder=shared&noteId[lt]=b&limit=1');
    expect(before.body).toEqual({ items: [], cursor: null });
  });

  it('is null where it is included, and 404 where a relation names it', async () => {
    const page = await clients.bob.call('GET', '/pages/home?include=author');
    expect(page.body.author).toBeNull();
    expect((await clients.ada.call('GET', '/pages/home?include=author')).body.author).toMatchObject({ personId: 'ada' });
    expect(brief(await clients.bob.call('GET', '/pages/home/author'))).toBe(NOT_FOUND);
    expect(brief(await clients.nobody.call('GET', '/pages/home/author'))).toBe(WHO_ARE_YOU);
  });
});

describe('cursors', () => {
  it('are good for the same view only', async () => {
    const path = '/notes?index=notesInFolder&folder=shared&limit=1';
    const cursors: string[] = [];
    for (const who of ['ada', 'bob', 'key'] as const) cursors.push((await clients[who].call('GET', path)).body.cursor as string);
    for (const [at, who] of (['ada', 'bob', 'key'] as const).entries())
      for (const [other, cursor] of cursors.entries()) {
        const answer = await clients[who].call('GET', `${path}&cursor=${encodeURIComponent(cursor)}`);
        expect(brief(answer), `${who} ${other}`).toBe(at === other ? OK : '400 invalid_cursor');
      }
  });
});

describe('ownership', () => {
  it('of a new item is its maker’s, whatever way it is made', async () => {
    const { bob } = clients;
    const made = [
      await bob.call('POST', '/notes', { noteId: 'made-1' }),
      await bob.call('PUT', '/notes/made-2', {}),
      await bob.call('PUT', '/notes/made-3', {}, { 'if-none-match': '*' }),
    ];
    for (const { status, body } of made) expect([status, body.ownerId]).toEqual([201, 'bob']);
    const together = await bob.call('POST', '/transact', {
      actions: [
        { action: 'create', model: 'notes', item: { noteId: 'made-4' } },
        { action: 'replace', model: 'notes', item: { noteId: 'made-5', ownerId: 'bob' } },
      ],
    });
    expect(together.body.results.map(({ ownerId }: { ownerId: string }) => ownerId)).toEqual(['bob', 'bob']);
    const batch = await bob.call('POST', '/notes/batch-write', { put: [{ noteId: 'made-6' }, { noteId: 'made-7', ownerId: 'ada' }] });
    expect(batch.body.items).toMatchObject([{ noteId: 'made-6', ownerId: 'bob' }]);
    expect(batch.body.errors).toMatchObject([{ pointer: '/put/1', code: 'forbidden' }]);
    expect(brief(await bob.call('PUT', '/notes/made-8', { ownerId: 'ada' }))).toBe(FORBIDDEN);
    await Promise.all(Array.from({ length: 7 }, (_, n) => bob.call('DELETE', `/notes/made-${n + 1}`)));
  });

  it('is kept by changes, and given away by whoever may write for others', async () => {
    const { ada, key } = clients;
    expect(brief(await ada.call('PATCH', '/notes/ada-1', { ownerId: 'bob' }))).toBe(FORBIDDEN);
    expect(brief(await ada.call('PUT', '/notes/ada-1', { ownerId: 'bob' }))).toBe(FORBIDDEN);
    expect((await ada.call('PUT', '/notes/ada-1', { title: 'new' })).body).toMatchObject({ ownerId: 'ada', title: 'new' });
    expect((await key.call('PATCH', '/notes/ada-1', { ownerId: 'bob' })).body.ownerId).toBe('bob');
    expect(brief(await ada.call('GET', '/notes/ada-1'))).toBe(NOT_FOUND);
  });

  it('is a condition of the very write: an item that changes hands meanwhile is not written', async () => {
    const dynamodb = new DynamoClient(localClientOptions(inject('dynamodbEndpoint')));
    for (const [operation, method, body] of [
      ['UpdateItem', 'PATCH', { title: 'late' }],
      ['PutItem', 'PUT', { title: 'late' }],
      ['DeleteItem', 'DELETE', undefined],
    ] as const) {
      await proxy.reset();
      await proxy.inject({ kind: 'hold', operation });
      const writing = clients.ada.call(method, '/notes/ada-1', body);
      await proxy.whenHeld(1, operation);
      const [held] = await proxy.requests(operation);
      const { TableName, Key = {}, Item = Key } = (held ?? { body: {} }).body as HeldRequest; // what such a request has
      const change = { UpdateExpression: 'SET ownerId = :to', ExpressionAttributeValues: { ':to': { S: 'bob' } } };
      expect((await dynamodb.execute('UpdateItem', { TableName, Key: keyOf(Item), ...change })).ok).toBe(true);
      await proxy.release();
      expect(brief(await writing), method).toBe(method === 'PUT' ? '409 conflict' : NOT_FOUND);
      const found = await clients.bob.call('GET', '/notes/ada-1?consistency=dynamodb');
      expect(found.body, method).toMatchObject({ ownerId: 'bob', title: 'ada title 1' });
      await clients.key.call('PATCH', '/notes/ada-1', { ownerId: 'ada' });
    }
  });
});

describe('a field that a principal may not read', () => {
  it('is in no answer', async () => {
    const { ada, lead, admin, editor, nobody } = clients;
    expect((await ada.call('GET', '/people/ada')).body).toEqual({
      personId: 'ada',
      name: 'Ada',
      team: 'red',
      email: 'ada@example.com',
      revision: expect.any(String) as string,
    });
    expect(Object.keys((await lead.call('GET', '/people/ada')).body)).toEqual(['personId', 'name', 'team', 'revision']);
    expect((await admin.call('GET', '/people/ada')).body).toMatchObject({ salary: 100, email: 'ada@example.com' });
    const written = await ada.call('PATCH', '/people/ada', { name: 'A. L.' });
    expect(Object.keys(written.body)).toEqual(['personId', 'name', 'team', 'email', 'revision']);
    const list = await lead.call('GET', '/people?index=peopleInTeam&team=red');
    for (const item of list.body.items) expect(Object.keys(item)).toEqual(['personId', 'name', 'team', 'revision']);
    const batch = await lead.call('POST', '/people/batch-get', { ids: ['ada', 'bob'] });
    expect(JSON.stringify(batch.body)).not.toMatch(/salary|token|example.com/);
    for (const path of ['/pages/home', '/pages?index=allPages', '/people/ada/pages'])
      expect(JSON.stringify((await nobody.call('GET', path)).body), path).not.toContain('too long');
    expect((await editor.call('GET', '/pages/home')).body.remark).toBe('too long');
    const included = await lead.call('GET', '/pages/home?include=author');
    expect(included.body).toMatchObject({ author: { name: 'A. L.' } });
    expect(JSON.stringify(included.body)).not.toMatch(/salary|example.com|remark/);
  });

  it('is not asked for by name, as there is none for this principal', async () => {
    const answer = await clients.ada.call('GET', '/people/ada?fields=name,salary');
    expect([brief(answer), answer.body.detail]).toEqual(['400 unknown_field', expect.stringContaining('(personId, name, team, email, ')]);
    const unreadable = await clients.admin.call('GET', '/people/ada?fields=name,token');
    expect([brief(unreadable), unreadable.body.detail]).toEqual(['400 unknown_field', expect.stringContaining('got "token"')]);
    const some = await clients.lead.call('GET', '/people?index=peopleInTeam&team=red&fields=name');
    expect(some.body.items).toEqual([{ name: 'Ada' }, { name: 'Bob' }]);
    const own = await clients.ada.call('GET', '/people?index=peopleInTeam&team=red&fields=email');
    expect(own.body.items).toEqual([{ email: 'ada@example.com' }]);
  });

  it('is in no filter, sort condition, order, look-up or search', async () => {
    const { lead, admin, ada, nobody, editor } = clients;
    const filtered = (who: Who, filter: unknown) =>
      clients[who].call('GET', `/people?index=peopleInTeam&team=red&filter=${encodeURIComponent(JSON.stringify(filter))}`);
    for (const filter of [
      { salary: { $gt: 150 } },
      { $or: [{ name: 'Ada' }, { salary: 100 }] },
      { $not: { token: 'tok' } },
      { email: { $exists: true } },
    ])
      expect(brief(await filtered('lead', filter)), JSON.stringify(filter)).toBe(FORBIDDEN);
    expect(ids(await filtered('admin', { salary: { $gt: 150 } }), 'personId')).toEqual(['bob']);
    expect(ids(await filtered('ada', { email: { $exists: true } }), 'personId')).toEqual(['ada']);
    expect(brief(await lead.call('GET', '/people?index=peopleBySalary&team=red'))).toBe('400 unknown_index');
    expect(brief(await admin.call('GET', '/people?index=peopleBySalary&team=red&salary[gt]=150'))).toBe(OK);
    expect(brief(await lead.call('GET', '/people/by/uniqueEmail/ada%40example.com'))).toBe(FORBIDDEN);
    expect((await admin.call('GET', '/people/by/uniqueEmail/ada%40example.com')).body.personId).toBe('ada');
    expect((await ada.call('GET', '/people/by/uniqueEmail/ada%40example.com')).body.personId).toBe('ada');
    expect(brief(await ada.call('GET', '/people/by/uniqueEmail/bob%40example.com'))).toBe(NOT_FOUND);
    expect(brief(await nobody.call('GET', '/pages/search?q=long'))).toBe(FORBIDDEN);
    expect(ids(await editor.call('GET', '/pages/search?q=long'), 'slug')).toEqual(['home']);
    const text = encodeURIComponent(JSON.stringify({ _searchText: { $contains: 'long' } }));
    expect(brief(await nobody.call('GET', `/pages?index=allPages&filter=${text}`))).toBe(FORBIDDEN);
  });
});

describe('a field that a principal may not write', () => {
  it('is refused by name, and nothing is written', async () => {
    const { ada } = clients;
    const answer = await ada.call('PATCH', '/people/ada', { name: 'x', salary: 1, token: 't' });
    expect([brief(answer), answer.body.errors]).toEqual([
      FORBIDDEN,
      [
        { pointer: '/salary', detail: 'may not be written; that is for role:admin' },
        { pointer: '/token', detail: 'may not be written; that is for role:admin' },
      ],
    ]);
    const together = await ada.call('POST', '/transact', {
      actions: [{ action: 'update', model: 'people', id: 'ada', changes: { salary: { $add: 1 } } }],
    });
    expect([brief(together), together.body.errors[0].pointer]).toEqual([FORBIDDEN, '/actions/0/salary']);
    expect((await clients.admin.call('GET', '/people/ada')).body).toMatchObject({ name: 'Ada', salary: 100 });
  });

  it('stays as it is when what was read is put back, changed or not', async () => {
    const { ada, lead, admin } = clients;
    await ada.call('PATCH', '/people/ada', { nickname: 'countess' });
    for (const [who, change] of [
      [ada, {}],
      [ada, { name: 'Ada L.' }],
      [lead, {}],
      [lead, { name: 'Ada Lovelace' }],
    ] as const) {
      const { body, headers } = await who.call('GET', '/people/ada');
      const put = await who.call('PUT', '/people/ada', { ...body, ...change }, { 'if-match': headers.get('etag') ?? '' });
      expect(put.status, JSON.stringify(put.body)).toBe(200);
    }
    expect((await admin.call('GET', '/people/ada')).body).toMatchObject({
      name: 'Ada Lovelace',
      salary: 100,
      email: 'ada@example.com',
      nickname: 'countess',
    });
    const taken = await lead.call('PUT', '/people/ada', { name: 'Ada', nickname: 'duchess' });
    expect([brief(taken), taken.body.errors[0].pointer]).toEqual([FORBIDDEN, '/nickname']);
    expect(brief(await lead.call('PUT', '/people/ada', { name: 'Ada', salary: 100 }))).toBe(FORBIDDEN);
    const put = await lead.call('POST', '/people/batch-write', { put: [{ personId: 'ada', name: 'A' }] });
    expect(put.body).toMatchObject({ items: [{ name: 'A' }], errors: [] });
    expect((await admin.call('GET', '/people/ada')).body).toMatchObject({ name: 'A', salary: 100, nickname: 'countess' });
  });
});

describe('who may write and not read', () => {
  it('is answered with the key alone', async () => {
    const made = await clients.ada.call('POST', '/reports', { text: 'hush' });
    expect(made.body).toEqual({ reportId: expect.any(String) as string });
    expect([made.headers.get('etag'), made.headers.get('location')]).toEqual([null, `/v1/${clients.tenant}/reports/${made.body.reportId}`]);
    expect((await clients.ada.call('PATCH', `/reports/${made.body.reportId}`, { text: 'x' })).body).toEqual(made.body);
    expect((await clients.admin.call('GET', `/reports/${made.body.reportId}`)).body.text).toBe('x');
  });
});

describe('an Idempotency-Key', () => {
  it('of one principal is none of another', async () => {
    const headers = { 'idempotency-key': 'k' };
    const first = await clients.ada.call('POST', '/notes', { title: 'a', noteId: 'once' }, headers);
    const again = await clients.ada.call('POST', '/notes', { title: 'a', noteId: 'once' }, headers);
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    const other = await clients.bob.call('POST', '/notes', { title: 'a', noteId: 'once' }, headers);
    expect([brief(other), other.headers.get('idempotency-replayed')]).toEqual(['409 conflict', null]);
    expect(brief(await clients.bob.call('POST', '/notes', { title: 'b', noteId: 'bobs' }, headers))).toBe(CREATED);
  });
});

describe('the directory of models', () => {
  it('shows what a principal may use', async () => {
    const models = async (who: Who) => (await clients[who].call('GET', '/models')).body.models as DescribedModel[];
    const names = (list: readonly DescribedModel[]) => list.map(({ name }) => name);
    expect(names(await models('nobody'))).toEqual(['Page']);
    expect(names(await models('ada'))).toEqual(['Person', 'Note', 'Page', 'Report']);
    const person = (await models('lead')).find(({ name }) => name === 'Person');
    expect(Object.keys(person?.fields ?? {})).toEqual(['personId', 'name', 'team', 'email', 'nickname', 'revision']);
    const admins = (await models('admin')).find(({ name }) => name === 'Person');
    expect(admins?.fields).toMatchObject({ salary: { readOnly: false }, token: { readOnly: false, schema: { writeOnly: true } } });
    expect(Object.keys(person?.indexes ?? {})).toEqual(['peopleInTeam']);
    expect(person?.uniqueConstraints).toEqual({});
    const [page] = await models('nobody');
    expect([Object.keys(page?.fields ?? {}), page?.search, page?.relations]).toEqual([['slug', 'title', 'authorId', 'revision'], null, {}]);
  });
});

describe('the schemas of a model', () => {
  it('have the fields that a principal may use, for what it may do', async () => {
    const schemas = async (who: Who, model: string) => (await clients[who].call('GET', `/models/${model}/schema`)).body.$defs as Schemas;
    const nobodys = await schemas('nobody', 'pages');
    expect(Object.keys(nobodys)).toEqual(['read']);
    expect(Object.keys(nobodys.read.properties)).toEqual(['slug', 'title', 'authorId', 'revision']);
    const adas = await schemas('ada', 'people');
    expect(Object.keys(adas)).toEqual(['read', 'replace', 'update']);
    expect(Object.keys(adas.read.properties)).toEqual(['personId', 'name', 'team', 'email', 'nickname', 'revision']);
    expect(Object.keys(adas.update.properties)).toEqual(['name', 'team', 'email', 'nickname']);
    const notes = await schemas('ada', 'notes');
    expect([notes.create.required, (await schemas('key', 'notes')).create.required]).toEqual([['noteId'], ['noteId', 'ownerId']]);
    expect(JSON.stringify(await schemas('lead', 'people'))).not.toMatch(/salary|token/);
  });
});

describe('what anybody may read', () => {
  it('is for shared caches where it is for nobody in particular', async () => {
    const { nobody, editor } = clients;
    const anybodys = await nobody.call('GET', '/pages/home');
    expect([anybodys.headers.get('cache-control'), anybodys.headers.get('vary')]).toEqual(['public, max-age=60', 'Authorization, Origin']);
    const own = await editor.call('GET', '/pages/home');
    expect([own.headers.get('cache-control'), own.headers.get('vary')]).toEqual(['private, no-cache', 'Authorization, Origin']);
    expect((await nobody.call('GET', '/pages/none')).headers.get('cache-control')).toBe('no-store');
  });

  it('is read with the right credentials or none', async () => {
    const { nobody, tenant } = clients;
    const wrong = await nobody.call('GET', '/pages/home', undefined, { authorization: 'Bearer stm_live_x' });
    expect(brief(wrong)).toBe(WHO_ARE_YOU);
    const others = await createTenant();
    const authorization = `Bearer ${others.token}`;
    expect(brief(await nobody.call('GET', '/pages/home', undefined, { authorization }))).toBe(NOT_FOUND);
    const writer = await createTenant(['models:write'], tenant);
    expect(brief(await nobody.call('GET', '/pages/home', undefined, { authorization: `Bearer ${writer.token}` }))).toBe(FORBIDDEN);
  });

  it('is of a tenant that there is, and that is not suspended', async () => {
    const { nobody, key } = await createClients();
    expect(brief(await nobody.call('GET', '//v1/nobody-at-all/pages/home'))).toBe(NOT_FOUND);
    await env.DB.prepare('UPDATE tenants SET suspended_at_ms = ? WHERE id = ?').bind(Date.now(), nobody.tenant).run();
    const missing = await nobody.call('GET', '//v1/nobody-at-all/pages/home');
    const suspended = await nobody.call('GET', '/pages/home');
    expect([brief(suspended), brief(await key.call('GET', '/pages/home'))]).toEqual([NOT_FOUND, WHO_ARE_YOU]);
    expect(suspended.body.detail.replace(nobody.tenant, '')).toBe(missing.body.detail.replace('nobody-at-all', ''));
  });
});
