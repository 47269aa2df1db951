import { expect, test } from 'vitest';
import { readReaderFrame } from '../../../src/objects/stream-hub/reader-frame.ts';

test('an acknowledgement says a position', () => {
  expect(readReaderFrame('{"type":"ack","offset":"0000000000000005_0000000000000042"}')).toEqual({ position: 42 });
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
])('%s closes the socket', (_title, frame, code) => {
  expect(readReaderFrame(frame)).toEqual({ code, reason: expect.stringMatching(/^.{1,123}$/) as string });
});
