/** What the tenant's object costs by itself: its text comes back as it is. The path says what is asked; beside it a write by the Worker itself. */
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { OperationInput } from '../../src/dynamo/types.ts';
import { defineTenantStore, tenantStoreStub, type StoreAddress, type TenantStoreObject } from '../../src/objects/index.ts';
import { TENANT, type Variables } from './item-request.ts';

const ADDRESS: StoreAddress = { tenant: TENANT, shard: 0, epoch: 0 };
/** The keys of the load that batches are made of. */
const KEYS = 1_000;

interface Env extends Variables {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
}

export const TenantStore = defineTenantStore({
  profile: { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} },
  growth: { max: 1 },
});

let client: DynamoClient | undefined;
let turn = 0;

const keyOf = (id: string) => ({ _pk: { S: `[${TENANT}]#it#${id}` }, _sk: { S: 'it' } });

function putInput(id: string, { TABLE_NAME }: Variables): OperationInput<'PutItem'> {
  return { TableName: TABLE_NAME, Item: { ...keyOf(id), value: { S: id }, description: { S: 'A few words. '.repeat(30) } } };
}

/** So many keys of the load, the next ones each time. */
function batchInput(count: number, { TABLE_NAME }: Variables): OperationInput<'BatchGetItem'> {
  const first = (turn += count);
  const Keys = Array.from({ length: count }, (_, at) => keyOf(`item-${(first + at) % KEYS}`));
  return { RequestItems: { [TABLE_NAME]: { Keys } } };
}

function queryInput(id: string, { TABLE_NAME }: Variables): OperationInput<'Query'> {
  return {
    TableName: TABLE_NAME,
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': '_pk' },
    ExpressionAttributeValues: { ':p': keyOf(id)._pk },
  };
}

function callOf(what: string, id: string, env: Env): { operation: string; input: object } {
  switch (what) {
    case 'get':
      return { operation: 'GetItem', input: { TableName: env.TABLE_NAME, Key: keyOf(id) } };
    case 'batch':
      return { operation: 'BatchGetItem', input: batchInput(Number(id), env) };
    case 'query':
      return { operation: 'Query', input: queryInput(id, env) };
    case 'put-if':
      return { operation: 'PutItem', input: { ...putInput(id, env), ConditionExpression: 'attribute_not_exists(gone)' } };
    default:
      return { operation: 'PutItem', input: putInput(id, env) };
  }
}

async function putDirectly(id: string, env: Env): Promise<string> {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  client ??= new DynamoClient({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT, credentials });
  return JSON.stringify(await client.execute('PutItem', putInput(id, env)));
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, what = '', id = ''] = new URL(request.url).pathname.split('/');
    // The load generator wants to find the key that it has asked for; of a put nothing else would tell it.
    if (what === 'put-directly') return new Response(`${await putDirectly(id, env)} "${id}"`);
    const stub = tenantStoreStub(env.TENANT_STORE, ADDRESS);
    if (what === 'commits') return new Response(String((await stub.stats({ tenant: TENANT })).journalCommits));
    const calls = [{ ...callOf(what, id, env), context: {} }];
    const reply = await stub.execute(JSON.stringify({ tenant: TENANT, calls }));
    return new Response(what.startsWith('put') ? `${reply} "${id}"` : reply, {
      status: reply.startsWith('{"replies":[{"ok":true') ? 200 : 500,
    });
  },
};
