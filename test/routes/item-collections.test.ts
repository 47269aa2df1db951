import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { TABLE_INDEXES, TABLE_KEY } from '../../src/dynamo/index.ts';
import { createService } from '../../src/service.ts';
import type { AccessRules } from '../../src/wire/access-rules.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestAnswer, RestClient } from '../setup/rest-client.ts';

class Customer extends BaoModel {
  static override modelPrefix = 'cu';
  static override keyEncoding = 'ordered' as const;
  static override fields = { customerId: fields.StringField({ required: true }), name: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('customerId');
  static override indexes = { itself: IndexConfig('customerId', 'modelPrefix', 'gsi1', { collection: 'customer' }) };
}

class Order extends BaoModel {
  static override modelPrefix = 'or';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    orderId: fields.StringField({ required: true }),
    customerId: fields.RelatedField('Customer', { required: true }),
    total: fields.IntegerField(),
    agentId: fields.StringField(),
    margin: fields.IntegerField(),
  };
  static override primaryKey = PrimaryKeyConfig('orderId');
  static override indexes = { ordersForCustomer: IndexConfig('customerId', 'total', 'gsi1', { collection: 'customer' }) };
}

const tableProfile = { key: TABLE_KEY, indexes: TABLE_INDEXES, ttlAttribute: 'ttl', models: {} };
const service = createService({ models: { Customer, Order }, tableProfile });
let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  const tenant = await createTenant();
  acme = clientOf(service, tenant);
  proxy = proxyControl(inject('dynamodbProxy'), `[${tenant.tenant}]#`);
  for (const id of ['ada', 'bob']) await acme.call('PUT', `/customers/${id}`, { name: id });
  for (let n = 1; n <= 5; n += 1) {
    const order = { customerId: n === 5 ? 'bob' : 'ada', total: n, agentId: n % 2 === 0 ? 'agent-2' : 'agent-1', margin: n };
    await acme.call('PUT', `/orders/o${n}`, order);
  }
});
beforeEach(() => proxy.reset());

const totals = ({ body }: RestAnswer): number[] => body.items.orders.map(({ total }: { total: number }) => total);

describe('an item collection', () => {
  it('is the items of several models that belong together, in one query', async () => {
    const answer = await acme.call('GET', '/item-collections/customer/ada');
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(answer.body).toMatchObject({ items: { customers: [{ customerId: 'ada', name: 'ada' }] }, cursor: null });
    expect(totals(answer)).toEqual([1, 2, 3, 4]);
    expect(await proxy.counts()).toEqual({ Query: 1 });
    expect((await acme.call('GET', '/item-collections/customer/nobody')).body).toEqual({
      items: { customers: [], orders: [] },
      cursor: null,
    });
  });

  it('is walked page by page, in either order', async () => {
    const first = await acme.call('GET', '/item-collections/customer/ada?limit=3&order=desc');
    expect([totals(first), first.body.items.customers]).toEqual([[4, 3, 2], []]);
    const rest = await acme.call(
      'GET',
      `/item-collections/customer/ada?limit=3&order=desc&cursor=${encodeURIComponent(first.body.cursor)}`,
    );
    expect([totals(rest), rest.body.items.customers.length, rest.body.cursor]).toEqual([[1], 1, null]);
    for (const path of ['bob?limit=3&order=desc', 'ada?limit=3']) {
      const answer = await acme.call('GET', `/item-collections/customer/${path}&cursor=${encodeURIComponent(first.body.cursor)}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
    }
  });

  it.each([
    ['limit=0', /limit.*"0"/],
    ['order=up', /asc, desc/],
    ['fields=name', /fields.*limit, order, cursor/],
  ])('refuses ?%s, and DynamoDB is not asked', async (query, says) => {
    const answer = await acme.call('GET', `/item-collections/customer/ada?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toMatch(says);
    expect(await proxy.requests()).toEqual([]);
  });

  it('has no route under a name that no model says', async () => {
    expect((await acme.call('GET', '/item-collections/colours/red')).status).toBe(404);
  });
});

describe('an item collection under access rules', () => {
  const rules = (own: Partial<AccessRules>): AccessRules => {
    const operations = { read: ['key'], create: ['key'], update: ['key'], delete: ['key'] } as const;
    return { ...operations, owner: null, fields: {}, ...own };
  };
  const as = (orders: Partial<AccessRules>, customers: Partial<AccessRules>, subject: string) => {
    const modelOptions = {
      Order: { access: rules(orders), cacheControl: null },
      Customer: { access: rules(customers), cacheControl: null },
    };
    const guarded = createService({ models: { Customer, Order }, tableProfile, modelOptions });
    return createTenant(undefined, acme.tenant, { subject }).then((client) => clientOf(guarded, client));
  };

  it('shows the items and fields that its caller may read, and leaves out models that it may not', async () => {
    const ownOrders = { read: ['owner'], owner: 'agentId', fields: { margin: { read: ['role:admin'] } } } as Partial<AccessRules>;
    const agent = await as(ownOrders, {}, 'agent-2');
    const { body } = await agent.call('GET', '/item-collections/customer/ada');
    expect(Object.keys(body.items as object)).toEqual(['orders']);
    expect(body.items.orders).toEqual([2, 4].map((total) => ({ orderId: `o${total}`, customerId: 'ada', total, agentId: 'agent-2' })));
  });

  it("is paged as if others' items, and those of models that may not be read, were not there", async () => {
    const agent = await as({ read: ['owner'], owner: 'agentId' }, {}, 'agent-2');
    const pages: number[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: RestAnswer = await agent.call('GET', `/item-collections/customer/ada?limit=1&order=desc${from}`);
      pages.push(totals(page));
      cursor = page.body.cursor;
    }
    expect(pages).toEqual([[4], [2]]);
  });

  it('is refused to whom may read nothing in it', async () => {
    const agent = await as({}, {}, 'agent-2');
    const answer = await agent.call('GET', '/item-collections/customer/ada');
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });
});
