import { beforeAll, describe, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { TABLE_KEY } from '../../src/dynamo/index.ts';
import { createService } from '../../src/service.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { MoneyField } from '../bao/codegen/fields/money-field.ts';

/** A model whose fields have JSON of their own, and parts. */
class Offer extends BaoModel {
  static override modelPrefix = 'of';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    offerId: fields.StringField({ required: true }),
    shop: fields.StringField({ required: true }),
    price: MoneyField(),
    seal: fields.BinaryField(),
    tags: fields.StringSetField(),
    days: fields.ListField(fields.DateTimeField()),
    terms: fields.MapField({ until: fields.DateTimeField(), stamp: fields.BinaryField(), fee: MoneyField() }),
  };
  static override primaryKey = PrimaryKeyConfig('offerId');
  static override indexes = { offersOf: IndexConfig('shop', 'price', 'gsi1') };
}

const service = createService({ models: { Offer }, tableProfile: { key: TABLE_KEY, indexes: {}, ttlAttribute: 'ttl', models: {} } });
const DAY = '2026-11-20T00:00:00.000Z';
let client: RestClient;

beforeAll(async () => {
  client = clientOf(service, await createTenant());
  const terms = { until: DAY, stamp: 'AAE=', fee: { euros: 0, cents: 50 } };
  const put = [
    { offerId: 'a', shop: 's', price: { euros: 1, cents: 50 }, seal: 'AQI=', tags: ['x', 'y'], days: [DAY], terms },
    { offerId: 'b', shop: 's', price: { euros: 10, cents: 0 }, terms: { until: '2026-12-01', fee: { euros: 2, cents: 0 } } },
  ];
  expect((await client.call('POST', '/offers/batch-write', { put })).body.errors).toEqual([]);
});

async function list(parameters: string): Promise<unknown> {
  const { body } = await client.call('GET', `/offers?index=offersOf&shop=s&${parameters}`);
  return body.items?.map(({ offerId }: { offerId: string }) => offerId) ?? body.code;
}

describe('a filter over REST', () => {
  it.each([
    [{ price: { euros: 1, cents: 50 } }, ['a']],
    [{ price: { $gt: '1.50' } }, ['b']],
    [{ price: { $in: [{ euros: 10, cents: 0 }] } }, ['b']],
    [{ price: { $eq: { euros: 1, cents: 50 } } }, ['a']],
    [{ price: true }, 'invalid_filter'],
    [{ seal: 'AQI=' }, ['a']],
    [{ tags: { $eq: ['y', 'x'] } }, ['a']],
    [{ tags: { $contains: 'x' } }, ['a']],
    [{ days: { $contains: '2026-11-20' } }, ['a']],
    [{ 'days[0]': { $lte: '2026-11-20T00:00:00Z' } }, ['a']],
    [{ 'terms.until': { $gt: '2026-11-30' } }, ['b']],
    [{ 'terms.until': 'soon' }, 'invalid_filter'],
    [{ 'terms.stamp': 'AAE=' }, ['a']],
    [{ 'terms.fee': { $between: [{ euros: 1, cents: 0 }, '3'] } }, ['b']],
    [{ $not: { 'terms.fee': { euros: 2, cents: 0 } } }, ['a']],
    [{ 'terms.nope': 1 }, 'invalid_filter'],
  ])('compares %j in the form of JSON that the field has', async (filter, expected) => {
    expect(await list(`filter=${encodeURIComponent(JSON.stringify(filter))}`)).toEqual(expected);
  });

  it('says that __proto__ is no field', async () => {
    const filter = encodeURIComponent('{"__proto__":{"price":"1"}}');
    const { body } = await client.call('GET', `/offers?index=offersOf&shop=s&filter=${filter}`);
    expect(body).toMatchObject({ code: 'invalid_filter', detail: expect.stringContaining('Unknown field in filter: __proto__') });
  });
});

it('a sort parameter is read as the text of its field', async () => {
  expect(await list('price[gte]=10.00')).toEqual(['b']);
  expect(await list(`price=${encodeURIComponent('{"euros":1,"cents":50}')}`)).toEqual(['a']);
  expect(await list('price=much')).toBe('invalid_input');
});
