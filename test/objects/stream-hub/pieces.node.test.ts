import { expect, test } from 'vitest';
import { Pieces } from '../../../src/objects/stream-hub/pieces.ts';

const MESSAGES = { data: '1,2', lengths: [1, 1] };
const STREAM = {
  contentType: 'application/json',
  isClosed: false,
  first: { epoch: 1, position: 0 },
  next: { epoch: 1, position: 2 },
  lengthBetween: () => 0,
};

test('readers at one place read once and are sent one frame, until nobody is behind', async () => {
  const pieces = new Pieces();
  let reads = 0;
  const read = () => pieces.read('0', async () => (reads++, { ...MESSAGES }));
  const together = await Promise.all([read(), read(), read()]);
  const later = await read();
  expect([new Set([...together, later]).size, reads]).toEqual([1, 1]);
  if (!later) throw new Error('expected messages');
  expect(pieces.frame(STREAM, later, 2)).toBe(pieces.frame(STREAM, later, 2));
  expect(pieces.frame({ ...STREAM, next: { epoch: 1, position: 3 } }, later, 2)).not.toContain('upToDate');
  pieces.clear();
  await read();
  expect(reads).toBe(2);
});

test.each([
  ['nothing was there', async () => ({ data: '', lengths: [] })],
  ['more has to be acknowledged', async () => null],
  [
    'it failed',
    async () => {
      throw new Error('away');
    },
  ],
])('it is read again when %s', async (_title, read) => {
  const pieces = new Pieces();
  await pieces.read('0', read).catch(() => undefined);
  expect(await pieces.read('0', async () => MESSAGES)).toBe(MESSAGES);
});

test('so many pieces are kept and no more', async () => {
  const pieces = new Pieces();
  const read: number[] = [];
  for (const place of [0, 1, 2, 3, 4, 4, 1, 0])
    await pieces.read(`${place}`, async () => {
      read.push(place);
      return MESSAGES;
    });
  expect(read).toEqual([0, 1, 2, 3, 4, 0]);
});
