import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { DynamoClient } from '../../src/dynamo/index.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { localClientOptions } from '../setup/tables.ts';

let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  acme = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
  await acme.call('PUT', '/benchmarks/get', { title: 'Gets', unit: 'ops/s', better: 'higher', area: 'libraries' });
  await acme.call('PUT', '/systems/s1', { name: 'One' });
  await acme.call('PUT', '/results/get/s1', { value: 1, machine: 'a', measuredAt: '2026-11-10' });
});

/** What DynamoDB was asked for, and whether strongly. */
async function asked(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  await proxy.reset();
  const answer = await acme.call(method, path, body, headers);
  const requests = await proxy.requests();
  const isStrong = (request: object) => JSON.stringify(request).includes('"ConsistentRead":true');
  return { answer, requests: requests.map((request) => `${request.operation}${isStrong(request) ? ' strong' : ''}`) };
}

const READS: [string, string, string, unknown?][] = [
  ['an item', 'GET', '/systems/s1'],
  ['an item with one it names', 'GET', '/results/get/s1?include=system'],
  ['a batch of items', 'POST', '/systems/batch-get', { ids: ['s1'] }],
  ['the item that a relation names', 'GET', '/results/get/s1/system'],
];

describe('?consistency=dynamodb and Cache-Control: no-cache', () => {
  it.each(READS)('really ask DynamoDB for %s, strongly', async (_, method, path, body) => {
    const query = path.includes('?') ? '&' : '?';
    for (const ask of [
      () => asked(method, `${path}${query}consistency=dynamodb`, body),
      () => asked(method, path, body, { 'cache-control': 'max-age=0, No-Cache' }),
    ]) {
      const { answer, requests } = await ask();
      expect(answer.status).toBe(200);
      expect(requests.length).toBeGreaterThanOrEqual(1);
      expect(new Set(requests)).toEqual(new Set(['GetItem strong']));
      expect(answer.headers.get('server-timing')).toMatch(/calls=[12] .*cache;desc=bypass$/);
    }
  });

  it('ask for lists strongly where there are strong lists', async () => {
    expect((await asked('GET', '/results?benchmarkId=get&consistency=dynamodb')).requests).toEqual(['Query strong']);
    const byIndex = await asked('GET', '/systems?index=allSystems', undefined, { 'cache-control': 'no-cache' });
    expect([byIndex.answer.status, byIndex.requests]).toEqual([200, ['Query']]);
  });

  it('see at once what another writer wrote, and let later reads see it', async () => {
    const direct = new DynamoClient(localClientOptions(env.DYNAMODB_ENDPOINT));
    await acme.call('PUT', '/systems/s2', { name: 'Two' });
    await direct.execute('UpdateItem', {
      TableName: env.TABLE_NAME,
      Key: { _pk: { S: `[${acme.tenant}]#sy#s2` }, _sk: { S: 'sy' } },
      UpdateExpression: 'SET #name = :name',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':name': { S: 'Two, changed' } },
    });
    const nameOf = async (headers?: Record<string, string>) => (await acme.call('GET', '/systems/s2', undefined, headers)).body.name;
    expect(await nameOf()).toBe('Two');
    expect(await nameOf({ 'cache-control': 'no-cache' })).toBe('Two, changed');
    expect(await nameOf()).toBe('Two, changed');
  });
});

describe('?consistency=strong', () => {
  it.each(READS)('reads %s from memory where it is there', async (_, method, path, body) => {
    const { answer, requests } = await asked(method, `${path}${path.includes('?') ? '&' : '?'}consistency=strong`, body);
    expect([answer.status, requests]).toEqual([200, []]);
  });

  it('asks strongly for what is not in memory', async () => {
    expect((await asked('GET', '/systems/none?consistency=strong')).requests).toEqual(['BatchGetItem strong']);
    expect((await asked('GET', '/results?benchmarkId=get&consistency=strong')).requests).toEqual(['Query strong']);
  });

  it('is refused for a list by an index that lags, whatever leads there', async () => {
    for (const path of ['/systems?index=allSystems&consistency=strong', '/results?index=resultsForSystem&systemId=s1&consistency=strong']) {
      const { answer, requests } = await asked('GET', path);
      expect([answer.status, answer.body.code, requests]).toEqual([400, 'invalid_input', []]);
      expect(answer.body.errors[0].pointer).toBe('?consistency');
    }
  });
});

it.each(['weak', '', 'strong&consistency=strong', 'Strong'])('?consistency=%s is refused', async (value) => {
  const answer = await acme.call('GET', `/systems/s1?consistency=${value}`);
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
  expect(answer.body.detail).toContain('strong or dynamodb');
});

it('a route that reads no items takes no such parameter, and one without others still refuses them', async () => {
  expect((await acme.call('GET', '/models?consistency=strong')).status).toBe(400);
  expect((await acme.call('DELETE', '/systems/none?consistency=strong')).status).toBe(400);
  expect((await acme.call('GET', '/results/get/s1/system?other=1')).status).toBe(400);
});
