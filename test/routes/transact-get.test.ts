import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  acme = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
  await acme.call('PUT', '/systems/a', { name: 'A', kind: 'x' });
  await acme.call('PUT', '/results/get/a', { value: 1, machine: 'm', measuredAt: '2026-11-20' });
});
beforeEach(() => proxy.reset());

describe('transact-get', () => {
  it('reads items of several models in one transaction, in the order asked for, null where there is none', async () => {
    const items = [
      { model: 'results', id: ['get', 'a'], fields: ['value', 'machine'] },
      { model: 'systems', id: 'nobody' },
      { model: 'systems', id: 'a' },
      { model: 'systems', id: 'a', fields: ['kind'] },
    ];
    const { status, body } = await acme.call('POST', '/transact-get', { items });
    expect(status, JSON.stringify(body)).toBe(200);
    const whole = (await acme.call('GET', '/systems/a')).body;
    expect(body).toEqual({ items: [{ value: 1, machine: 'm' }, null, whole, { kind: 'x' }] });
    expect(await proxy.counts()).toEqual({ TransactGetItems: 1 });
  });

  it('says that the items are more than DynamoDB reads in one transaction', async () => {
    await proxy.inject({
      kind: 'error',
      operation: 'TransactGetItems',
      name: 'ValidationException',
      fields: { message: 'Payload in response is too large.4290155' },
    });
    const { status, body } = await acme.call('POST', '/transact-get', { items: [{ model: 'systems', id: 'a' }] });
    expect([status, body.code]).toEqual([413, 'transaction_too_large']);
  });

  it('sees a transaction whole or not at all', async () => {
    const write = (n: number) =>
      acme.call('POST', '/transact', {
        actions: ['left', 'right'].map((id) => ({ action: 'replace', model: 'systems', item: { systemId: id, name: `n${n}` } })),
      });
    await write(0);
    const ask = { items: ['left', 'right'].map((id) => ({ model: 'systems', id, fields: ['name'] })) };
    const writes = (async () => {
      for (let n = 1; n <= 10; n += 1) await write(n);
    })();
    for (let n = 0; n < 10; n += 1) {
      const { status, body } = await acme.call('POST', '/transact-get', ask);
      if (status === 200) expect(body.items[0]).toEqual(body.items[1]);
      else expect([status, body.code]).toEqual([503, 'throttled']);
    }
    await writes;
  });

  it('of nothing is nothing', async () => {
    expect((await acme.call('POST', '/transact-get', { items: [] })).body).toEqual({ items: [] });
    expect(await proxy.requests()).toEqual([]);
  });

  it('needs no more than the scope to read', async () => {
    const reader = await createTenant(['models:read'], acme.tenant);
    expect((await reader.call('POST', '/transact-get', { items: [{ model: 'systems', id: 'a' }] })).status).toBe(200);
  });

  it.each([
    ['no list', {}, 'invalid_input', /items: expected an array/],
    [
      'an unknown model',
      { items: [{ model: 'colours', id: 'x' }] },
      'invalid_input',
      /items\/0: model: expected one of systems, .*"colours"/,
    ],
    ['an id of another form', { items: [{ model: 'results', id: 'x' }] }, 'invalid_input', /items\/0: id: expected benchmarkId, systemId/],
    ['an unknown field', { items: [{ model: 'systems', id: 'x', fields: ['hue'] }] }, 'unknown_field', /items\/0: fields: .*"hue"/],
    ['fields that are none', { items: [{ model: 'systems', id: 'x', fields: 'name' }] }, 'invalid_input', /array of names/],
    ['another member', { items: [{ model: 'systems', id: 'x', include: 'y' }] }, 'invalid_input', /"include"/],
    ['more than 100 items', { items: Array.from({ length: 101 }, () => ({})) }, 'invalid_input', /at most 100, got 101/],
  ])('refuses %s without asking DynamoDB', async (_, body, code, says) => {
    const answer = await acme.call('POST', '/transact-get', body);
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([400, code]);
    expect(answer.body.detail).toMatch(says);
    expect(await proxy.requests()).toEqual([]);
  });
});
