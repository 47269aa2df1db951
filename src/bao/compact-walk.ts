/**
 * What a sealed cursor holds, in few characters: buckets as ranges, and of a position the primary id alone, from which its keys follow. A
 * cursor of a model with 1,000 buckets so fits the query of a URL.
 */
import { isPlainObject } from '../lib/plain-object.ts';
import { positionAfter } from './walk.ts';
import type { Positions, Walk } from './walk.ts';

/** The buckets of a cursor. All other buckets of its scope are at their end. */
interface CompactBuckets {
  /** the buckets that the walk covers: "0-999" */
  scope: string;
  /** those that are at their beginning: "17-999" */
  untouched: string;
  /** by bucket, the primary id that it goes on after */
  after: Record<string, string>;
}

/** The buckets of a walk that has come so far. */
export function compactBuckets(scope: readonly number[], positions: Positions): CompactBuckets {
  const untouched: number[] = [];
  const after: Record<string, string> = {};
  for (const [bucket, position] of positions) {
    if (position === null) untouched.push(bucket);
    else after[bucket] = position._iter_sk;
  }
  return { scope: rangesOf(scope), untouched: rangesOf(untouched), after };
}

/**
 * The payload of a sealed cursor with its buckets in dynamo-bao's words; what says them so already is returned as it is. An id that is none
 * of the walk's model leaves a position that is none.
 */
export function withWholeBuckets(payload: unknown, walk: Walk): unknown {
  if (!isPlainObject(payload) || !isPlainObject(payload['after'])) return payload;
  const { scope, untouched, after, ...of } = payload;
  const beginnings = bucketsIn(untouched).map((bucket) => [bucket, null] as const);
  const positions = Object.entries(after).map(([bucket, id]) => [bucket, positionAfter(walk, Number(bucket), id) ?? id] as const);
  return { ...of, scope: bucketsIn(scope), bucketCursors: Object.fromEntries([...beginnings, ...positions]) };
}

/** Ascending numbers as text: [0, 1, 2, 5] is "0-2,5". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && range[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

/** The numbers of such a text. It is one: only a service that has the key could seal it. */
function bucketsIn(ranges: unknown): number[] {
  return typeof ranges !== 'string' || ranges === '' ? [] : ranges.split(',').flatMap(bucketsInRange);
}

function bucketsInRange(range: string): number[] {
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
