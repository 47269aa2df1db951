import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { FILE_PART_BYTES, fileKey } from '../../src/wire/files.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';

/** Two parts and a little more. */
const SIZE = 2 * FILE_PART_BYTES + 5;
let acme: RestClient;
beforeAll(async () => void (acme = await createTenant(['files:read', 'files:write'])));

async function send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}, client = acme): Promise<Response> {
  const init = { method, headers: { authorization: `Bearer ${client.token}`, ...headers }, ...(body === undefined ? {} : { body }) };
  return exports.default.fetch(new Request(`https://steamer.test/v1/${client.tenant}${path}`, init));
}

/** Content of which each part is another one. */
const partOf = (number: number) => new Uint8Array(number === 3 ? 5 : FILE_PART_BYTES).fill(96 + number);
const put = (id: string, number: number | string, body: BodyInit = partOf(Number(number)), client = acme) =>
  send('PUT', `/files/${id}/parts/${number}`, body, {}, client);
const codeOf = async (response: Response) => [response.status, (await response.json<{ code?: string }>()).code];

async function declare(more: Record<string, unknown> = {}, client = acme): Promise<string> {
  const { status, body } = await client.call('POST', '/files', { name: 'film.bin', type: 'application/octet-stream', size: SIZE, ...more });
  expect(status).toBe(201);
  return body.id;
}

async function sha256(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await new Blob([partOf(1), partOf(2), partOf(3)]).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('a file in parts', () => {
  test('comes in any order, goes on after its object was lost, is checked as a whole, and is shown then', async () => {
    const id = await declare({ sha256: await sha256() });
    for (const number of [3, 1, 1]) expect((await put(id, number)).status).toBe(204);
    expect(await codeOf(await send('POST', `/files/${id}/complete`))).toEqual([400, 'invalid_input']);
    await evictDurableObject(env.FILE_LEDGER.getByName(acme.tenant));
    const info = (await acme.call('GET', `/files/${id}/info`)).body;
    expect([info.status, info.parts]).toEqual(['declared', { bytes: FILE_PART_BYTES, count: 3, stored: [1, 3] }]);
    expect((await put(id, 2)).status).toBe(204);
    expect((await send('GET', `/files/${id}`)).status).toBe(404);
    const completed = await send('POST', `/files/${id}/complete`);
    expect([completed.status, await completed.json()]).toMatchObject([201, { status: 'stored', size: SIZE, expiresAt: null }]);
    const read = await send('GET', `/files/${id}`, undefined, { range: `bytes=${FILE_PART_BYTES - 1}-${FILE_PART_BYTES}` });
    expect([read.status, await read.text(), read.headers.get('content-disposition')]).toEqual([
      206,
      'ab',
      expect.stringMatching(/^attachment; filename="film.bin"/),
    ]);
    expect((await acme.call('GET', `/files/${id}/info`)).body.parts).toBeUndefined();
    expect(await codeOf(await put(id, 1))).toEqual([409, 'conflict']);
    expect((await send('DELETE', `/files/${id}`)).status).toBe(204);
    expect(await env.STORAGE.head(fileKey(acme.tenant, id))).toBeNull();
  });

  test('that is another than declared is shown to nobody, and may be sent again', async () => {
    const id = await declare({ sha256: await sha256() });
    for (const number of [1, 2]) await put(id, number);
    await put(id, 3, 'wrong');
    expect(await codeOf(await send('POST', `/files/${id}/complete`))).toEqual([422, 'content_mismatch']);
    expect([(await send('GET', `/files/${id}`)).status, await env.STORAGE.head(fileKey(acme.tenant, id))]).toEqual([404, null]);
    for (const number of [1, 2, 3]) expect((await put(id, number)).status).toBe(204);
    expect((await send('POST', `/files/${id}/complete`)).status).toBe(201);
  });

  test('of which nobody has said that it is complete is not shown, though R2 has it: to say so again is enough', async () => {
    const id = await declare();
    for (const number of [1, 2, 3]) await put(id, number);
    await env.FILE_LEDGER.getByName(acme.tenant).joinParts(id);
    expect(await env.STORAGE.head(fileKey(acme.tenant, id))).not.toBeNull();
    expect((await send('GET', `/files/${id}`)).status).toBe(404);
    expect((await send('POST', `/files/${id}/complete`)).status).toBe(201);
    expect((await send('HEAD', `/files/${id}`)).headers.get('content-length')).toBe(String(SIZE));
  });

  test('is refused where it is wrong: lengths, numbers, types, other ways, other tenants', async () => {
    const id = await declare({ type: 'image/png' });
    expect(await codeOf(await put(id, 1))).toEqual([422, 'content_mismatch']);
    expect(await codeOf(await put(id, 2, 'short'))).toEqual([400, 'invalid_input']);
    expect(await codeOf(await put(id, 3, '123456'))).toEqual([413, 'body_too_large']);
    for (const number of [0, 4, '01', 'x', '1e0', -1]) expect(await codeOf(await put(id, number, 'x'))).toEqual([400, 'invalid_input']);
    expect(await codeOf(await send('PUT', `/files/${id}`, new Uint8Array(SIZE)))).toEqual([409, 'conflict']);
    const small = await declare({ size: FILE_PART_BYTES });
    expect(await codeOf(await put(small, 1))).toEqual([409, 'conflict']);
    const other = await createTenant(['files:read', 'files:write']);
    for (const path of [`/files/${id}/parts/2`, '/files/01ARZ3NDEKTSV4RRFFQ69G5FAV/parts/1'])
      expect(await codeOf(await send('PUT', path, 'x', {}, other))).toEqual([404, 'not_found']);
    expect((await send('POST', `/files/${id}/complete`, undefined, {}, other)).status).toBe(404);
    const huge = await declare({ size: 200_000_000 });
    expect(await codeOf(await send('PUT', `/files/${huge}`, 'x'))).toEqual([413, 'body_too_large']);
    expect((await acme.call('POST', '/files', { name: 'a', type: 'text/plain', size: 5 * 1024 ** 3 + 1 })).status).toBe(400);
  });

  test('is forgotten seven days after its declaration, when R2 ends it, though a part has come since', async () => {
    const id = await declare();
    await put(id, 1);
    const expires = async () => Date.parse((await acme.call('GET', `/files/${id}/info`)).body.expiresAt);
    const [first, dayMs] = [await expires(), 86_400_000];
    await runInDurableObject(env.FILE_LEDGER.getByName(acme.tenant), (_, { storage }) =>
      storage.sql.exec('UPDATE files SET created_at_ms = created_at_ms - ? WHERE id = ?', 6.5 * dayMs, id),
    );
    await put(id, 2);
    expect(first - (await expires())).toBeGreaterThan(dayMs / 2 - 60_000);
    expect((await expires()) - Date.now()).toBeLessThanOrEqual(dayMs / 2);
  });

  test('that is not gone on with is forgotten a day after its last part, and R2 ends it', async () => {
    const client = await createTenant(['files:read', 'files:write']);
    const id = await declare({}, client);
    await put(id, 1, partOf(1), client);
    const ledger = env.FILE_LEDGER.getByName(client.tenant);
    const begun = await ledger.beginParts(id);
    const uploadId = begun.kind === 'parts' ? begun.uploadId : '';
    await runInDurableObject(ledger, (_, { storage }) =>
      storage.sql.exec('UPDATE files SET ends_at_ms = ends_at_ms - 86400000; UPDATE timers SET at_ms = 1'),
    );
    await runDurableObjectAlarm(ledger);
    expect(await codeOf(await put(id, 2, partOf(2), client))).toEqual([404, 'not_found']);
    const upload = env.STORAGE.resumeMultipartUpload(fileKey(client.tenant, id), uploadId);
    await expect(upload.uploadPart(2, partOf(2))).rejects.toThrow(/does not exist/);
    expect((await client.call('GET', '/files')).body.usage).toMatchObject({ files: 0, bytes: 0 });
  });
});

describe('the file of an HTML form', () => {
  const PNG = '\x89PNG\r\n\x1A\n and what else a picture has';
  const field = (name: string, text: string) => `--b0und\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const file = (name: string, text: string, type = 'text/plain') =>
    `--b0und\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
  const END = '--b0und--\r\n';
  /** As a browser sends it, in chunks of some bytes. */
  const post = (text: string, chunk = 7, headers: Record<string, string> = {}) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { readable, writable } = new FixedLengthStream(bytes.byteLength);
    const writer = writable.getWriter();
    void (async () => {
      for (let at = 0; at < bytes.byteLength; at += chunk) await writer.write(bytes.subarray(at, at + chunk));
      await writer.close();
    })().catch(() => undefined); // who refuses reads no further
    const length = { 'content-length': String(bytes.byteLength), 'content-type': 'multipart/form-data; boundary=b0und' };
    return send('POST', '/files/form', readable, { ...length, ...headers });
  };

  test.each([1, 7, 64, 100_000])('is stored in one request, however it is cut: %i bytes at a time', async (chunk) => {
    const name = String.fromCharCode(...new TextEncoder().encode('Übersicht %22neu%22.png'));
    const response = await post(field('title', 'before it\r\n--b0un') + file(name, PNG, 'image/png') + END, chunk);
    const answer = await response.json<{ key: string }>();
    expect([response.status, answer]).toMatchObject([201, { size: PNG.length, type: 'image/png', name: 'Übersicht "neu".png' }]);
    expect(response.headers.get('location')).toBe(`/v1/${acme.tenant}/files/${answer.key}`);
    const read = await send('GET', `/files/${answer.key}`);
    expect(String.fromCharCode(...new Uint8Array(await read.arrayBuffer()))).toBe(PNG);
  });

  test('is refused, and leaves nothing, when it is not what it says, or not the last of a whole form', async () => {
    const before = (await acme.call('GET', '/files')).body.usage.files;
    const cases: [string, number][] = [
      [file('a.png', '<html>', 'image/png') + END, 422],
      [file('a.txt', 'text') + field('title', 'behind it') + END, 400],
      [file('a.txt', 'text'), 400],
      [`${file('a.txt', 'text')}--b0und--`, 400],
      [field('title', 'no file') + END, 400],
      [field('file', 'a field') + END, 400],
      [`--other\r\n${file('a.txt', 'text')}${END}`, 400],
      [field('long', 'x'.repeat(20_000)) + file('a.txt', 'text') + END, 400],
      [file('a\u0000b.txt', 'text') + END, 400],
      [file('', 'text') + END, 400],
      [file('a.txt', 'text', 'no type') + END, 400],
      ['', 400],
    ];
    for (const [text, status] of cases) expect([text.slice(0, 60), (await post(text)).status]).toEqual([text.slice(0, 60), status]);
    expect((await post(file('a.txt', 'text') + END, 7, { 'content-type': 'multipart/form-data' })).status).toBe(415);
    expect((await post('{}', 7, { 'content-type': 'application/json' })).status).toBe(415);
    expect((await acme.call('GET', '/files')).body.usage.files).toBe(before);
  });
});
