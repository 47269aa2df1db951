import { env, exports } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { tableProfile } from '../../.bao/models.ts';
import { createClient, Session, type FileInfo } from '../../src/client/index.ts';
import { fakeClock, testService } from '../../src/testing/index.ts';
import { newUser, PASSWORD } from '../setup/accounts-client.ts';

const SERVICE = 'https://steamer.test';
/** Method and path of each request. */
let sent: string[] = [];
/** Says which requests are lost on their way, or their answers. */
let loses: (request: string) => 'request' | 'answer' | null = () => null;
beforeEach(() => {
  sent = [];
  loses = () => null;
});

async function send(input: string | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const line = `${request.method} ${request.url.slice(SERVICE.length)}`;
  sent.push(line);
  const lost = loses(line);
  if (lost === 'request') throw new TypeError('the connection is lost');
  const response = await exports.default.fetch(request);
  if (lost === 'answer') throw new TypeError('the connection is lost');
  return response;
}

describe('a session', () => {
  it('is begun, gives credentials that every client takes, is renewed once for all who ask, and ended', async () => {
    const { email, id } = await newUser();
    let kept: string | null = null;
    const storage = { read: () => kept, write: (token: string | null) => void (kept = token) };
    const session = new Session({ url: SERVICE, storage, fetch: send });
    expect(await session.user()).toBeNull();
    await expect(session.signIn({ email, password: 'wrong' })).rejects.toMatchObject({ code: 'invalid_credentials', status: 401 });
    expect(await session.signIn({ email, password: PASSWORD })).toMatchObject({ id, email });
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await session.request('POST', '/tenants', { body: { id: tenant, name: 'Mine' } });
    const client = createClient({ url: `${SERVICE}/v1/${tenant}`, headers: session.headers, fetch: send });
    expect(await client.request('GET', '/members')).toMatchObject({ members: [{ user: id, role: 'owner' }] });

    const later = new Session({ url: SERVICE, storage, fetch: send });
    sent = [];
    const [first, second] = await Promise.all([later.headers(), later.headers()]);
    expect(first).toEqual(second);
    expect(sent).toEqual(['POST /v1/auth/refresh']);
    expect(await later.user()).toMatchObject({ id });
    const last = new Session({ url: SERVICE, storage, fetch: send });
    const renewed = last.headers();
    await Promise.all([last.signOut(), renewed]);
    expect([kept, await last.headers(), await session.user()]).toEqual([null, {}, null]);
  });

  it('lasts longer than its access token', async () => {
    const { email, id } = await newUser();
    const session = new Session({ url: SERVICE, fetch: send });
    await session.signIn({ email, password: PASSWORD });
    const clock = fakeClock();
    sent = [];
    expect(await session.user()).toMatchObject({ id });
    clock.advance(9.9 * 60_000);
    expect(await session.user()).toMatchObject({ id });
    clock.restore();
    expect(sent).toEqual(['GET /v1/auth/me', 'POST /v1/auth/refresh', 'GET /v1/auth/me']);
  });

  it('of several tabs is renewed by one of them, and the others go on with what that has got', async () => {
    const { email, id } = await newUser();
    let kept: string | null = null;
    const storage = { read: () => kept, write: (token: string | null) => void (kept = token) };
    await new Session({ url: SERVICE, storage, fetch: send }).signIn({ email, password: PASSWORD });
    const tabs = [1, 2, 3].map(() => new Session({ url: SERVICE, storage, fetch: send }));
    expect(await Promise.all(tabs.map((tab) => tab.user()))).toEqual([1, 2, 3].map(() => expect.objectContaining({ id })));
  });

  it('goes on when the answers to its renewal are lost', async () => {
    const { email, id } = await newUser();
    const session = new Session({ url: SERVICE, fetch: send });
    await session.signIn({ email, password: PASSWORD });
    const clock = fakeClock();
    clock.advance(9.9 * 60_000);
    let lost = 0;
    loses = (request) => (request.endsWith('/refresh') && ++lost <= 2 ? 'answer' : null);
    expect(await session.user()).toMatchObject({ id });
    clock.restore();
    expect(lost).toBe(3);
  });

  it('that the service has ended says so, and is forgotten', async () => {
    const { email, browser } = await newUser();
    let kept: string | null = null;
    const storage = { read: () => kept, write: (token: string | null) => void (kept = token) };
    await new Session({ url: SERVICE, storage, fetch: send }).signIn({ email, password: PASSWORD });
    await browser.call('DELETE', '/v1/auth/sessions');
    await expect(new Session({ url: SERVICE, storage, fetch: send }).headers()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(kept).toBeNull();
  });
});

describe('files', () => {
  // Of a tenant as the tests of an application have it.
  const service = testService({ env, worker: { fetch: async (request) => send(request) }, tableProfile });
  const filesOf = async () => (await service.createTenant()).files;

  it('are stored in one call, listed, read as a whole and in part, and removed', async () => {
    const files = await filesOf();
    const stored = await files.upload(new File(['hello'], 'Übersicht.txt', { type: 'text/plain' }));
    expect(stored).toMatchObject({ name: 'Übersicht.txt', type: 'text/plain', size: 5, status: 'stored' });
    expect(await (await files.download(stored.id)).text()).toBe('hello');
    expect(await (await files.download(stored.id, { range: [1, 3] })).text()).toBe('ell');
    const second = await files.upload(new Blob(['x']), { name: 'x' });
    const listed: FileInfo[] = [];
    for await (const file of files.list()) listed.push(file);
    expect(listed.map(({ id }) => id)).toEqual([stored.id, second.id]);
    expect(await files.usage()).toMatchObject({ files: 2, bytes: 6 });
    await files.remove(stored.id);
    await expect(files.download(stored.id)).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(files.upload(new Blob(['x']))).rejects.toThrow('expected a File, or a name');
    await expect(files.upload(new Blob(['abc']), { name: 'a', sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'content_mismatch',
    });
  });

  it('of which the answer was lost are stored once', async () => {
    const files = await filesOf();
    let isFirst = true;
    loses = (request) => (request.startsWith('PUT') && isFirst ? ((isFirst = false), 'answer') : null);
    expect(await files.upload(new Blob(['hello']), { name: 'a.txt' })).toMatchObject({ status: 'stored' });
    expect(await files.usage()).toMatchObject({ files: 1 });
  });

  it('above 8 MiB go in parts, and an upload that broke off goes on with those that are missing', async () => {
    const files = await filesOf();
    const content = new Blob([new Uint8Array(2 * 8_388_608 + 5)]);
    const { id } = await files.declare({ name: 'film.bin', type: 'application/octet-stream', size: content.size });
    const ended = new AbortController();
    loses = (request) => (request.endsWith('/parts/2') ? 'request' : null);
    const progress: number[] = [];
    const onProgress = (bytes: number) => {
      progress.push(bytes);
      if (progress.length === 2) ended.abort(new Error('the page was closed'));
    };
    await expect(files.send(id, content, { signal: ended.signal, onProgress })).rejects.toThrow('the page was closed');
    expect(progress.at(-1)).toBe(8_388_608 + 5);
    loses = () => null;
    sent = [];
    expect(await files.send(id, content, { onProgress })).toMatchObject({ status: 'stored', size: content.size });
    expect(sent.map((request) => request.replace(/ .*\//, ' '))).toEqual(['GET info', 'PUT 2', 'POST complete']);
    expect(progress.at(-1)).toBe(content.size);
    expect(await files.send(id, content)).toMatchObject({ status: 'stored' });
    await expect(files.send(id, new Blob(['x']))).rejects.toThrow('declared with 16777221 bytes, got 1');
  });
});
