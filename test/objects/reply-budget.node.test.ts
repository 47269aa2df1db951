import { expect, test } from 'vitest';
import { joinReplies } from '../../src/objects/tenant-store/reply-budget.ts';
import type { StoreCall } from '../../src/objects/tenant-store/rpc.ts';
import { bytesOf, JoinedBytes } from '../../src/objects/tenant-store/text-bytes.ts';

const MEGABYTE = 1024 * 1024;
const get = { operation: 'Query', input: {}, context: {} } satisfies StoreCall;
const write = { operation: 'DeleteItem', input: {}, context: {} } satisfies StoreCall;
const reply = (megabytes: number, filler = 'x') => JSON.stringify(filler.repeat(megabytes * MEGABYTE - 2));
const isResent = (joined: string) => (JSON.parse(joined) as unknown[]).map((one) => typeof one === 'object'); // replies here are texts

test('a text counts two bytes for each character as soon as one of them is beyond Latin-1', () => {
  expect(['', 'abc', 'ÿÿ', 'ab世'].map(bytesOf)).toEqual([0, 3, 2, 6]);
});

test('texts that travel as one are all doubled by a single wide one, and the first always fits', () => {
  const size = new JoinedBytes(10);
  expect(['abcdef', '世', 'abcd', 'e'].map((text) => size.take(text))).toEqual([true, false, true, false]);
  expect(new JoinedBytes(1).take('世界')).toBe(true);
});

test('reads that do not fit beside the others are to be sent again, up to the bound and not past it', () => {
  expect(isResent(joinReplies([get, get, get], [reply(5), reply(5), reply(5)]))).toEqual([false, false, false]);
  expect(isResent(joinReplies([get, get, get], [reply(5), reply(5), reply(6)]))).toEqual([false, false, true]);
  expect(isResent(joinReplies([get, get, get], [reply(5), '"世"', reply(5)]))).toEqual([false, false, true]);
});

test('writes are answered whatever they take, and the reads beside them give way', () => {
  expect(isResent(joinReplies([get, write], [reply(8), reply(14)]))).toEqual([true, false]);
});

test('a read whose answer no call can carry is refused instead of being lost', () => {
  expect(JSON.parse(joinReplies([get], [reply(16, '世')]))).toMatchObject([{ ok: false, error: { code: 'invalid_request' } }]);
});
