import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { DynamoClient, type AttributeMap } from '../../src/dynamo/index.ts';
import { senderSecret } from '../../src/wire/sender-signature.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { localClientOptions } from '../setup/tables.ts';

const INVALIDATE = '/v1/operator/invalidate';
const SIGNING_SECRET = 'signing-key-of-the-test-suite-01';

let operator: RestClient;
let acme: RestClient;
let other: RestClient;
let proxy: ProxyControl;
let direct: DynamoClient;
let sequence = 100;

beforeAll(async () => {
  operator = await createTenant(['operator']);
  acme = await createTenant();
  other = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
  direct = new DynamoClient(localClientOptions(inject('dynamodbEndpoint')));
});

const keyOf = (tenant: string, id: string): AttributeMap => ({ _pk: { S: `[${tenant}]#sy#${id}` }, _sk: { S: 'sy' } });

/** What another program does to an item of the model System, and the record that the stream tells of it. */
async function renamePast(tenant: string, id: string, name: string) {
  const result = await direct.execute('UpdateItem', {
    TableName: env.TABLE_NAME,
    Key: keyOf(tenant, id),
    UpdateExpression: 'SET #name = :name',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':name': { S: name } },
    ReturnValues: 'ALL_NEW',
  });
  return recordOf(tenant, id, result.output?.Attributes);
}

function recordOf(tenant: string, id: string, row?: AttributeMap, eventName = 'MODIFY') {
  return {
    eventID: crypto.randomUUID(),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${env.TABLE_NAME}/stream/2026-11-20T00:00:00.000`,
    dynamodb: {
      ApproximateCreationDateTime: Date.now() / 1000,
      Keys: keyOf(tenant, id),
      ...(row === undefined ? {} : { NewImage: row }),
      SequenceNumber: String(sequence++),
      SizeBytes: 100,
      StreamViewType: row === undefined ? 'KEYS_ONLY' : 'NEW_AND_OLD_IMAGES',
    },
  };
}

const tell = (...Records: unknown[]) => operator.call('POST', `/${INVALIDATE}`, { Records });
const nameOf = async (client: RestClient, id: string) => (await client.call('GET', `/systems/${id}`)).body.name;

async function sign(body: string, { atSec = Math.floor(Date.now() / 1000), secret = SIGNING_SECRET, keyId = 'k1' } = {}) {
  const raw = await senderSecret(new TextEncoder().encode(secret), 'invalidate');
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${atSec}.${body}`)));
  return { 'steamer-signature': `t=${atSec},k=${keyId},v1=${[...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('')}` };
}

describe('records of the stream', () => {
  it('make the change of another program seen, each by the tenant whose key it is', async () => {
    const records = [];
    for (const client of [acme, other]) {
      await client.call('PUT', '/systems/s1', { name: 'One' });
      records.push(await renamePast(client.tenant, 's1', `One of ${client.tenant}`));
    }
    expect([await nameOf(acme, 's1'), await nameOf(other, 's1')]).toEqual(['One', 'One']);
    expect(await tell(...records)).toMatchObject({ status: 200, body: { tenants: 2, dropped: 2, unchanged: 0, ignored: 0 } });
    expect([await nameOf(acme, 's1'), await nameOf(other, 's1')]).toEqual([`One of ${acme.tenant}`, `One of ${other.tenant}`]);
  });

  it('of the own writes drop nothing, in order and more than once', async () => {
    await acme.call('PUT', '/systems/s2', { name: 'Two' });
    await tell(recordOf(acme.tenant, 's2'));
    const records = [];
    for (const name of ['a', 'b', 'a', 'c']) {
      await acme.call('PATCH', '/systems/s2', { name });
      const { output } = await direct.execute('GetItem', { TableName: env.TABLE_NAME, Key: keyOf(acme.tenant, 's2') });
      records.push(recordOf(acme.tenant, 's2', output?.Item));
    }
    await proxy.reset();
    expect((await tell(...records)).body).toMatchObject({ dropped: 0, unchanged: 4 });
    expect((await tell(records.at(-1))).body).toMatchObject({ dropped: 0, unchanged: 1 });
    expect(await nameOf(acme, 's2')).toBe('c');
    expect(await proxy.counts()).toEqual({});
  });

  it('of keys alone, and of removals, count too', async () => {
    await acme.call('PUT', '/systems/s3', { name: 'Three' });
    await renamePast(acme.tenant, 's3', 'Three, renamed');
    expect((await tell(recordOf(acme.tenant, 's3'))).body.dropped).toBe(1);
    expect(await nameOf(acme, 's3')).toBe('Three, renamed');
    await direct.execute('DeleteItem', { TableName: env.TABLE_NAME, Key: keyOf(acme.tenant, 's3') });
    expect((await tell(recordOf(acme.tenant, 's3', undefined, 'REMOVE'))).body.dropped).toBe(1);
    expect((await acme.call('GET', '/systems/s3')).status).toBe(404);
  });

  it('are read strongly after, since eventual reads may lag behind the stream', async () => {
    await tell(recordOf(acme.tenant, 's4'));
    await proxy.reset();
    await acme.call('GET', '/systems/s4');
    const [request] = await proxy.requests('BatchGetItem');
    expect(JSON.stringify(request?.body)).toContain('"ConsistentRead":true');
  });

  it('of no tenant and of other tables change nothing', async () => {
    const nobodys = { ...recordOf(acme.tenant, 'x'), dynamodb: { Keys: { _pk: { S: 'shared' }, _sk: { S: 'x' } } } };
    const odd = { ...nobodys, dynamodb: { Keys: { _pk: { N: '1' } } } };
    const upper = { ...nobodys, dynamodb: { Keys: { _pk: { S: '[ACME]#sy#1' }, _sk: { S: 'sy' } } } };
    expect((await tell(nobodys, odd, upper)).body).toEqual({ tenants: 0, dropped: 0, unchanged: 0, ignored: 3 });
    await acme.call('PUT', '/systems/s5', { name: 'Five' });
    const elsewhere = {
      ...recordOf(acme.tenant, 's5'),
      eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/elsewhere/stream/1',
    };
    expect((await tell(elsewhere)).status).toBe(200);
    await proxy.reset();
    expect(await nameOf(acme, 's5')).toBe('Five');
    expect(await proxy.counts()).toEqual({});
  });

  it.each([
    [{}, '{"Records"'],
    [{ Records: {} }, '{"Records"'],
    [{ Records: [1] }, '/Records/0/dynamodb'],
    [{ Records: [{ eventName: 'MODIFY', dynamodb: {} }] }, '/Records/0/dynamodb/Keys'],
    [{ Records: [{ eventName: 'OTHER', dynamodb: { Keys: {} } }] }, '/Records/0/eventName'],
    [{ Records: [{ eventName: 'MODIFY', dynamodb: { Keys: {}, SequenceNumber: '0x1' } }] }, 'SequenceNumber'],
    [{ Records: [{ eventName: 'MODIFY', eventSourceARN: 'arn', dynamodb: { Keys: {} } }] }, 'eventSourceARN'],
    [{ Records: Array.from({ length: 1_001 }, () => ({})) }, '1000'],
  ])('of another form are refused: %j', async (body, detail) => {
    const answer = await operator.call('POST', `/${INVALIDATE}`, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toContain(detail);
  });
});

describe('a gap', () => {
  it('flushes every tenant, a page at a time', async () => {
    await acme.call('PUT', '/systems/s6', { name: 'Six' });
    await renamePast(acme.tenant, 's6', 'Six, renamed');
    expect(await nameOf(acme, 's6')).toBe('Six');
    let after: string | null = '';
    let tenants = 0;
    while (after !== null) {
      const { status, body } = await operator.call('POST', '//v1/operator/stream-gap', { after });
      expect(status).toBe(200);
      tenants += body.tenants;
      after = body.next;
    }
    expect(tenants).toBeGreaterThanOrEqual(2);
    expect(await nameOf(acme, 's6')).toBe('Six, renamed');
  });

  it('is told with a place to go on at', async () => {
    expect((await operator.call('POST', '//v1/operator/stream-gap', {})).status).toBe(400);
  });
});

describe('who may tell', () => {
  const body = JSON.stringify({ Records: [] });
  const post = (headers: Record<string, string>, text = body) => call(null, INVALIDATE, 'POST', text, headers);

  it('is an operator, or a program whose signature is of the body', async () => {
    expect((await operator.call('POST', `/${INVALIDATE}`, body)).status).toBe(200);
    expect((await post(await sign(body))).status).toBe(200);
  });

  it.each([
    ['of another body', () => sign(`${body} `)],
    ['with another secret', () => sign(body, { secret: 'another' })],
    ['of an unknown key', () => sign(body, { keyId: 'k2' })],
    ['of six minutes ago', () => sign(body, { atSec: Math.floor(Date.now() / 1000) - 360 })],
    ['of in six minutes', () => sign(body, { atSec: Math.floor(Date.now() / 1000) + 360 })],
    ['that is none', () => Promise.resolve({ 'steamer-signature': 'v1=00' })],
  ])('is not who has a signature %s', async (_, headers) => {
    const answer = await post(await headers());
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('is nobody without either, and no tenant', async () => {
    expect((await post({})).status).toBe(401);
    expect((await acme.call('POST', `/${INVALIDATE}`, body)).status).toBe(403);
  });

  it('may do nothing else with a signature', async () => {
    const answer = await call(null, `/v1/${acme.tenant}/systems/s1`, 'GET', undefined, await sign(''));
    expect(answer.status).toBe(401);
  });
});
