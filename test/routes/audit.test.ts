import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeEvent } from '../../src/accounts/index.ts';
import type { AuditEvent } from '../../src/wire/audit.ts';
import { type Browser, codeIn, mailTo, newUser } from '../setup/accounts-client.ts';
import { createTenant, type RestAnswer } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

const DAY_MS = 86_400_000;
type User = Awaited<ReturnType<typeof newUser>>;
let ada: User;
let tenant: string;
beforeAll(async () => {
  ada = await newUser();
  tenant = await newTenant(ada.browser);
});

async function newTenant(browser: Browser): Promise<string> {
  const id = `t-${crypto.randomUUID().slice(0, 13)}`;
  await browser.call('POST', '/v1/auth/tenants', { id, name: 'Analytical Engines' }, { 'cf-connecting-ip': '203.0.113.7' });
  return id;
}

async function log(query = '', browser = ada.browser, of = tenant): Promise<RestAnswer> {
  return browser.call('GET', `/v1/${of}/audit${query}`);
}

async function actions(query = '', browser = ada.browser, of = tenant): Promise<string[]> {
  return (await log(query, browser, of)).body.events.map(({ action }: AuditEvent) => action);
}

describe('the audit log of a tenant', () => {
  it('says who did what to what, when and from where', async () => {
    const { body } = await log('?action=tenant.created');
    expect(body.events).toEqual([
      {
        id: expect.stringMatching(/^[0-9A-Za-z]{22}$/),
        at: expect.stringMatching(/^20\d\d-/),
        action: 'tenant.created',
        actor: { kind: 'user', id: ada.id },
        via: 'session-cookie',
        target: '',
        detail: { name: 'Analytical Engines' },
        address: '203.0.113.7',
        device: expect.any(String),
      },
    ]);
  });

  it('has members, invitations, roles, keys and sign-ins, the newest first, and no secret', async () => {
    const of = await newTenant(ada.browser);
    const guest = await newUser();
    await ada.browser.call('POST', `/v1/${of}/invitations`, { email: guest.email, role: 'reader' });
    const code = codeIn(await mailTo(guest.email, 'invited'));
    await guest.browser.call('POST', '/v1/auth/invitations/accept', { code });
    await ada.browser.call('PATCH', `/v1/${of}/members/${guest.id}`, { role: 'writer' });
    const key = await ada.browser.call('POST', `/v1/${of}/keys`, { name: 'backend', scopes: ['models:read'] });
    const next = await ada.browser.call('POST', `/v1/${of}/keys/${key.body.kid}/rotate`, {});
    await ada.browser.call('DELETE', `/v1/${of}/keys/${next.body.kid}`);
    await guest.browser.call('POST', '/v1/auth/login', { email: guest.email, password: 'correct horse battery staple' });
    await eventually(async () => expect(await actions('?action=member.signed-in', ada.browser, of)).toHaveLength(1));
    await ada.browser.call('DELETE', `/v1/${of}/members/${guest.id}`);
    const { body } = await log('', ada.browser, of);
    expect(body.events.map(({ action }: AuditEvent) => action)).toEqual([
      'member.removed',
      'member.signed-in',
      'key.revoked',
      'key.rotated',
      'key.created',
      'member.role-changed',
      'member.joined',
      'invitation.sent',
      'tenant.created',
    ]);
    const text = JSON.stringify(body);
    for (const secret of [code, key.body.token, next.body.token, guest.browser.cookie ?? ''])
      for (const part of secret.split('_').filter(({ length }: string) => length === 43)) expect(text).not.toContain(part);
    expect(await actions(`?action=key&actor=user/${ada.id}&target=${key.body.kid}`, ada.browser, of)).toEqual([
      'key.rotated',
      'key.created',
    ]);
  });

  it('goes by pages, and by times', async () => {
    const of = await newTenant(ada.browser);
    for (const name of ['one', 'two', 'three']) await ada.browser.call('POST', `/v1/${of}/keys`, { name, scopes: ['models:read'] });
    const first = await log('?action=key&limit=2', ada.browser, of);
    const second = await log(`?action=key&limit=2&cursor=${first.body.cursor}`, ada.browser, of);
    const names = [first, second].map(({ body }) => body.events.map(({ detail }: AuditEvent) => detail['name']));
    expect([names, second.body.cursor]).toEqual([[['three', 'two'], ['one']], null]);
    const { at } = first.body.events[1];
    expect(await actions(`?action=key&from=${at}`, ada.browser, of)).toHaveLength(2);
    expect(await actions(`?action=key&to=${at}`, ada.browser, of)).toHaveLength(1);
  });

  it.each(['?cursor=x', '?action=keys', '?actor=ada', '?from=yesterday', '?limit=1001', '?colour=red'])('refuses %s', async (query) => {
    expect((await log(query)).body.code).toBe('invalid_input');
  });

  it('is for owners and admins, of this tenant alone', async () => {
    const member = await newUser();
    await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email: member.email });
    await member.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(member.email, 'invited')) });
    expect((await log('', member.browser)).body.code).toBe('forbidden');
    expect((await log('', (await newUser()).browser)).body.code).toBe('not_found');
    const { call } = await createTenant(['models:read', 'streams:read'], tenant);
    expect((await call('GET', '/audit')).body.code).toBe('forbidden');
  });

  it('keeps its events for a time, and then loses them', async () => {
    const of = `t-${crypto.randomUUID().slice(0, 13)}`;
    const services = { db: env.DB, auditKeptMs: 30 * DAY_MS };
    const nowMs = Date.now();
    const event = {
      tenant: of,
      actor: { kind: 'user', id: 'u' },
      via: 'internal',
      address: null,
      device: '',
      target: '',
      detail: {},
    } as const;
    for (const days of [31, 29]) await writeEvent(services, { ...event, action: 'store.flushed', atMs: nowMs - days * DAY_MS });
    const kept = async () =>
      (await env.DB.prepare('SELECT count(*) AS n FROM audit_events WHERE tenant_id = ?').bind(of).first('n')) as number;
    expect(await kept()).toBe(2);
    await writeEvent(services, { ...event, action: 'store.flushed', atMs: nowMs });
    expect(await kept()).toBe(2);
  });
});

describe('what operators do', () => {
  it('stands in the log of the tenant that they did it to, or in the log of the service', async () => {
    const operator = await createTenant(['operator']);
    await operator.call('PUT', `//v1/operator/tenants/${tenant}/store/mode`, { readOnly: true });
    await operator.call('PUT', `//v1/operator/tenants/${tenant}/store/mode`, { readOnly: false });
    const [event] = (await log('?action=store')).body.events;
    expect(event).toMatchObject({ action: 'store.mode-changed', actor: { kind: 'operator' }, via: 'api-key', detail: { readOnly: false } });
    const seen = await operator.call('GET', `//v1/operator/audit?tenant=${tenant}&action=store&limit=1`);
    expect(seen.body.events).toEqual([event]);
    await operator.call('POST', '//v1/operator/limits/reset', { address: '198.51.100.77' });
    const [reset] = (await operator.call('GET', '//v1/operator/audit?action=limits.reset&limit=1')).body.events;
    expect(reset.target).toContain('198.51.100.77');
    expect((await ada.browser.call('GET', '/v1/operator/audit')).body.code).toBe('forbidden');
  });
});
