import { exports } from 'cloudflare:workers';
import { beforeAll, expect, test, vi } from 'vitest';
import { codeIn, mailTo, newUser } from '../setup/accounts-client.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

let ada: Awaited<ReturnType<typeof newUser>>;
let tenant: string;

beforeAll(async () => {
  await createTenant();
  ada = await newUser();
  tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
  await ada.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' });
  await ada.browser.call('PUT', `/v1/${tenant}/streams/s`, [1]);
});

const newKey = async () => {
  const { body } = await ada.browser.call('POST', `/v1/${tenant}/keys`, { name: 'reader', scopes: ['streams:read'] });
  return body as { token: string; kid: string };
};

/** The code that a socket is closed with. */
async function open(
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; closed: Promise<number>; send(frame: object): void; next(): Promise<unknown>; close(): void }> {
  const { status, webSocket } = await exports.default.fetch(`https://steamer.test/v1/${tenant}${path}`, {
    headers: { ...headers, upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1' },
  });
  const closed = Promise.withResolvers<number>();
  webSocket?.addEventListener('close', ({ code }) => closed.resolve(code));
  webSocket?.accept();
  return {
    status,
    closed: closed.promise,
    send: (frame) => webSocket?.send(JSON.stringify(frame)),
    next: () =>
      new Promise((resolve) => webSocket?.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))), { once: true })),
    close: () => webSocket?.close(),
  };
}

test('a key that is revoked takes its sockets with it: its own, those of its tickets, and those of several streams', async () => {
  const [key, other] = [await newKey(), await newKey()];
  const bearer = { authorization: `Bearer ${key.token}` };
  const ticketOf = async (of: object) => (await call(key.token, `/v1/${tenant}/stream-tickets`, 'POST', of)).body.ticket as string;
  const unused = await ticketOf({ stream: 's' });
  const sockets = [
    await open('/streams/s', bearer),
    await open(`/streams/s?ticket=${await ticketOf({ stream: 's' })}`, {}),
    await open('/streams', bearer),
    await open(`/streams?ticket=${await ticketOf({ prefix: '' })}`, {}),
  ];
  sockets[2]?.send({ type: 'subscribe', stream: 's' });
  sockets[3]?.send({ type: 'subscribe', prefix: 'none/' });
  const untouched = await open('/streams/s', { authorization: `Bearer ${other.token}` });
  await eventually(async () => expect((await ada.browser.call('GET', `/v1/${tenant}/streams`)).status).toBe(200));
  expect((await ada.browser.call('DELETE', `/v1/${tenant}/keys/${key.kid}`)).status).toBe(204);
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401, 4401, 4401]);
  expect((await open(`/streams/s?ticket=${unused}`, {})).status).toBe(401);
  expect(await Promise.race([untouched.closed, Promise.resolve('open')])).toBe('open');
  untouched.close();
  await untouched.closed;
});

test("an operator's revocation of a key takes its sockets with it, and may be asked for again", async () => {
  const operator = await createTenant(['operator']);
  const key = await newKey();
  const socket = await open('/streams/s', { authorization: `Bearer ${key.token}` });
  const revoke = () => operator.call('POST', `//v1/operator/keys/${key.kid}/revoke`);
  expect(await revoke()).toMatchObject({ status: 200, body: { kid: key.kid, tenant } });
  expect(await socket.closed).toBe(4401);
  expect((await revoke()).status).toBe(200);
  const { body } = await ada.browser.call('GET', `/v1/${tenant}/audit?action=key.revoked`);
  expect((body as { events: { target: string }[] }).events.filter(({ target }) => target === key.kid)).toHaveLength(1);
  expect((await operator.call('POST', '//v1/operator/keys/00000000/revoke')).status).toBe(404);
});

test('a member who is removed, or is something else from now on, loses the sockets in that tenant, and no others', async () => {
  const bob = await newUser();
  await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email: bob.email, role: 'reader' });
  await bob.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(bob.email, 'invited')) });
  const cookieOf = ({ browser }: typeof ada) => {
    return { cookie: `__Host-sid=${browser.cookie}`, origin: 'https://steamer.test', 'sec-fetch-site': 'same-origin' };
  };
  const untouched = await open('/streams/s', cookieOf(ada));
  const first = await open('/streams/s', cookieOf(bob));
  expect([untouched.status, first.status]).toEqual([101, 101]);
  await ada.browser.call('PATCH', `/v1/${tenant}/members/${bob.id}`, { role: 'writer' });
  expect(await first.closed).toBe(4401);
  const second = await open('/streams/s', cookieOf(bob));
  expect(second.status).toBe(101);
  await ada.browser.call('DELETE', `/v1/${tenant}/members/${bob.id}`);
  expect(await second.closed).toBe(4401);
  expect((await open('/streams/s', cookieOf(bob))).status).toBe(404);
  expect(await Promise.race([untouched.closed, Promise.resolve('open')])).toBe('open');
  untouched.close();
  await untouched.closed;
});

test('a tenant that is suspended loses all its sockets and opens none, until it goes on', async () => {
  const operator = await createTenant(['operator']);
  const key = await newKey();
  const bearer = { authorization: `Bearer ${key.token}` };
  const cookie = { cookie: `__Host-sid=${ada.browser.cookie}`, origin: 'https://steamer.test', 'sec-fetch-site': 'same-origin' };
  const shared = await open('/streams', bearer);
  const sockets = [await open('/streams/s', bearer), await open('/streams/s', cookie), await open('/streams', bearer)];
  sockets[2]?.send({ type: 'subscribe', prefix: 'none/' });
  await eventually(async () => expect((await ada.browser.call('GET', `/v1/${tenant}/streams`)).status).toBe(200));
  expect((await operator.call('POST', `//v1/operator/tenants/${tenant}/suspend`)).status).toBe(200);
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401, 4401]);
  expect([(await open('/streams/s', bearer)).status, (await open('/streams/s', cookie)).status]).toEqual([401, 404]);
  const answer = shared.next();
  shared.send({ type: 'subscribe', stream: 's' });
  expect(await answer).toMatchObject({ type: 'refused', stream: 's', code: 'unauthenticated' });
  expect((await operator.call('POST', `//v1/operator/tenants/${tenant}/resume`)).status).toBe(200);
  const again = [await open('/streams/s', bearer), await open('/streams/s', cookie)];
  expect(again.map(({ status }) => status)).toEqual([101, 101]);
  for (const socket of [shared, ...again]) {
    socket.close();
    await socket.closed;
  }
});

test('a session that ends takes its sockets with it', async () => {
  const cookie = `__Host-sid=${ada.browser.cookie}`;
  const { body } = await ada.browser.call('POST', `/v1/${tenant}/stream-tickets`, { stream: 's' });
  const sockets = [
    await open(`/streams/s?ticket=${(body as { ticket: string }).ticket}`, {}),
    await open('/streams/s', { cookie, origin: 'https://steamer.test', 'sec-fetch-site': 'same-origin' }),
  ];
  expect(sockets.map(({ status }) => status)).toEqual([101, 101]);
  expect((await ada.browser.call('POST', '/v1/auth/logout')).status).toBe(204);
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401]);
});
