import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { itemSizeBytes, MAX_ITEM_BYTES } from '../../src/dynamo/item-size.ts';
import type { AttributeMap, AttributeValue } from '../../src/dynamo/types.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const VALUES: Record<string, AttributeValue> = {
  'an empty text': { S: '' },
  'text of 1 to 4 bytes a character': { S: 'aé世🚀' },
  zero: { N: '0' },
  'a digit': { N: '1' },
  'two digits': { N: '12' },
  'three digits': { N: '123' },
  'a negative number': { N: '-123' },
  'trailing zeros': { N: '1000' },
  'a fraction across the decimal point': { N: '1.5' },
  'a fraction on even places': { N: '10.5' },
  'a small fraction': { N: '0.00012345' },
  'an exponent': { N: '1.23E-50' },
  '38 digits': { N: '12345678901234567890123456789012345678' },
  'negative 38 digits': { N: '-12345678901234567890123456789012345678' },
  bytes: { B: 'AAEC/w==' },
  'whole triples of bytes': { B: 'AAEC' },
  'a boolean': { BOOL: false },
  null: { NULL: true },
  'an empty list': { L: [] },
  'a list': { L: [{ S: 'a' }, { N: '1' }] },
  'an empty map': { M: {} },
  'a map': { M: { name: { S: 'Ann' } } },
  'nested lists and maps': { L: [{ M: { x: { L: [{ BOOL: true }, { M: {} }] } } }] },
  'a set of texts': { SS: ['a', 'bc'] },
  'a set of numbers': { NS: ['1', '22.5'] },
  'a set of bytes': { BS: ['AAEC', 'AA=='] },
};

describe('itemSizeBytes', () => {
  const endpoint = inject('dynamodbEndpoint');
  let tableName: string;
  beforeAll(async () => {
    tableName = await createTestTable(endpoint);
  });
  afterAll(() => deleteTestTable(endpoint, tableName));

  const put = (item: AttributeMap) =>
    new DynamoClient(localClientOptions(endpoint)).execute('PutItem', { TableName: tableName, Item: item });

  test.for(Object.entries(VALUES))('counts %s as DynamoDB does: at the limit it is taken, one byte more is not', async ([, value]) => {
    const item = { _pk: { S: 'size' }, _sk: { S: 'row' }, value, padding: { S: '' } };
    const padding = 'x'.repeat(MAX_ITEM_BYTES - itemSizeBytes(item));
    const largest = { ...item, padding: { S: padding } };
    expect(itemSizeBytes(largest)).toBe(MAX_ITEM_BYTES);
    expect(await put(largest)).toMatchObject({ ok: true });
    expect(await put({ ...item, padding: { S: `${padding}x` } })).toMatchObject({ ok: false, error: { code: 'item_too_large' } });
  });
});
