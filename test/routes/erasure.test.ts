import { createMessageBatch, getQueueResult, createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { advanceErasure, erasureOf } from '../../src/accounts/index.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';
import { tenantStoreName } from '../../src/objects/index.ts';
import type { EraseStep } from '../../src/wire/erasure.ts';
import { fileKey } from '../../src/wire/files.ts';
import { codeIn, mailTo, newUser } from '../setup/accounts-client.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { localClientOptions } from '../setup/tables.ts';

/** The table that is read as a whole has what all tests have written. */
const TIMEOUT_MS = 120_000;

type User = Awaited<ReturnType<typeof newUser>>;
let operator: RestClient;
beforeAll(async () => {
  operator = await createTenant(['operator']);
});

const dynamo = new DynamoClient(localClientOptions(env.DYNAMODB_ENDPOINT));

/** A tenant with rows, streams, segments, files, keys, members, invitations and events. */
async function populated(): Promise<{ tenant: string; owner: User; key: RestClient }> {
  const [owner, guest] = [await newUser(), await newUser()];
  const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
  await owner.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Secret Engines' });
  const key = await createTenant(['models:read', 'models:write', 'streams:read', 'streams:write', 'files:write'], tenant);
  await owner.browser.call('POST', `/v1/${tenant}/invitations`, { email: guest.email });
  await guest.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(guest.email, 'invited')) });
  for (const systemId of ['one', 'two', 'three']) {
    const made = await key.call('PUT', `/systems/${systemId}`, { name: systemId, kind: 'engine', version: '1', licence: 'MIT' });
    expect(made.status).toBe(201);
  }
  for (const name of ['news', 'news/old', 'orders']) expect((await key.call('PUT', `/streams/${name}`, [])).status).toBe(201);
  const fork = { 'stream-forked-from': `/v1/${tenant}/streams/news` };
  expect((await key.call('PUT', '/streams/a-fork', undefined, fork)).status).toBe(201);
  await env.STREAM_SEGMENTS.put(`streams/${tenant}/lost/segment`, 'left behind');
  expect((await key.call('POST', '/files', { name: 'secret.txt', type: 'text/plain', size: 1 })).status).toBe(201);
  await env.STORAGE.put(fileKey(tenant, 'lost'), 'left behind');
  expect((await owner.browser.call('PUT', `/v1/${tenant}/config`, { flags: { secret: true } })).status).toBe(200);
  return { tenant, owner, key };
}

async function rowsOf(tenant: string): Promise<number> {
  const filter = { FilterExpression: 'begins_with(#pk, :t)', ExpressionAttributeNames: { '#pk': '_pk' } };
  let count = 0;
  let from: AttributeMap | undefined;
  do {
    const page = await dynamo.execute('Scan', {
      TableName: env.TABLE_NAME,
      ...filter,
      ExpressionAttributeValues: { ':t': { S: `[${tenant}]#` } },
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    if (!page.ok) throw new Error(page.error.message);
    count += page.output.Count;
    from = page.output.LastEvaluatedKey;
  } while (from);
  return count;
}

/** Everything that D1 says of a tenant. */
async function mentions(tenant: string): Promise<Record<string, number>> {
  const count = async (table: string, column: string) =>
    [table, await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`).bind(tenant).first<number>('n')] as const;
  const tables = ['memberships', 'api_keys', 'codes', 'audit_events', 'tenant_configs'].map((table) => count(table, 'tenant_id'));
  return Object.fromEntries(await Promise.all(tables)) as Record<string, number>;
}

async function finished(tenant: string) {
  return vi.waitFor(
    async () => {
      const { body } = await operator.call('GET', `//v1/operator/tenants/${tenant}/erasure`);
      expect(body.status).toBe('finished');
      return body;
    },
    { timeout: TIMEOUT_MS, interval: 100 },
  );
}

async function expectNothingLeft(tenant: string): Promise<void> {
  expect(await rowsOf(tenant)).toBe(0);
  expect(await mentions(tenant)).toEqual({ memberships: 0, api_keys: 0, codes: 0, audit_events: 0, tenant_configs: 0 });
  expect((await env.STREAM_SEGMENTS.list({ prefix: `streams/${tenant}/` })).objects).toEqual([]);
  expect((await env.STORAGE.list({ prefix: fileKey(tenant, '') })).objects).toEqual([]);
  expect(await env.STREAM_DIRECTORY.getByName(tenant).list('', '', 10)).toEqual([]);
  const objects = [
    env.TENANT_STORE.getByName(tenantStoreName({ tenant, shard: 0, epoch: 0 })),
    env.SESSION_OWNER.getByName(`t:${tenant}`),
    env.STREAM_DIRECTORY.getByName(tenant),
    env.FILE_LEDGER.getByName(tenant),
    ...['news', 'news/old', 'orders', 'a-fork'].map((name) => env.STREAM_HUB.getByName(`${tenant}/${name}`)),
  ];
  for (const object of objects) {
    const tables = await runInDurableObject(object as DurableObjectStub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'").toArray(),
    );
    expect(tables).toEqual([]);
  }
}

describe('a tenant that an operator erases', { timeout: TIMEOUT_MS }, () => {
  it('is refused at once, and leaves nothing but its id and the report', async () => {
    const { tenant, owner, key } = await populated();
    const other = await createTenant();
    await other.call('PUT', '/systems/kept', { name: 'kept', kind: 'engine', version: '1', licence: 'MIT' });
    const asked = await operator.call('POST', `//v1/operator/tenants/${tenant}/erase`);
    expect([asked.status, asked.body.tenant]).toEqual([202, tenant]);
    expect((await key.call('GET', '/systems/one')).status).toBe(401);
    expect((await owner.browser.call('GET', `/v1/${tenant}/models`)).status).toBe(404);
    const report = await finished(tenant);
    expect(report.removed).toEqual({
      writes: 0,
      rows: expect.any(Number),
      streams: 4,
      segments: 1,
      files: 2,
      store: 1,
      config: 1,
      members: 2,
      keys: 1,
      invitations: 1,
      events: expect.any(Number),
      tenant: 1,
    });
    expect(report.removed.rows).toBeGreaterThanOrEqual(3);
    await expectNothingLeft(tenant);
    expect(await rowsOf(other.tenant)).toBeGreaterThan(0);
    // The table's stream tells of the rows that were removed, and of others' among them; a scrape may still name the tenant.
    const Records = [tenant, other.tenant].map((name) => ({
      eventName: 'REMOVE',
      dynamodb: { Keys: { _pk: { S: `[${name}]#sy#one` }, _sk: { S: 'sy' } } },
    }));
    const told = await operator.call('POST', '//v1/operator/invalidate', { Records });
    expect([told.status, told.body]).toEqual([200, { tenants: 2, dropped: expect.any(Number), unchanged: expect.any(Number), ignored: 1 }]);
    const scraped = await exports.default.fetch(`https://steamer.test/metrics?tenant=${tenant}`, {
      headers: { authorization: `Bearer ${operator.token}` },
    });
    expect([scraped.status, (await scraped.text()).includes(tenant)]).toEqual([200, false]);
    const [row] = (await env.DB.prepare('SELECT * FROM tenants WHERE id = ?').bind(tenant).all()).results;
    expect(JSON.stringify(row)).not.toContain('Secret');
    // Nobody is given its id, and it does not go on.
    expect((await owner.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Again' })).body.code).toBe('conflict');
    expect((await operator.call('POST', `//v1/operator/tenants/${tenant}/resume`)).body.code).toBe('conflict');
    const [event] = (await operator.call('GET', '//v1/operator/audit?action=tenant.erasure-requested&limit=1')).body.events;
    expect(event).toMatchObject({ target: tenant, actor: { kind: 'operator' } });
  });

  it('is nobody, where there is none', async () => {
    expect((await operator.call('POST', '//v1/operator/tenants/no-such-tenant/erase')).status).toBe(404);
    expect((await operator.call('GET', '//v1/operator/tenants/no-such-tenant/erasure')).status).toBe(404);
  });
});

describe('a tenant that its owner erases', { timeout: TIMEOUT_MS }, () => {
  it('is gone; admins, members and keys cannot', async () => {
    const { tenant, owner, key } = await populated();
    const admin = await newUser();
    await owner.browser.call('POST', `/v1/${tenant}/invitations`, { email: admin.email, role: 'admin' });
    await admin.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(admin.email, 'invited')) });
    expect((await admin.browser.call('DELETE', `/v1/${tenant}`)).body.code).toBe('forbidden');
    expect((await key.call('DELETE', `//v1/${tenant}`)).body.code).toBe('forbidden');
    expect((await owner.browser.call('DELETE', `/v1/${tenant}`)).status).toBe(202);
    expect((await owner.browser.call('DELETE', `/v1/${tenant}`)).status).toBe(404);
    expect((await finished(tenant)).requestedBy).toBe(`user/${owner.id}`);
    await expectNothingLeft(tenant);
    expect((await owner.browser.call('GET', '/v1/auth/tenants')).body.tenants).toEqual([]);
  });
});

describe('a user', () => {
  it('erases three tenants a day', async () => {
    const { browser } = await newUser();
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) {
      const id = `t-${crypto.randomUUID().slice(0, 13)}`;
      await browser.call('POST', '/v1/auth/tenants', { id, name: id });
      statuses.push((await browser.call('DELETE', `/v1/${id}`)).status);
    }
    expect(statuses).toEqual([202, 202, 202, 429]);
  });
});

describe('an erasure', { timeout: TIMEOUT_MS }, () => {
  /** Steps that note what they did, and fail when told to: before they have done it, or after. */
  function recorded(failures: { at: number; when: 'before' | 'after' }[]) {
    const done = new Set<string>();
    let calls = 0;
    const step = (name: string, pages: number): EraseStep => ({
      name,
      async erase(_tenant, position) {
        const page = Number(position ?? 0);
        const failure = failures.find(({ at }) => at === calls);
        calls++;
        if (failure?.when === 'before') throw new Error('killed');
        const isNew = !done.has(`${name}/${page}`);
        done.add(`${name}/${page}`);
        if (failure?.when === 'after') throw new Error('killed');
        return { removed: Number(isNew), next: page + 1 < pages ? String(page + 1) : null };
      },
    });
    return { steps: [step('one', 3), step('two', 1), step('three', 2)], done, calls: () => calls };
  }

  async function begun(): Promise<string> {
    const { tenant } = await createTenant();
    await env.DB.prepare("INSERT INTO erasures (tenant_id, requested_at_ms, requested_by) VALUES (?, 1, 'user/x')").bind(tenant).run();
    return tenant;
  }

  it('goes on from where it was killed, at whatever point, and does every part', async () => {
    for (let at = 0; at < 6; at++) {
      for (const when of ['before', 'after'] as const) {
        const tenant = await begun();
        const { steps, done } = recorded([{ at, when }]);
        await expect(advanceErasure(env.DB, steps, tenant, Infinity)).rejects.toThrow('killed');
        expect((await erasureOf(env.DB, tenant))?.finishedAtMs).toBeNull();
        expect(await advanceErasure(env.DB, steps, tenant, Infinity)).toBe(true);
        expect([...done]).toEqual(['one/0', 'one/1', 'one/2', 'two/0', 'three/0', 'three/1']);
        expect((await erasureOf(env.DB, tenant))?.finishedAtMs).not.toBeNull();
      }
    }
  });

  it('takes turns, and is done once by two at the same time', async () => {
    const tenant = await begun();
    const turn = recorded([]);
    expect(await advanceErasure(env.DB, turn.steps, tenant, 0)).toBe(false);
    expect(turn.calls()).toBe(0);
    await Promise.all([1, 2].map(async () => advanceErasure(env.DB, turn.steps, tenant, Infinity)));
    expect(turn.done.size).toBe(6);
    expect((await erasureOf(env.DB, tenant))?.step).toBeNull();
  });

  it('whose message fails comes again later', async () => {
    const { default: worker } = await import('../../src/worker.ts');
    const { tenant, key } = await populated();
    await env.DB.prepare("INSERT INTO erasures (tenant_id, requested_at_ms, requested_by) VALUES (?, 1, 'user/x')").bind(tenant).run();
    const batch = () =>
      createMessageBatch('steamer-erasures', [{ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body: { tenant } }]);
    const failing = batch();
    const context = createExecutionContext();
    await worker.queue(failing, Object.assign({}, env, { TABLE_NAME: 'no-such-table' }), context);
    expect((await getQueueResult(failing, context)).retryMessages).toHaveLength(1);
    const next = batch();
    await worker.queue(next, env, context);
    expect((await getQueueResult(next, context)).explicitAcks).toHaveLength(1);
    expect((await key.call('GET', '/systems/one')).status).toBe(401);
    await expectNothingLeft(tenant);
  });
});
