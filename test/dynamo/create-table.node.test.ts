import { afterEach, describe, expect, inject, test } from 'vitest';
import { createTableInput, ensureTable, TABLE_INDEXES } from '../../src/dynamo/create-table.ts';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { localClientOptions } from '../setup/tables.ts';

const options = localClientOptions(inject('dynamodbEndpoint'));
const client = new DynamoClient(options);

describe('ensureTable', () => {
  const made: string[] = [];
  const newName = () => {
    made.push(`test-${crypto.randomUUID()}`);
    return made.at(-1)!; // pushed just now
  };
  afterEach(async () => {
    for (const TableName of made.splice(0)) await client.send('DeleteTable', { TableName });
  });

  test('creates the table with its indexes, paid per request, whose rows expire by "ttl"', async () => {
    const TableName = newName();
    expect(await ensureTable(options, TableName)).toEqual({ created: true });
    const described = await client.send('DescribeTable', { TableName });
    expect(described).toMatchObject({
      ok: true,
      output: {
        Table: {
          TableStatus: 'ACTIVE',
          KeySchema: createTableInput(TableName).KeySchema,
          BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        },
      },
    });
    const { Table } = (
      described as unknown as {
        output: { Table: { GlobalSecondaryIndexes: { IndexName: string; Projection: { ProjectionType: string } }[] } };
      }
    ).output; // DescribeTable's
    const projections = Table.GlobalSecondaryIndexes.map((index) => [index.IndexName, index.Projection.ProjectionType]);
    expect(Object.fromEntries(projections)).toEqual({
      gsi1: 'ALL',
      gsi2: 'ALL',
      gsi3: 'ALL',
      gsi4: 'ALL',
      gsi5: 'ALL',
      iter_index: 'KEYS_ONLY',
    });
    const expiry = await client.send('DescribeTimeToLive', { TableName });
    expect(expiry).toMatchObject({ output: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' } } });
  });

  test('leaves a table that is there as it is', async () => {
    const TableName = newName();
    await ensureTable(options, TableName);
    await client.execute('PutItem', { TableName, Item: { _pk: { S: 'a' }, _sk: { S: 'b' } } });
    expect(await ensureTable(options, TableName)).toEqual({ created: false });
    expect(await client.execute('Scan', { TableName })).toMatchObject({ output: { Count: 1 } });
  });

  test('works when several start at once', async () => {
    const TableName = newName();
    await Promise.all(Array.from({ length: 4 }, () => ensureTable(options, TableName)));
    expect(await client.execute('Scan', { TableName })).toMatchObject({ ok: true });
  });

  test('refuses a table of that name with other keys', async () => {
    const TableName = newName();
    const id = { AttributeName: 'id', KeyType: 'HASH' };
    await client.send('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [id],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    });
    await expect(ensureTable(options, TableName)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('has the keys id; expected _pk, _sk'),
    });
  });

  test('says that DynamoDB is away, or that the credentials do not do', async () => {
    const TableName = newName();
    const proxy = proxyControl(inject('dynamodbProxy'), TableName);
    const behindProxy = { ...localClientOptions(inject('dynamodbProxy')), maxAttempts: 1 };
    await proxy.inject({ kind: 'drop' });
    await expect(ensureTable(behindProxy, TableName)).rejects.toMatchObject({ code: 'unavailable' });
    await proxy.inject({ kind: 'error', name: 'UnrecognizedClientException' });
    await expect(ensureTable(behindProxy, TableName)).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

describe('createTableInput', () => {
  test('declares every key attribute once, as text', () => {
    const names = createTableInput('t').AttributeDefinitions.map((definition) => definition.AttributeName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(2 + 2 * Object.keys(TABLE_INDEXES).length);
  });
});
