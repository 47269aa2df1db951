/**
 * What the journal of writes keeps: per commit one row, with the writes that it announces and how earlier ones ended. The rows are also what a
 * publisher of changes has to go by, so each write has a sequence number that no other gets, the keys it touches, and its outcome.
 */
import type { CertainRequest } from './certain-writes.ts';
import type { WriteOperation } from './write-plans.ts';

/** What a write does to a row; `check` demands something of it and changes nothing. */
export type KeyChange = 'put' | 'update' | 'delete' | 'check';

/** What became of a write, for one of its rows: `unknown` may be applied, now or later. */
export type KeyOutcome = 'applied' | 'refused' | 'unknown';

/** A write that may leave, or has left. */
export interface WriteIntent {
  operation: WriteOperation;
  /** the ids of the rows' keys (`ItemKey.id`), each once */
  keys: readonly string[];
  /** by key, in the same order */
  changes: readonly KeyChange[];
  /** no request of it leaves later */
  leavesByMs: number;
  /** of a write that its caller has named: what it takes to send it again */
  certain?: Pick<CertainRequest, 'text' | 'requestToken'> & { token: string };
  /** not a write of this object: one that others have sent before it took over */
  isInherited?: true;
}

/** One commit. */
export interface JournalRow {
  /** a place in the table; those of settled rows are used again, so that a commit writes one row and removes none */
  slot: number;
  /** of the first write in it; the others follow without gaps */
  firstSequence: number;
  /** the watermark: writes with lower numbers are settled, whatever rows of them still stand in the table */
  settledBelow: number;
  atMs: number;
  /** JSON of `JournalEntries` */
  entries: string;
}

/** How a write ended, by its sequence number; the outcomes in the order of its keys. */
export type EndedWrite = readonly [sequence: number, outcomes: readonly KeyOutcome[]];

interface JournalEntries {
  intents: readonly WriteIntent[];
  ended: readonly EndedWrite[];
}

/** Where the rows are kept. */
export interface JournalStorage {
  /** in any order */
  load(): JournalRow[];
  /** in place of what has the same slot; durable before any request leaves that is sent after it (the platform's output gate) */
  save(row: JournalRow): void;
  clear(): void;
}

/** @param intents JSON of each, of the writes that are announced */
export function entriesText(intents: readonly string[], ended: readonly EndedWrite[]): string {
  return `{"intents":[${intents.join(',')}],"ended":${JSON.stringify(ended)}}`;
}

/** A row that earlier instances have left, with what later ones say of its writes. */
export interface LeftRow {
  slot: number;
  firstSequence: number;
  atMs: number;
  entries: string;
  writes: readonly { intent: WriteIntent; outcomes: readonly KeyOutcome[] | null }[];
}

/**
 * Reads a journal back.
 *
 * @returns the rows that are not settled, oldest first; the slots of the others; the number of the last write; and when the last row was written
 */
export function readJournal(rows: readonly JournalRow[]): {
  left: LeftRow[];
  freeSlots: number[];
  lastSequence: number;
  lastAtMs: number;
} {
  const inOrder = rows.toSorted((a, b) => a.firstSequence - b.firstSequence);
  const { settledBelow = 0, atMs: lastAtMs = 0 } = inOrder.at(-1) ?? {};
  const parsed = inOrder
    .filter(({ firstSequence }) => firstSequence >= settledBelow)
    .map((row) => ({ ...row, ...(JSON.parse(row.entries) as JournalEntries) })); // written by entriesText
  const outcomesOf = new Map(parsed.flatMap(({ ended }) => ended));
  const last = parsed.at(-1);
  return {
    left: parsed.map(({ slot, firstSequence, atMs, entries, intents }) => ({
      slot,
      firstSequence,
      atMs,
      entries,
      writes: intents.map((intent, index) => ({ intent, outcomes: outcomesOf.get(firstSequence + index) ?? null })),
    })),
    freeSlots: inOrder.filter(({ firstSequence }) => firstSequence < settledBelow).map(({ slot }) => slot),
    lastSequence: last === undefined ? 0 : last.firstSequence + last.intents.length - 1,
    lastAtMs,
  };
}
