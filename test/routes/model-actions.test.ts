import { beforeAll, describe, expect, inject, it } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
beforeAll(async () => {
  acme = await createTenant();
});

const system = (systemId: string) => ({ systemId, name: systemId });
const result = { value: 1, machine: 'm', measuredAt: '2026-11-20' };

describe('a transaction', () => {
  it('writes items of several models at once, and the next read sees all of them', async () => {
    await acme.call('POST', '/systems', system('old'));
    const { status, body } = await acme.call('POST', '/transact', {
      actions: [
        { action: 'create', model: 'systems', item: system('t1') },
        { action: 'replace', model: 'results', item: { benchmarkId: 'b', systemId: 't1', ...result } },
        { action: 'update', model: 'systems', id: 'old', changes: { kind: 'changed' } },
        { action: 'missing', model: 'benchmarks', id: 'b' },
      ],
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.results).toMatchObject([{ systemId: 't1' }, { value: 1 }, null, null]);
    expect((await acme.call('GET', '/systems/old')).body.kind).toBe('changed');
    expect((await acme.call('GET', '/results/b/t1')).status).toBe(200);
  });

  it('writes nothing when one action is refused, and names it', async () => {
    const { headers } = await acme.call('POST', '/systems', system('guarded'));
    const actions = [
      { action: 'create', model: 'systems', item: system('never') },
      { action: 'delete', model: 'systems', id: 'guarded', ifMatch: '"01HF0000000000000000000009"' },
    ];
    const refused = await acme.call('POST', '/transact', { actions });
    expect([refused.status, refused.body.code]).toEqual([412, 'precondition_failed']);
    expect(refused.body.detail).toContain('Action 2');
    expect((await acme.call('GET', '/systems/never')).status).toBe(404);
    const right = actions.map((action) => ('ifMatch' in action ? { ...action, ifMatch: headers.get('etag') } : action));
    expect((await acme.call('POST', '/transact', { actions: right })).status).toBe(200);
    expect((await acme.call('GET', '/systems/guarded')).status).toBe(404);
  });

  it('is applied once under an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'tx-1' };
    const body = { actions: [{ action: 'create', model: 'systems', item: system('tx-once') }] };
    const [first, second] = [await acme.call('POST', '/transact', body, headers), await acme.call('POST', '/transact', body, headers)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
  });

  it.each([
    ['no list', {}, /actions: expected an array/],
    ['an unknown model', { actions: [{ action: 'create', model: 'colours', item: {} }] }, /systems, benchmarks, results.*"colours"/],
    ['an unknown action', { actions: [{ action: 'paint', model: 'systems' }] }, /create, replace, update/],
    ['a wrong field', { actions: [{ action: 'create', model: 'systems', item: { systemId: 'x', name: 7 } }] }, /actions\/0.*name/],
    [
      'a member that it does not take',
      { actions: [{ action: 'delete', model: 'systems', id: 'x', if_match: '"1"' }] },
      /actions\/0: delete takes model, id, ifMatch, got "if_match"/,
    ],
    [
      'a version of what is to be missing',
      { actions: [{ action: 'missing', model: 'systems', id: 'x', ifMatch: '"1"' }] },
      /missing takes model, id, got "ifMatch"/,
    ],
    ['more than 100 actions', { actions: Array.from({ length: 101 }, () => ({})) }, /at most 100, got 101/],
    ['two actions about one item', { actions: [1, 2].map(() => ({ action: 'create', model: 'systems', item: system('same') })) }, /./],
  ])('refuses %s without asking DynamoDB', async (_, body, says) => {
    const proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
    await proxy.reset();
    const answer = await acme.call('POST', '/transact', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(400);
    expect(answer.body.detail).toMatch(says);
    expect(await proxy.requests()).toEqual([]);
  });
});

describe('batch-write', () => {
  it('puts and deletes each item by itself, 25 to a request', async () => {
    const put = Array.from({ length: 60 }, (_, n) => system(`many-${n}`));
    const proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
    await proxy.reset();
    const written = await acme.call('POST', '/systems/batch-write', { put });
    expect([written.status, written.body.items.length, written.body.errors]).toEqual([200, 60, []]);
    expect(await proxy.counts()).toEqual({ BatchWriteItem: 3 });
    const changed = await acme.call('POST', '/systems/batch-write', {
      put: [{ ...system('many-0'), kind: 'new' }],
      delete: ['many-1', 'many-2'],
    });
    expect(changed.body).toMatchObject({ items: [{ kind: 'new' }], deleted: 2, errors: [] });
    const { body } = await acme.call('POST', '/systems/batch-get', { ids: ['many-0', 'many-1', 'many-2', 'many-3'] });
    expect([body.items.length, body.missing]).toEqual([2, ['many-1', 'many-2']]);
  });

  it('refuses a list with a wrong item as a whole, and says which', async () => {
    const { status, body } = await acme.call('POST', '/systems/batch-write', { put: [system('fine'), { systemId: 'x', name: 7 }] });
    expect([status, body.errors[0].pointer]).toEqual([400, '/put/1/name']);
    expect((await acme.call('GET', '/systems/fine')).status).toBe(404);
  });
});

describe('a list', () => {
  it('counts, follows pages to fill one, and gives the fields asked for', async () => {
    const cold = await createTenant();
    const put = Array.from({ length: 30 }, (_, n) => ({
      ...system(`s${String(n).padStart(2, '0')}`),
      kind: n % 10 === 0 ? 'rare' : 'common',
    }));
    await cold.call('POST', '/systems/batch-write', { put });
    expect((await cold.call('GET', '/systems?index=allSystems&count=true')).body).toEqual({ count: 30 });
    const rare = encodeURIComponent('{"kind":"rare"}');
    expect((await cold.call('GET', `/systems?index=allSystems&count=true&filter=${rare}`)).body).toEqual({ count: 3 });
    const short = await cold.call('GET', `/systems?index=allSystems&limit=3&filter=${rare}`);
    expect(short.body.items).toHaveLength(1);
    const full = await cold.call('GET', `/systems?index=allSystems&limit=3&fillPage=true&fields=systemId,kind&filter=${rare}`);
    expect(full.body.items).toEqual(['s00', 's10', 's20'].map((systemId) => ({ systemId, kind: 'rare' })));
    const unknown = await cold.call('GET', '/systems?index=allSystems&fields=colour');
    expect(unknown.body).toMatchObject({ code: 'unknown_field', status: 400 });
  });
});
