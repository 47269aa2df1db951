import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpMessages } from '../harness/http-messages.ts';

const WIRE =
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: bench\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n';

test('finds the same messages wherever the bytes are cut', () => {
  for (let size = 1; size <= WIRE.length; size++) {
    const seen: string[] = [];
    const messages = new HttpMessages((head, body) => seen.push(`${head.split(' ', 2).join(' ')}: ${body.toString()}`));
    for (let start = 0; start < WIRE.length; start += size) messages.push(Buffer.from(WIRE.slice(start, start + size)));
    assert.deepEqual(seen, ['HTTP/1.1 200: hello', 'GET /: ', 'HTTP/1.1 204: '], `pieces of ${size} bytes`);
  }
});

test('counts the length in bytes', () => {
  const seen: string[] = [];
  new HttpMessages((_, body) => seen.push(body.toString())).push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nzür'));
  assert.deepEqual(seen, ['zür']);
});

test('refuses a chunked message', () => {
  assert.throws(() => new HttpMessages(() => {}).push(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')), /chunked/);
});
