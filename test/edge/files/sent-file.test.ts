import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { sendFile } from '../../../src/edge/files/sent-file.ts';

const KEY = `sent-file-${crypto.randomUUID()}`;
const EMPTY = `${KEY}-empty`;
const CONTENT = '0123456789abcdefghijklmnopqrstuvwxyz';
const NEVER = 'Thu, 01 Jan 1970 00:00:00 GMT';
const ALWAYS = 'Fri, 01 Jan 2100 00:00:00 GMT';

let etag: string;
let modified: string;

beforeAll(async () => {
  const options = { httpMetadata: { contentType: 'text/plain' }, customMetadata: { name: 'letters.txt' } };
  const object = await env.STORAGE.put(KEY, CONTENT, options);
  await env.STORAGE.put(EMPTY, '', options);
  ({ httpEtag: etag } = object);
  modified = object.uploaded.toUTCString();
});

/** Status, Content-Range and body; `{etag}` and `{modified}` stand for the file's own. */
async function ask(conditions: Record<string, string>, method = 'GET', key = KEY) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(conditions)) headers.set(name, value.replace('{etag}', etag).replace('{modified}', modified));
  const sent = await sendFile(method, headers, env.STORAGE, key);
  if (sent.kind !== 'sent') return [{ absent: 404, failed: 412, unsatisfiable: 416 }[sent.kind]];
  const body = sent.body && (await new Response(sent.body).text());
  if (body !== null) expect(sent.headers['content-length']).toBe(String(body.length));
  return [sent.status, sent.headers['content-range'] ?? null, body];
}

describe('conditions and ranges of RFC 9110', () => {
  test.each<[Record<string, string>, number, (string | null)?, (string | null)?]>([
    // 13.1.1 If-Match, compared strongly
    [{ 'if-match': '{etag}' }, 200, null, CONTENT],
    [{ 'if-match': '"other", {etag}' }, 200, null, CONTENT],
    [{ 'if-match': '*' }, 200, null, CONTENT],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-match': 'W/{etag}' }, 412],
    // 13.1.2 If-None-Match, compared weakly
    [{ 'if-none-match': '{etag}' }, 304, null, null],
    [{ 'if-none-match': 'W/{etag}' }, 304, null, null],
    [{ 'if-none-match': '*' }, 304, null, null],
    [{ 'if-none-match': '"other"' }, 200, null, CONTENT],
    // 13.1.3 If-Modified-Since
    [{ 'if-modified-since': '{modified}' }, 304, null, null],
    [{ 'if-modified-since': ALWAYS }, 304, null, null],
    [{ 'if-modified-since': NEVER }, 200, null, CONTENT],
    [{ 'if-modified-since': 'yesterday' }, 200, null, CONTENT],
    [{ 'if-modified-since': 'Thursday, 01-Jan-70 00:00:00 GMT' }, 200, null, CONTENT],
    // 13.1.4 If-Unmodified-Since
    [{ 'if-unmodified-since': '{modified}' }, 200, null, CONTENT],
    [{ 'if-unmodified-since': NEVER }, 412],
    [{ 'if-unmodified-since': 'yesterday' }, 200, null, CONTENT],
    // 13.2.2 the order among them
    [{ 'if-match': '"other"', 'if-none-match': '{etag}' }, 412],
    [{ 'if-match': '{etag}', 'if-none-match': '{etag}' }, 304, null, null],
    [{ 'if-match': '{etag}', 'if-unmodified-since': NEVER }, 200, null, CONTENT],
    [{ 'if-none-match': '"other"', 'if-modified-since': ALWAYS }, 200, null, CONTENT],
    [{ 'if-none-match': '{etag}', range: 'bytes=0-1' }, 304, null, null],
    [{ 'if-match': '"other"', range: 'bytes=0-1' }, 412],
    // 14.1.2 ranges
    [{ range: 'bytes=0-0' }, 206, 'bytes 0-0/36', '0'],
    [{ range: 'bytes=10-12' }, 206, 'bytes 10-12/36', 'abc'],
    [{ range: 'bytes=33-' }, 206, 'bytes 33-35/36', 'xyz'],
    [{ range: 'bytes=33-999999999999999999999' }, 206, 'bytes 33-35/36', 'xyz'],
    [{ range: 'bytes=-3' }, 206, 'bytes 33-35/36', 'xyz'],
    [{ range: 'bytes=-100' }, 206, 'bytes 0-35/36', CONTENT],
    [{ range: 'BYTES=0-1' }, 206, 'bytes 0-1/36', '01'],
    [{ range: 'bytes=36-' }, 416],
    [{ range: 'bytes=999999999999999999999-' }, 416],
    [{ range: 'bytes=-0' }, 416],
    // 14.2 what may be left aside
    [{ range: 'bytes=5-2' }, 200, null, CONTENT],
    [{ range: 'bytes=a-b' }, 200, null, CONTENT],
    [{ range: 'bytes=-' }, 200, null, CONTENT],
    [{ range: 'items=0-1' }, 200, null, CONTENT],
    [{ range: 'bytes=0-1,4-5' }, 200, null, CONTENT],
    // 13.1.5 If-Range
    [{ range: 'bytes=0-1', 'if-range': '{etag}' }, 206, 'bytes 0-1/36', '01'],
    [{ range: 'bytes=0-1', 'if-range': '"other"' }, 200, null, CONTENT],
    [{ range: 'bytes=0-1', 'if-range': 'W/{etag}' }, 200, null, CONTENT],
    [{ range: 'bytes=0-1', 'if-range': '{modified}' }, 206, 'bytes 0-1/36', '01'],
    [{ range: 'bytes=0-1', 'if-range': ALWAYS }, 200, null, CONTENT],
    [{ range: 'bytes=99-', 'if-range': '"other"' }, 200, null, CONTENT],
    [{ 'if-range': '"other"' }, 200, null, CONTENT],
  ])('%j is answered %i %s', async (conditions, ...answer) => {
    expect(await ask(conditions)).toEqual(answer);
  });

  test('a HEAD has no range, and the headers of the whole', async () => {
    expect(await ask({ range: 'bytes=0-1' }, 'HEAD')).toEqual([200, null, null]);
    expect(await ask({ 'if-none-match': '{etag}' }, 'HEAD')).toEqual([304, null, null]);
    expect(await ask({ 'if-match': '"other"' }, 'HEAD')).toEqual([412]);
    expect(await sendFile('HEAD', new Headers(), env.STORAGE, KEY)).toMatchObject({ headers: { 'content-length': '36', etag } });
  });

  test('no range of an empty file can be satisfied, and what is not there is absent with and without conditions', async () => {
    expect(await ask({}, 'GET', EMPTY)).toEqual([200, null, '']);
    expect(await ask({ range: 'bytes=0-' }, 'GET', EMPTY)).toEqual([416]);
    expect(await ask({ range: 'bytes=-1' }, 'GET', EMPTY)).toEqual([416]);
    expect(await ask({}, 'GET', `${KEY}-none`)).toEqual([404]);
    expect(await ask({ 'if-match': '*' }, 'GET', `${KEY}-none`)).toEqual([404]);
    expect(await ask({}, 'HEAD', `${KEY}-none`)).toEqual([404]);
  });
});

test('every range of a file is what the file has there', async () => {
  const texts = await Promise.all(
    Array.from({ length: 36 }, async (_, first) => (await ask({ range: `bytes=${first}-${Math.min(35, first + (first % 7))}` }))[2]),
  );
  expect(texts).toEqual(Array.from({ length: 36 }, (_, first) => CONTENT.slice(first, first + (first % 7) + 1)));
});
