import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addRange, rangesFrom, withoutRanges } from '../../../src/objects/stream-hub/own-messages.ts';
import type { PositionRange } from '../../../src/objects/stream-hub/own-messages.ts';

const batchOf = (texts: string[]) => ({ data: texts.join(','), lengths: texts.map(({ length }) => length) });

test.each<[string, PositionRange[], PositionRange, PositionRange[]]>([
  ['the first', [], [3, 5], [[3, 5]]],
  ['one right behind another', [[3, 5]], [5, 6], [[3, 6]]],
  [
    'one with a gap before it',
    [[3, 5]],
    [7, 8],
    [
      [3, 5],
      [7, 8],
    ],
  ],
  ['an empty one', [[3, 5]], [7, 7], [[3, 5]]],
])('%s is remembered', (_title, ranges, range, expected) => {
  expect(addRange(ranges, range)).toEqual(expected);
});

test('of more than 64 ranges the oldest are forgotten', () => {
  let ranges: PositionRange[] = [];
  for (let n = 0; n < 100; n++) ranges = addRange(ranges, [n * 2, n * 2 + 1]);
  expect([ranges.length, ranges[0], ranges.at(-1)]).toEqual([64, [72, 73], [198, 199]]);
});

test('what a position has passed is forgotten', () => {
  expect(
    rangesFrom(
      [
        [1, 3],
        [4, 8],
        [9, 10],
      ],
      6,
    ),
  ).toEqual([
    [6, 8],
    [9, 10],
  ]);
});

test('what is left of a batch is exactly the messages outside of the ranges, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 60 }), fc.nat(50), (messages, begin) => {
      let ranges: PositionRange[] = [];
      for (const [index, [, isOwn]] of messages.entries()) if (isOwn) ranges = addRange(ranges, [begin + index, begin + index + 1]);
      const kept = messages.filter(([, isOwn]) => !isOwn).map(([text]) => text);
      const batch = batchOf(messages.map(([text]) => text));
      expect(withoutRanges(batch, begin, ranges)).toEqual({ messages: batchOf(kept), skipped: messages.length - kept.length });
    }),
  );
});
