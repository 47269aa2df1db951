import { expect, test } from 'vitest';
import { decideAppend } from '../../../src/objects/stream-hub/append-rules.ts';
import type { AppendContext } from '../../../src/objects/stream-hub/append-rules.ts';
import type { AppendMessages } from '../../../src/objects/stream-hub/rpc.ts';

const OPEN: AppendContext = { contentType: 'text/plain', isClosed: false, lastStreamSeq: null, producer: null };
const APPEND: AppendMessages = {
  messages: { data: new Uint8Array(1), lengths: [1] },
  contentType: 'text/plain',
  closes: false,
  producer: null,
  streamSeq: null,
};
const CLOSE: AppendMessages = { ...APPEND, messages: null, contentType: null, closes: true };
const by = (epoch: number, seq: number) => ({ producer: { id: 'p', epoch, seq } });
const after = (epoch: number, seq: number) => ({ ...OPEN, producer: { epoch, seq } });

test.each<[string, AppendContext, AppendMessages, object]>([
  ['a message of the type of the stream', OPEN, APPEND, { kind: 'accept' }],
  ['the same type in other letters, with parameters', OPEN, { ...APPEND, contentType: 'TEXT/plain; charset=utf-8' }, { kind: 'accept' }],
  ['another type', OPEN, { ...APPEND, contentType: 'text/html' }, { kind: 'content_type', expected: 'text/plain' }],
  ['no type', OPEN, { ...APPEND, contentType: null }, { kind: 'content_type', expected: 'text/plain' }],
  ['a sequence behind the last', { ...OPEN, lastStreamSeq: '09' }, { ...APPEND, streamSeq: '10' }, { kind: 'accept' }],
  [
    'a sequence that only counts higher',
    { ...OPEN, lastStreamSeq: '2' },
    { ...APPEND, streamSeq: '10' },
    { kind: 'stream_seq', last: '2' },
  ],
  ['the last sequence again', { ...OPEN, lastStreamSeq: '2' }, { ...APPEND, streamSeq: '2' }, { kind: 'stream_seq', last: '2' }],
  ['a first append of a producer', OPEN, { ...APPEND, ...by(3, 0) }, { kind: 'accept' }],
  ['a first append that is not its first', OPEN, { ...APPEND, ...by(0, 1) }, { kind: 'sequence_gap', expected: 0 }],
  ['the next of a producer', after(1, 4), { ...APPEND, ...by(1, 5) }, { kind: 'accept' }],
  ['one again', after(1, 4), { ...APPEND, ...by(1, 4) }, { kind: 'repeat' }],
  ['one too many', after(1, 4), { ...APPEND, ...by(1, 6) }, { kind: 'sequence_gap', expected: 5 }],
  ['one of an epoch that is over', after(1, 4), { ...APPEND, ...by(0, 5) }, { kind: 'stale_epoch', epoch: 1 }],
  ['a new epoch', after(1, 4), { ...APPEND, ...by(2, 0) }, { kind: 'accept' }],
  ['a new epoch that does not begin at 0', after(1, 4), { ...APPEND, ...by(2, 5) }, { kind: 'epoch_start' }],
  ['a message behind the end', { ...OPEN, isClosed: true }, APPEND, { kind: 'closed' }],
  ['the end again', { ...OPEN, isClosed: true }, CLOSE, { kind: 'repeat' }],
  ['the end again, of the producer that closed it', { ...after(0, 3), isClosed: true }, { ...CLOSE, ...by(0, 3) }, { kind: 'repeat' }],
  ['the end by another producer', { ...OPEN, isClosed: true }, { ...CLOSE, ...by(0, 0) }, { kind: 'closed' }],
  ['the end, whatever type it has', OPEN, { ...CLOSE, contentType: 'text/html' }, { kind: 'accept' }],
])('%s', (_title, context, append, expected) => {
  expect(decideAppend(context, append)).toEqual(expected);
});
