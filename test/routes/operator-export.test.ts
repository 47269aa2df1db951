import { beforeAll, describe, expect, it } from 'vitest';
import { newAddress, newUser } from '../setup/accounts-client.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';

interface Line {
  kind?: string;
  _cursor?: string | null;
  [member: string]: unknown;
}

let operator: RestClient;
let tenant: string;
let secrets: string[];
beforeAll(async () => {
  operator = await createTenant(['operator']);
  const owner = await newUser();
  tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
  await owner.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' });
  await owner.browser.call('POST', `/v1/${tenant}/invitations`, { email: await newAddress() });
  const key = await owner.browser.call('POST', `/v1/${tenant}/keys`, { name: 'backend', scopes: ['models:read'] });
  secrets = [key.body.token, owner.browser.cookie ?? ''].map((text: string) => text.split('_').find(({ length }) => length === 43) ?? '');
  const { call } = await createTenant(['models:read', 'models:write', 'streams:write'], tenant);
  for (const systemId of ['one', 'two'])
    await call('PUT', `/systems/${systemId}`, { name: systemId, kind: 'engine', version: '1', licence: 'MIT' });
  await call('PUT', '/streams/news', []);
  await call('POST', '/streams/news', [{ n: 1 }, { n: 2 }]);
  await call('PUT', '/streams/news/bytes', undefined, { 'content-type': 'application/octet-stream' });
});

const path = (query = '') => `//v1/operator/tenants/${tenant}/export${query}`;

describe('an export of a tenant', () => {
  it('has everything of it, nothing of others, and no secret or hash of one', async () => {
    const other = await createTenant(['models:write']);
    await other.call('PUT', '/systems/foreign', { name: 'foreign', kind: 'engine', version: '1', licence: 'MIT' });
    const answer = await operator.call('GET', path());
    expect(answer.headers.get('content-type')).toContain('application/jsonl');
    const lines: Line[] = answer.body;
    const kinds = Map.groupBy(lines, ({ kind }) => kind);
    expect(kinds.get('tenant')).toMatchObject([{ id: tenant, name: 'Engines' }]);
    expect([kinds.get('member')?.length, kinds.get('key')?.length]).toEqual([1, 2]);
    expect(kinds.get('row')?.length).toBeGreaterThanOrEqual(2);
    expect(kinds.get('event')?.map(({ action }) => action)).toContain('tenant.exported');
    const messages = kinds.get('messages') ?? [];
    expect(messages.map(({ stream }) => stream)).toEqual(['news', 'news/bytes']);
    expect(messages[0]?.['messages']).toEqual([{ n: 1 }, { n: 2 }]);
    expect(lines.at(-1)).toEqual({ _cursor: null });
    const text = JSON.stringify(lines);
    for (const hidden of [...secrets, 'secretHash', 'foreign']) expect(text).not.toContain(hidden);
  });

  it('goes on from each of its cursors', async () => {
    const lines: Line[] = (await operator.call('GET', path())).body;
    const at = lines.findIndex(({ kind }) => kind === 'event');
    const { _cursor: cursor } = lines.slice(at).find((line) => line._cursor != null) ?? {};
    const rest: Line[] = (await operator.call('GET', path(`?cursor=${encodeURIComponent(cursor ?? '')}`))).body;
    const rows = (of: Line[]) => of.filter(({ kind }) => kind === 'row').length;
    expect(rest.some(({ kind }) => kind === 'member')).toBe(false);
    expect(rows(rest)).toBe(rows(lines));
  });

  it('is for operators, of tenants that there are, from cursors that it gave', async () => {
    expect((await operator.call('GET', '//v1/operator/tenants/no-such-tenant/export')).status).toBe(404);
    for (const cursor of ['x', btoa('["rows"]'), btoa('["none",null]')])
      expect((await operator.call('GET', path(`?cursor=${encodeURIComponent(cursor)}`))).body.code).toBe('invalid_cursor');
    const { call } = await createTenant(['models:read'], tenant);
    expect((await call('GET', path())).status).toBe(403);
  });
});
