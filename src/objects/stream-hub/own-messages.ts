/** What a reader has appended itself and does not want to be sent: ranges of positions, cut out of what it gets. Pure. */
import { joinBatches, sliceBatch } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';

/** The positions `from` to, and without, `until`. */
export type PositionRange = readonly [from: number, until: number];

/** A reader that is behind, and appends between what others append, has so many ranges remembered: the oldest are forgotten, and sent to it. */
const MAX_RANGES = 64;

/** The ranges with one more behind them. */
export function addRange(ranges: readonly PositionRange[], [from, until]: PositionRange): PositionRange[] {
  if (from === until) return [...ranges];
  const last = ranges.at(-1);
  if (last?.[1] === from) return [...ranges.slice(0, -1), [last[0], until]];
  return [...ranges.slice(-(MAX_RANGES - 1)), [from, until]];
}

/** The ranges, or what is left of them, from a position on. */
export function rangesFrom(ranges: readonly PositionRange[], position: number): PositionRange[] {
  return ranges.filter(([, until]) => until > position).map(([from, until]) => [Math.max(from, position), until]);
}

/** A batch that begins at `begin` without the messages of the ranges, and how many those were. */
export function withoutRanges(
  batch: MessageBatch,
  begin: number,
  ranges: readonly PositionRange[],
): { messages: MessageBatch; skipped: number } {
  const end = begin + batch.lengths.length;
  const kept: MessageBatch[] = [];
  let at = begin;
  for (const [from, until] of rangesFrom(ranges, begin)) {
    if (from >= end) break;
    kept.push(sliceBatch(batch, at - begin, from - begin));
    at = Math.min(until, end);
  }
  if (at === begin) return { messages: batch, skipped: 0 };
  kept.push(sliceBatch(batch, at - begin));
  const messages = joinBatches(kept, typeof batch.data === 'string');
  return { messages, skipped: batch.lengths.length - messages.lengths.length };
}
