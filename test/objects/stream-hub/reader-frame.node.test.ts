import { expect, test } from 'vitest';
import { readReaderFrame } from '../../../src/objects/stream-hub/reader-frame.ts';

test('an acknowledgement says a position', () => {
  expect(readReaderFrame('{"type":"ack","offset":"0000000000000005_0000000000000042"}', false)).toEqual({ kind: 'ack', position: 42 });
});

test('an append has a header, and messages behind it that nobody has looked into yet', () => {
  const header = { type: 'append', id: 7, producer: { id: 'p', epoch: 0, seq: 3 }, close: true };
  expect(readReaderFrame(`${JSON.stringify(header)}\n{"a":\n1}`, true)).toEqual({ kind: 'append', header, body: '{"a":\n1}' });
  const bytes = new TextEncoder().encode('{"type":"append"}\n\u00e9\n');
  expect(readReaderFrame(bytes.buffer, true)).toEqual({
    kind: 'append',
    header: { type: 'append' },
    body: new Uint8Array([0xc3, 0xa9, 10]),
  });
});

test('a frame of the largest append is taken, and one longer is not', () => {
  const line = '{"type":"append"}\n';
  const most = 4 * 1024 * 1024 + 1024;
  expect(readReaderFrame(line + 'x'.repeat(most - line.length), true)).toMatchObject({ kind: 'append' });
  expect(readReaderFrame(line + 'x'.repeat(most - line.length + 1), true)).toMatchObject({ kind: 'refused', code: 4413 });
});

test.each<[string, string | ArrayBuffer, number]>([
  ['nothing', '', 4400],
  ['a byte', 'x', 4400],
  ['JSON that is no object', '1', 4400],
  ['an unknown type', '{"type":"publish"}', 4400],
  ['no offset', '{"type":"ack"}', 4400],
  ['an offset that is none', '{"type":"ack","offset":"-1"}', 4400],
  ['JSON that nests without end', '['.repeat(1000), 4400],
  ['a binary frame', new ArrayBuffer(4), 4400],
  ['a frame that is too long', 'x'.repeat(1025), 4413],
  ['an append by who may only read', '{"type":"append"}\n1', 4403],
])('%s closes the socket', (_title, frame, code) => {
  expect(readReaderFrame(frame, false)).toEqual({ kind: 'refused', code, reason: expect.stringMatching(/^.{1,123}$/) as string });
});

test.each<[string, string | ArrayBuffer, number]>([
  ['bytes without a header', new ArrayBuffer(4), 4400],
  ['a header above 1,024 bytes', `${' '.repeat(1025)}\n1`, 4413],
  ['an id that is no number', '{"type":"append","id":"x"}\n1', 4400],
  ['a producer without a number', '{"type":"append","producer":{"id":"p","epoch":0}}\n1', 4400],
  ['a producer with a negative number', '{"type":"append","producer":{"id":"p","epoch":0,"seq":-1}}\n1', 4400],
  ['a producer that leaves numbers out', '{"type":"append","producer":{"id":"p","epoch":0,"seq":9,"after":null}}\n1', 4400],
  ['a producer with an empty name', '{"type":"append","producer":{"id":"","epoch":0,"seq":0}}\n1', 4400],
  ['a producer with an endless name', `{"type":"append","producer":{"id":"${'x'.repeat(256)}","epoch":0,"seq":0}}\n1`, 4400],
])('%s closes the socket of a writer', (_title, frame, code) => {
  expect(readReaderFrame(frame, true)).toEqual({ kind: 'refused', code, reason: expect.stringMatching(/^.{1,123}$/) as string });
});
