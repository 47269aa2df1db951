/** Whether batch reads that ask for it show transactions whole: everything that one has written, or nothing of it. */
import type { AppliedWrite, Violation } from './history.ts';

/** What an atomic batch read returned of each key; null: nothing there. */
export interface AtomicRead {
  startedAt: number;
  endedAt: number;
  values: ReadonlyMap<string, string | null>;
  note?: string;
}

/** The names of a transaction's writes, by key. */
export type Transaction = ReadonlyMap<string, string>;

/** Where in the order of its key's writes a value may have been read. */
interface Range {
  first: number;
  last: number;
}

/** The reads that show one key as a transaction left it, and another as it was before. */
export function tornReads(
  reads: readonly AtomicRead[],
  transactions: readonly Transaction[],
  applied: ReadonlyMap<string, readonly AppliedWrite[]>,
): Violation[] {
  const positions = new Map(Array.from(applied, ([key, writes]) => [key, new Map(writes.map(({ write }, index) => [write, index]))]));
  const byKey = new Map<string, Transaction[]>();
  for (const transaction of transactions.filter(({ size }) => size > 1))
    for (const key of transaction.keys()) byKey.set(key, [...(byKey.get(key) ?? []), transaction]);
  return reads.flatMap((read) => {
    const seen = new Map(Array.from(read.values, ([key, value]) => [key, rangeOf(value, applied.get(key) ?? [])]));
    const touching = new Set([...seen.keys()].flatMap((key) => byKey.get(key) ?? []));
    const torn = [...touching].find((transaction) => isTorn(transaction, seen, positions));
    return torn === undefined ? [] : violationOf(read, torn);
  });
}

/** A value is that of one write; nothing may have been there at several times. */
function rangeOf(value: string | null, writes: readonly AppliedWrite[]): Range {
  const isSeen = (write: AppliedWrite) => write.value === value;
  return { first: value === null ? -1 : writes.findIndex(isSeen), last: writes.findLastIndex(isSeen) };
}

function isTorn(
  transaction: Transaction,
  seen: ReadonlyMap<string, Range>,
  positions: ReadonlyMap<string, ReadonlyMap<string, number>>,
): boolean {
  let isShown = false;
  let isHidden = false;
  for (const [key, write] of transaction) {
    const [range, position] = [seen.get(key), positions.get(key)?.get(write)];
    if (range === undefined || position === undefined) continue;
    isShown ||= range.first >= position;
    isHidden ||= range.last < position;
  }
  return isShown && isHidden;
}

function violationOf({ values, startedAt, endedAt, note = '' }: AtomicRead, transaction: Transaction): Violation {
  const key = [...transaction.keys()].filter((name) => values.has(name)).join(', ');
  const operation = { key, startedAt, endedAt, kind: 'read' as const, value: JSON.stringify([...values]), note };
  return { operation, reason: `half of the transaction ${JSON.stringify([...transaction])}` };
}
