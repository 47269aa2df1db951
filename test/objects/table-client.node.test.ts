import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { dynamoClientOf } from '../../src/objects/table-client.ts';

const asked: IncomingMessage[] = [];
let status = 200;
const server = createServer((request, response) => {
  asked.push(request);
  response.writeHead(status).end(JSON.stringify({ AccessKeyId: 'id', SecretAccessKey: 'key' }));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // of a TCP server
});
afterAll(() => server.close());

const TABLE = { DYNAMODB_ENDPOINT: inject('dynamodbEndpoint'), AWS_REGION: 'us-east-1' };
const listTables = (client: ReturnType<typeof dynamoClientOf>) => client.send('ListTables', {}, { repeatability: 'read' });

it('credentials behind an endpoint are read once for all clients of an isolate', async () => {
  const env = { ...TABLE, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/role`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let me' };
  for (let clients = 0; clients < 2; clients++) expect(await listTables(dynamoClientOf(env, true))).toMatchObject({ ok: true });
  expect(asked.map(({ url: path, headers }) => [path, headers.authorization])).toEqual([['/role', 'let me']]);
});

it('without credentials nothing is asked, and the failure says why', async () => {
  status = 403;
  const client = dynamoClientOf({ ...TABLE, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/other` }, true);
  const answer = await client.send('ListTables', {}, { repeatability: 'read', deadlineMs: 200 });
  expect(answer).toMatchObject({
    ok: false,
    calls: 0,
    error: { code: expect.stringMatching(/^(unavailable|deadline_exceeded)$/) as string },
  });
});

it('credentials of the Secrets Store go before those of variables', async () => {
  let reads = 0;
  const AWS_CREDENTIALS = { get: async () => `${++reads && '{"AccessKeyId":"id","SecretAccessKey":"key"}'}` };
  const env = { ...TABLE, AWS_CREDENTIALS, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  expect(await listTables(dynamoClientOf(env, false))).toMatchObject({ ok: true });
  expect(reads).toBe(1);
});
