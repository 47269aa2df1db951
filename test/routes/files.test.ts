import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RestAnswer, RestClient } from '../setup/rest-client.ts';
import { createTenant } from '../setup/rest-client.ts';

const PNG = '\x89PNG\r\n\x1A\n and what else a picture has';
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let acme: RestClient;

beforeAll(async () => {
  acme = await createTenant(['files:read', 'files:write']);
});

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Calls with a body of any kind, and returns the response as it is. */
async function send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}, client = acme): Promise<Response> {
  const init = { method, headers: { authorization: `Bearer ${client.token}`, ...headers }, ...(body === undefined ? {} : { body }) };
  return exports.default.fetch(new Request(`https://steamer.test/v1/${client.tenant}${path}`, init));
}

async function declare(file: Record<string, unknown>, client = acme): Promise<RestAnswer> {
  return client.call('POST', '/files', { name: 'a.txt', type: 'text/plain', ...file });
}

async function store(text: string, file: Record<string, unknown> = {}, client = acme): Promise<string> {
  const { body } = await declare({ size: text.length, ...file }, client);
  const response = await send('PUT', `/files/${body.id}`, bytesOf(text), {}, client);
  expect(response.status).toBe(201);
  return body.id;
}

/** A body without a length, which is sent in chunks. */
function chunked(chunk: string, times: number): ReadableStream<Uint8Array> {
  let left = times;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(bytesOf(chunk));
      else controller.close();
    },
  });
}

test('a file is declared, sent, read, listed and deleted', async () => {
  const client = await createTenant(['files:read', 'files:write']);
  const declared = await declare(
    { name: 'Übersicht.csv', type: 'Text/CSV; charset=utf-8', size: 3, sha256: SHA256_OF_ABC.toUpperCase() },
    client,
  );
  expect(declared).toMatchObject({ status: 201, body: { status: 'declared', type: 'text/csv; charset=utf-8', sha256: SHA256_OF_ABC } });
  const path = `/files/${declared.body.id}`;
  expect(declared.headers.get('location')).toBe(`/v1/${client.tenant}${path}`);
  expect(await client.call('GET', path)).toMatchObject({ status: 404 });

  const sent = await send('PUT', path, 'abc', {}, client);
  expect([sent.status, await sent.json()]).toMatchObject([201, { status: 'stored', size: 3, expiresAt: null }]);
  const read = await send('GET', path, undefined, {}, client);
  expect([read.status, await read.text()]).toEqual([200, 'abc']);
  expect(Object.fromEntries(read.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': `attachment; filename="_bersicht.csv"; filename*=UTF-8''%C3%9Cbersicht.csv`,
    'content-length': '3',
    'content-security-policy': "sandbox; default-src 'none'",
    'content-type': 'text/csv; charset=utf-8',
    'cross-origin-resource-policy': 'same-site',
    'x-content-type-options': 'nosniff',
    etag: expect.stringMatching(/^"[0-9a-f]+"$/),
  });

  expect((await client.call('GET', '/files')).body).toMatchObject({
    items: [{ id: declared.body.id, name: 'Übersicht.csv', status: 'stored' }],
    cursor: null,
    usage: { files: 1, bytes: 3 },
  });
  expect((await client.call('GET', `${path}/info`)).body).toMatchObject({ name: 'Übersicht.csv' });
  expect((await client.call('DELETE', path)).status).toBe(204);
  expect((await client.call('DELETE', path)).status).toBe(404);
  expect((await client.call('GET', path)).status).toBe(404);
  expect((await client.call('GET', '/files')).body).toMatchObject({ items: [], usage: { files: 0, bytes: 0 } });
});

test('conditions and ranges are answered over HTTP, with headers and problems as they have to be', async () => {
  const path = `/files/${await store('0123456789')}`;
  const etag = (await send('HEAD', path)).headers.get('etag') ?? '';
  const part = await send('GET', path, undefined, { range: 'bytes=2-4' });
  expect([part.status, part.headers.get('content-range'), part.headers.get('content-length'), await part.text()]).toEqual([
    206,
    'bytes 2-4/10',
    '3',
    '234',
  ]);
  const head = await send('HEAD', path, undefined, { range: 'bytes=2-4' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
  const known = await send('GET', path, undefined, { 'if-none-match': etag });
  expect([known.status, known.headers.get('etag'), await known.text()]).toEqual([304, etag, '']);
  const behind = await send('GET', path, undefined, { range: 'bytes=10-' });
  expect([behind.status, behind.headers.get('content-range'), await behind.json()]).toMatchObject([
    416,
    'bytes */10',
    { code: 'range_not_satisfiable' },
  ]);
  expect(await acme.call('GET', path, undefined, { 'if-match': '"other"' })).toMatchObject({
    status: 412,
    body: { code: 'precondition_failed' },
  });
  expect(await acme.call('GET', path, undefined, { 'if-match': 'other' })).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});

test('a picture is shown in place, and nothing else is', async () => {
  const picture = await send('GET', `/files/${await store(PNG, { name: 'a.png', type: 'image/png' })}`);
  expect(picture.headers.get('content-disposition')).toMatch(/^inline; filename="a.png"/);
  expect(new Uint8Array(await picture.arrayBuffer())).toEqual(bytesOf(PNG));
  for (const type of ['text/html', 'image/svg+xml', 'application/xml', 'text/plain', 'image/x-unknown']) {
    const response = await send('GET', `/files/${await store('<html><script>alert(1)</script>', { type })}`);
    expect([response.headers.get('content-disposition')?.split(';')[0], response.headers.get('content-type')]).toEqual([
      'attachment',
      type,
    ]);
    await response.body?.cancel();
  }
});

describe('content that is not what was declared is refused, and nothing of it is stored', () => {
  test.each<[string, Record<string, unknown>, () => BodyInit, number, string]>([
    ['a page as a picture', { type: 'image/png', size: 14 }, () => '<html></html>\n', 422, 'content_mismatch'],
    ['a PDF as a picture', { type: 'image/jpeg', size: 8 }, () => '%PDF-1.7', 422, 'content_mismatch'],
    ['an SVG as a picture', { type: 'image/gif', size: 11 }, () => '<svg></svg>', 422, 'content_mismatch'],
    ['XML as a PDF', { type: 'application/pdf', size: 7 }, () => '<?xml?>', 422, 'content_mismatch'],
    ['another hash', { size: 3, sha256: SHA256_OF_ABC }, () => 'abd', 422, 'content_mismatch'],
    ['fewer bytes', { size: 4 }, () => 'abc', 400, 'invalid_input'],
    ['more bytes', { size: 2 }, () => 'abc', 413, 'body_too_large'],
    ['nothing', { size: 2 }, () => '', 400, 'invalid_input'],
    ['fewer bytes in chunks', { size: 100 }, () => chunked('abc', 10), 400, 'invalid_input'],
    ['chunks without an end', { size: 100 }, () => chunked('abc', Infinity), 413, 'body_too_large'],
    ['chunks where nothing was declared', { size: 0 }, () => chunked('abc', Infinity), 413, 'body_too_large'],
  ])('%s', async (_what, file, body, status, code) => {
    const { body: declared } = await declare(file);
    const path = `/files/${declared.id}`;
    const response = await send('PUT', path, body());
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    expect((await send('GET', path)).status).toBe(404);
    expect((await acme.call('GET', `${path}/info`)).body).toMatchObject({ status: 'declared' });
  });

  test('a compressed body', async () => {
    const { body } = await declare({ size: 3 });
    expect((await send('PUT', `/files/${body.id}`, 'abc', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('and the right content may be sent after it', async () => {
    const { body } = await declare({ size: 3, sha256: SHA256_OF_ABC });
    expect((await send('PUT', `/files/${body.id}`, 'abd')).status).toBe(422);
    expect((await send('PUT', `/files/${body.id}`, chunked('abc', 1))).status).toBe(201);
  });
});

test('a file of several megabytes passes in chunks of any size, and one of none is a file, too', async () => {
  const size = 3_075 * 1_023;
  const { body } = await declare({ size, type: 'application/octet-stream' });
  expect((await send('PUT', `/files/${body.id}`, chunked('x'.repeat(1_023), 3_075))).status).toBe(201);
  expect((await (await send('GET', `/files/${body.id}`)).arrayBuffer()).byteLength).toBe(size);
  const empty = await store('');
  expect([(await send('GET', `/files/${empty}`)).status, (await send('HEAD', `/files/${empty}`)).headers.get('content-length')]).toEqual([
    200,
    '0',
  ]);
});

test('a file has one content: of two uploads at once one wins, and none comes later', async () => {
  const { body } = await declare({ size: 30 });
  const path = `/files/${body.id}`;
  const statuses = await Promise.all(['a', 'b'].map(async (letter) => (await send('PUT', path, letter.repeat(30))).status));
  expect(new Set(statuses)).toEqual(new Set([201, 409]));
  const content = await (await send('GET', path)).text();
  expect(content).toBe((statuses[0] === 201 ? 'a' : 'b').repeat(30));
  expect(await (await send('PUT', path, 'c'.repeat(30))).json()).toMatchObject({ code: 'conflict' });
});

describe('names', () => {
  test.each([
    ['../../../sessions/evil.html'],
    ['..\\..\\evil.html'],
    ['%2e%2e%2f%252e%252e%252f'],
    ['a"; filename="evil.html'],
    ['файл 文件 😀.txt'],
    ['/v1/other/files'],
    ['.'],
    ["a;b,c=d'*"],
    ['x'.repeat(255)],
  ])('%j is kept as it is, and no byte of it is in a key', async (name) => {
    const client = await createTenant(['files:read', 'files:write']);
    const id = await store('abc', { name }, client);
    expect((await client.call('GET', `/files/${id}/info`)).body).toMatchObject({ name });
    expect((await send('GET', `/files/${id}`, undefined, {}, client)).headers.get('content-disposition')).toMatch(
      /^attachment; filename="[^"\\/]*"; filename\*=UTF-8''[\w%.~!-]*$/,
    );
    const { objects } = await env.STORAGE.list({ prefix: `t/${client.tenant}/` });
    expect(objects.map(({ key }) => key)).toEqual([`t/${client.tenant}/${id}`]);
  });

  test.each([['a\0.txt'], ['a\r\nSet-Cookie: b'], ['\u202Efdp.exe'], ['\uD800'], [''], ['x'.repeat(256)], ['é'.repeat(128)], [7], [null]])(
    '%j is refused',
    async (name) => {
      expect(await declare({ name, size: 1 })).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ pointer: '/name' }] },
      });
    },
  );
});

test.each([
  [{ size: -1 }],
  [{ size: 1.5 }],
  [{ size: 5 * 1024 ** 3 + 1 }],
  [{ size: 1, type: 'png' }],
  [{ size: 1, type: 'text/plain; charset="x"; a=b' }],
  [{ size: 1, type: 'text/html\r\nx: y' }],
  [{ size: 1, sha256: 'abc' }],
  [{ size: 1, key: 'mine' }],
])('a declaration of %j is refused', async (file) => {
  expect((await declare(file)).status).toBe(400);
});

test.each(['..', '%2e%2e', '%252e%252e%252f', 'a%00b', '%E2%80%AE', '01M7WK8ZMYZT7ZRQJP6GN22HBB', 'x'.repeat(2_000)])(
  'there is no file %s',
  async (id) => {
    for (const method of ['GET', 'DELETE']) expect((await send(method, `/files/${id}`)).status).toBeGreaterThanOrEqual(400);
    expect((await send('PUT', `/files/${id}`, 'abc')).status).toBeGreaterThanOrEqual(400);
  },
);

test('the list goes on behind its cursor', async () => {
  const client = await createTenant(['files:read', 'files:write']);
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.push((await declare({ size: 1, name: `${index}` }, client)).body.id);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: RestAnswer = await client.call('GET', `/files?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map((file: { id: string }) => file.id));
    cursor = body.cursor;
  }
  expect(seen).toEqual(ids.toSorted());
  expect(await client.call('GET', '/files?cursor=..')).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
});

test('files are of their tenant and need their scope', async () => {
  const id = await store('secret');
  const other = await createTenant(['files:read', 'files:write']);
  expect((await other.call('GET', `/files/${id}`)).status).toBe(404);
  expect((await other.call('DELETE', `/files/${id}`)).status).toBe(404);
  expect((await other.call('GET', `//v1/${acme.tenant}/files/${id}`)).status).toBe(404);
  const reader = await createTenant(['files:read'], acme.tenant);
  expect((await reader.call('POST', '/files', { name: 'a', size: 1, type: 'a/b' })).status).toBe(403);
  expect((await reader.call('DELETE', `/files/${id}`)).status).toBe(403);
  const models = await createTenant(['models:read'], acme.tenant);
  expect((await models.call('GET', `/files/${id}`)).status).toBe(403);
});
