import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { TABLE_KEY } from '../../src/dynamo/index.ts';
import { createService } from '../../src/service.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

class Page extends BaoModel {
  static override modelPrefix = 'pg';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    url: fields.StringField({ required: true }),
    title: fields.StringField({ required: true }),
    note: fields.StringField(),
    hits: fields.IntegerField({ defaultValue: 10 }),
    tags: fields.StringSetField(),
    place: fields.MapField({ city: fields.StringField() }),
    createdAt: fields.CreateDateField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('url');
}

const service = createService({
  models: { Page },
  tableProfile: { key: TABLE_KEY, indexes: {}, ttlAttribute: 'ttl', models: {} },
});
let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  const tenant = await createTenant();
  acme = clientOf(service, tenant);
  proxy = proxyControl(inject('dynamodbProxy'), `[${tenant.tenant}]#`);
});
beforeEach(() => proxy.reset());

describe('PATCH with ?upsert=true', () => {
  it('creates what is not there, with its defaults, and changes what is, leaving the rest', async () => {
    const first = await acme.call('PATCH', '/pages/a%2Fb?upsert=true', { title: 'A', note: 'kept' });
    expect([first.status, first.headers.get('location')]).toEqual([201, `/v1/${acme.tenant}/pages/a%2Fb`]);
    expect(first.body).toMatchObject({ url: 'a/b', title: 'A', note: 'kept', hits: 10 });
    expect(first.headers.get('etag')).toBe(`"${first.body.revision}"`);
    await proxy.reset();
    const second = await acme.call('PATCH', '/pages/a%2Fb?upsert=true', { title: 'B' });
    expect([second.status, second.headers.get('location')]).toEqual([200, null]);
    expect(second.body).toMatchObject({ title: 'B', note: 'kept', hits: 10, createdAt: first.body.createdAt });
    expect(await proxy.counts()).toEqual({ UpdateItem: 1 });
  });

  it('counts each of many at once, of which one creates', async () => {
    const body = { title: 'counted', hits: { $add: 1 }, tags: { $add: ['x'] } };
    const answers = await Promise.all(Array.from({ length: 12 }, () => acme.call('PATCH', '/pages/counted?upsert=true', body)));
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([...Array<number>(11).fill(200), 201]);
    expect((await acme.call('GET', '/pages/counted')).body).toMatchObject({ hits: 22, tags: ['x'] });
  });

  it('without the parameter, or with false, creates nothing', async () => {
    for (const query of ['', '?upsert=false']) {
      expect((await acme.call('PATCH', `/pages/none${query}`, { title: 'x' })).status).toBe(404);
    }
  });

  it('is done once under an Idempotency-Key', async () => {
    const send = () => acme.call('PATCH', '/pages/once?upsert=true', { title: 'x', hits: { $add: 1 } }, { 'idempotency-key': 'up-1' });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect((await acme.call('GET', '/pages/once')).body.hits).toBe(11);
  });

  it.each([
    ['a body that is no whole item', '/pages/x?upsert=true', { note: 'no title' }, {}, /title/],
    ['a part of a field', '/pages/x?upsert=true', { title: 'x', 'place.city': 'y' }, {}, /place\.city.*whole fields/],
    ['a version to match', '/pages/x?upsert=true', { title: 'x' }, { 'if-match': '"01HF0000000000000000000009"' }, /both/],
    ['another answer than yes or no', '/pages/x?upsert=1', { title: 'x' }, {}, /true, false.*"1"/],
    ['another parameter', '/pages/x?create=true', { title: 'x' }, {}, /create.*upsert/],
    ['an operator that the field does not have', '/pages/x?upsert=true', { title: { $add: 1 } }, {}, /\$add/],
  ])('refuses %s, before DynamoDB is asked', async (_, path, body, headers, says) => {
    const answer = await acme.call('PATCH', path, body, headers);
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toMatch(says);
    expect(await proxy.requests()).toEqual([]);
  });
});
