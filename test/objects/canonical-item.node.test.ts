import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { AttributeMap, AttributeValue } from '../../src/dynamo/types.ts';
import { isCanonicalItem } from '../../src/objects/tenant-store/canonical-item.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const endpoint = inject('dynamodbEndpoint');
const client = new DynamoClient(localClientOptions(endpoint));
let TableName = '';
beforeAll(async () => void (TableName = await createTestTable(endpoint)));
afterAll(() => deleteTestTable(endpoint, TableName));

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(String),
  fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }).map(String),
  fc.constantFrom('0', '-0', '007', '1.50', '1e3', '.5', '0.5', '-1.25', '+1', '100', '1E-5', '0.000001', '12345678901234567890.123456789'),
);
const base64 = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'grapheme' }).map((S) => ({ S })),
    number.map((N) => ({ N })),
    base64.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }).map((SS) => ({ SS })),
    fc.uniqueArray(number, { minLength: 1, maxLength: 3, selector: Number }).map((NS) => ({ NS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).value;

test('what counts as canonical is given back by DynamoDB in the same words', async () => {
  let canonical = 0;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value, { minKeys: 1, maxKeys: 4 }), async (attributes) => {
      const Key: AttributeMap = { _pk: { S: 'p' }, _sk: { S: 's' } };
      const Item = { ...attributes, ...Key };
      if (!isCanonicalItem(Item)) return;
      const put = await client.execute('PutItem', { TableName, Item });
      if (!put.ok) return;
      canonical++;
      const got = await client.execute('GetItem', { TableName, Key, ConsistentRead: true });
      expect(sorted(got.output?.Item)).toEqual(sorted(Item));
    }),
    { numRuns: Math.ceil(300 * inject('testScale')) },
  );
  expect(canonical).toBeGreaterThan(50);
}, 120_000);

test.each(['0', '1', '-1', '10', '0.5', '-0.25', '12345678901234567', '99.000000000000001'])('%s is canonical', (N) => {
  expect(isCanonicalItem({ n: { N } })).toBe(true);
});

test.each(['-0', '00', '1.0', '1e3', '+1', '.5', '5.', ' 1', '', 'NaN', '1'.repeat(39)])('%j is not', (N) => {
  expect(isCanonicalItem({ n: { N } })).toBe(false);
});

test('values of no known type are not canonical', () => {
  // Inputs that no type of ours allows, as they may come over the wire.
  for (const odd of [null, {}, { S: 1 }, { S: 'a', N: '1' }, { X: 'a' }, { NULL: false }, { B: 'AB==' }, { SS: 'a' }]) {
    expect(isCanonicalItem({ odd: odd as unknown as AttributeValue })).toBe(false);
  }
});

/** The order of a set's members is DynamoDB's own. */
function sorted(item: AttributeMap | undefined): unknown {
  return JSON.parse(JSON.stringify(item), (name, found: unknown) =>
    ['SS', 'NS', 'BS'].includes(name) && Array.isArray(found) ? found.map(String).toSorted((a, b) => a.localeCompare(b)) : found,
  );
}
