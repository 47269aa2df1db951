import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createHandler, type StreamEvent } from '../../examples/dynamodb-stream-invalidation/handler.ts';
import { senderKey } from '../../src/cli/sender-key.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import worker from '../../src/worker.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const endpoint = inject('dynamodbEndpoint');
const direct = new DynamoClient(localClientOptions(endpoint));

let tableName: string;
let tenant: RestClient;
/** The Worker, on a table of this file whose stream is on. */
let send: typeof fetch;

beforeAll(async () => {
  tenant = await createTenant();
  tableName = await createTestTable(endpoint);
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' };
  expect(await direct.send('UpdateTable', { TableName: tableName, StreamSpecification })).toMatchObject({ ok: true });
  const bindings = { ...env, TABLE_NAME: tableName };
  // The Worker looks at nothing that only the edge adds to a request.
  const arriving = (input: RequestInfo | URL, init?: RequestInit) =>
    new Request(input, init) as Request<unknown, IncomingRequestCfProperties>;
  send = async (input, init) => worker.fetch(arriving(input, init), bindings, createExecutionContext());
});
afterAll(() => deleteTestTable(endpoint, tableName));

const handlerOf = async (more: object = {}) =>
  createHandler({ url: 'https://steamer.test', senderKey: await senderKey(env.SIGNING_KEYS), fetch: send, ...more });

async function call(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${tenant.token}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await send(`https://steamer.test/v1/${tenant.tenant}${path}`, init);
  return { status: response.status, body: await response.json<{ name: string }>() };
}

/** Another program renames a system. */
async function renamePast(id: string, name: string) {
  const result = await direct.execute('UpdateItem', {
    TableName: tableName,
    Key: { _pk: { S: `[${tenant.tenant}]#sy#${id}` }, _sk: { S: 'sy' } },
    UpdateExpression: 'SET #name = :name',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':name': { S: name } },
  });
  expect(result.ok).toBe(true);
}

/** The stream from its beginning, as Lambda would hand it over. */
async function streamEvent(): Promise<StreamEvent> {
  const ask = async (operation: string, input: object) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDBStreams_20120810.${operation}`, ...UNCHECKED };
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
    return response.json<Record<string, any>>(); // oxlint-disable-line typescript/no-explicit-any -- DynamoDB's own answers
  };
  const description = await direct.send('DescribeTable', { TableName: tableName });
  if (!description.ok) throw new Error(description.error.message);
  const StreamArn = (description.output as { Table: { LatestStreamArn: string } }).Table.LatestStreamArn;
  const { StreamDescription } = await ask('DescribeStream', { StreamArn });
  const [{ ShardId }] = StreamDescription.Shards;
  const { ShardIterator } = await ask('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records } = await ask('GetRecords', { ShardIterator });
  return { Records: Records.map((record: object) => ({ ...record, eventSourceARN: StreamArn })) };
}

/** Local engines read the form of a signature and not more. */
const UNCHECKED = {
  'x-amz-date': '20260101T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
};

it('makes what another program wrote seen at once, by the records of a real stream', async () => {
  await call('PUT', '/systems/s1', { name: 'One' });
  await renamePast('s1', 'One, renamed');
  expect((await call('GET', '/systems/s1')).body.name).toBe('One');
  const handle = await handlerOf();
  await handle(await streamEvent());
  expect((await call('GET', '/systems/s1')).body.name).toBe('One, renamed');
  await handle(await streamEvent());
  expect((await call('GET', '/systems/s1')).body.name).toBe('One, renamed');
});

it('lets everything be read anew when Lambda has given records up', async () => {
  await call('PUT', '/systems/s2', { name: 'Two' });
  await renamePast('s2', 'Two, renamed');
  const givenUp = { requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo: { shardId: 'shardId-1', batchSize: 7 } };
  await (
    await handlerOf()
  )({ Records: [{ body: JSON.stringify(givenUp) }] });
  expect((await call('GET', '/systems/s2')).body.name).toBe('Two, renamed');
});

it('fails when Steamer refuses or is not reached, so that Lambda sends the batch again', async () => {
  const event = await streamEvent();
  const wrongKey = await handlerOf({ senderKey: `k1:${btoa('another secret')}` });
  await expect(wrongKey(event)).rejects.toThrow('Steamer answered 401');
  const unreachable = await handlerOf({ fetch: () => Promise.reject(new Error('no route')) });
  await expect(unreachable(event)).rejects.toThrow('no route');
});
