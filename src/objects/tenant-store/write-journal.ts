/**
 * Tells the next instance of the object which writes of this one may still be under way. An instance can be lost or replaced while its requests are
 * in flight, and its memory of them with it: so a write leaves only after its intent is durable.
 *
 * A commit holds back every answer and request of the object until it is confirmed, so writes share one: the first that is about to leave takes
 * all with it that have come by then. Those find themselves announced when their own turn comes. Under load almost no write waits for a commit,
 * and when there is none, nobody waits for others.
 */
import type { CertainRequest } from './certain-writes.ts';
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS, type FreshnessOptions, type LeftKey } from './freshness.ts';
import { entriesText, readJournal, type EndedWrite, type JournalStorage, type KeyOutcome, type WriteIntent } from './journal-rows.ts';

export interface WriteJournalOptions extends Pick<FreshnessOptions, 'holdDownMs' | 'strongAfterWriteMs'> {
  storage: JournalStorage;
  nowMs: () => number;
  /** called with the keys of writes that are about to become durable, in the same turn; when it throws, they do not leave */
  onCommit?: (keyIds: readonly string[]) => void;
  /** called when the first row of an empty journal is written: `settle` is to be called some time later */
  onFirstRow?: () => void;
  /** the most that unsettled writes may take, as text; default 8 Mi characters */
  maxCharacters?: number;
  /** what the journal has of writes with this number or a higher one stays, though it is settled; default: none */
  keptFrom?: () => number;
  /** called when there is no room for a write: `keptFrom` may be higher afterwards */
  onFull?: () => void;
}

/** A write of an earlier instance. */
export interface LeftWrite {
  sequence: number;
  intent: WriteIntent;
  /** null: not known */
  outcomes: readonly KeyOutcome[] | null;
}

/** A write that the journal knows of. */
export interface AnnouncedWrite {
  readonly intent: WriteIntent;
  /** JSON of the intent */
  readonly text: string;
  /** where it is durable; null before */
  row: RowState | null;
  sequence: number;
}

/** A write that its caller has named, and an earlier instance has sent or was about to. */
export interface LeftCertain {
  token: string;
  request: CertainRequest;
  /** not before this, Unix milliseconds */
  sentAtMs: number;
  /** nor after this */
  leftByMs: number;
}

interface RowState {
  slot: number;
  firstSequence: number;
  lastSequence: number;
  characters: number;
  /** writes of which it is not known that they have ended */
  open: number;
  /** when even those are settled */
  openUntilMs: number;
  /** when what has ended is, eventual reads included */
  endedUntilMs: number;
}

const DEFAULT_MAX_CHARACTERS = 8 * 1024 * 1024;
/** SQLite takes 2 MB in a row; a character takes up to three bytes. */
const MAX_ROW_CHARACTERS = 500_000;
/** Numbers of an empty journal go on from the time, so that none is given twice though nothing of it is kept. */
const SEQUENCES_PER_MS = 1_000;

export class WriteJournal {
  readonly #options: WriteJournalOptions;
  readonly #holdDownMs: number;
  readonly #strongMs: number;
  readonly #maxCharacters: number;
  /** not settled, oldest first */
  readonly #rows: RowState[] = [];
  #freeSlots: number[];
  #nextSequence: number;
  #characters = 0;
  /** not durable, in the order they came */
  readonly #announced = new Set<AnnouncedWrite>();
  #ended: EndedWrite[] = [];
  #left: LeftKey[] = [];
  #leftCertain: LeftCertain[] = [];
  #leftWrites: LeftWrite[] = [];
  #commit: Promise<void> | null = null;
  #commits = 0;

  constructor(options: WriteJournalOptions) {
    this.#options = options;
    this.#holdDownMs = options.holdDownMs ?? DEFAULT_HOLD_DOWN_MS;
    this.#strongMs = options.strongAfterWriteMs ?? DEFAULT_STRONG_AFTER_WRITE_MS;
    this.#maxCharacters = options.maxCharacters ?? DEFAULT_MAX_CHARACTERS;
    const { left, freeSlots, lastSequence, lastAtMs } = readJournal(options.storage.load());
    this.#freeSlots = freeSlots;
    this.#nextSequence = lastSequence + 1;
    for (const { slot, firstSequence, atMs, entries, writes } of left) {
      const endedUntilMs = lastAtMs + this.#strongMs;
      const ofWrites = { firstSequence, lastSequence: firstSequence + writes.length - 1 };
      const row = { slot, ...ofWrites, characters: entries.length, open: 0, openUntilMs: 0, endedUntilMs };
      this.#rows.push(row);
      this.#characters += row.characters;
      for (const { intent, outcomes } of writes) this.#recall(row, intent, outcomes, atMs);
      for (const [index, write] of writes.entries()) this.#leftWrites.push({ sequence: firstSequence + index, ...write });
    }
  }

  /** The keys that earlier instances have left, as far as they are not settled. */
  get left(): readonly LeftKey[] {
    return this.#left;
  }

  /** Their writes that can be sent again, and may have to be: it is not known that they have ended. */
  get leftCertain(): readonly LeftCertain[] {
    return this.#leftCertain;
  }

  /** All their writes in it, in the order of their numbers. */
  get leftWrites(): readonly LeftWrite[] {
    return this.#leftWrites;
  }

  /** How many rows this instance has written, each of them a commit. */
  get commits(): number {
    return this.#commits;
  }

  /** How many rows are not settled. */
  get rows(): number {
    return this.#rows.length;
  }

  /** Takes note of a write that will want to leave. @returns null when there is no room: it must not leave then */
  announce(intent: WriteIntent): AnnouncedWrite | null {
    const text = JSON.stringify(intent);
    if (!this.#hasRoom(text)) this.#dropSettled(this.#options.nowMs());
    if (!this.#hasRoom(text)) {
      this.#options.onFull?.();
      this.#dropSettled(this.#options.nowMs());
    }
    if (!this.#hasRoom(text)) return null;
    const write: AnnouncedWrite = { intent, text, row: null, sequence: 0 };
    this.#announced.add(write);
    this.#characters += text.length;
    return write;
  }

  /** Resolves when the write may leave. @throws what the storage throws; the write must not leave then */
  async beforeLeaving(write: AnnouncedWrite): Promise<void> {
    if (write.row !== null) return;
    this.#commit ??= this.#commitSoon();
    await this.#commit;
  }

  /** The write has ended, whether or not it has left; `outcomes` in the order of its keys. */
  end(write: AnnouncedWrite, outcomes: readonly KeyOutcome[]): void {
    if (write.row === null) {
      this.#announced.delete(write);
      this.#characters -= write.text.length;
      return;
    }
    this.#ended.push([write.sequence, outcomes]);
    if (outcomes.includes('unknown')) return;
    write.row.open--;
    write.row.endedUntilMs = Math.max(write.row.endedUntilMs, this.#options.nowMs() + this.#strongMs);
  }

  /**
   * Empties a journal in which everything is settled.
   *
   * @returns when to try again, null when it is empty
   */
  settle(nowMs: number): number | null {
    this.#dropSettled(nowMs);
    const untilMs = Math.max(...this.#rows.map(settledAtMs));
    if (this.#rows.length > 0) return Math.max(untilMs, nowMs + this.#strongMs);
    this.#options.storage.clear();
    this.#freeSlots = [];
    this.#ended = [];
    this.#left = [];
    this.#leftCertain = [];
    this.#leftWrites = [];
    return null;
  }

  /** After the running turn, so that all writes of one call are in. */
  async #commitSoon(): Promise<void> {
    await Promise.resolve();
    this.#commit = null;
    while (this.#announced.size > 0) {
      const group = firstThatFit(this.#announced);
      this.#save(group, this.#options.nowMs());
      for (const write of group) this.#announced.delete(write);
    }
  }

  #save(group: readonly AnnouncedWrite[], nowMs: number): void {
    this.#dropSettled(nowMs);
    const isFirst = this.#rows.length === 0 && this.#freeSlots.length === 0;
    const slot = this.#freeSlots.pop() ?? this.#rows.length;
    const firstSequence = Math.max(this.#nextSequence, Math.floor(nowMs) * SEQUENCES_PER_MS);
    const settledBelow = this.#rows[0]?.firstSequence ?? firstSequence;
    const ended = this.#ended.filter(([sequence]) => sequence >= settledBelow);
    const texts = group.map(({ text }) => text);
    this.#options.onCommit?.(group.flatMap(({ intent }) => intent.keys));
    this.#options.storage.save({ slot, firstSequence, settledBelow, atMs: nowMs, entries: entriesText(texts, ended) });
    this.#commits++;
    const openUntilMs = Math.max(...group.map(({ intent }) => this.#openUntilMs(intent)));
    const characters = texts.reduce((sum, { length }) => sum + length, 0);
    const lastSequence = firstSequence + group.length - 1;
    const row: RowState = { slot, firstSequence, lastSequence, characters, open: group.length, openUntilMs, endedUntilMs: 0 };
    this.#rows.push(row);
    this.#ended = [];
    this.#nextSequence = lastSequence + 1;
    for (const [index, write] of group.entries()) Object.assign(write, { row, sequence: firstSequence + index });
    if (isFirst) this.#options.onFirstRow?.();
  }

  #hasRoom(text: string): boolean {
    return this.#characters + text.length <= this.#maxCharacters;
  }

  #recall(row: RowState, intent: WriteIntent, outcomes: readonly KeyOutcome[] | null, atMs: number): void {
    const isOpen = outcomes === null || outcomes.includes('unknown');
    if (isOpen && intent.certain !== undefined) {
      const { token, ...request } = intent.certain;
      this.#leftCertain.push({ token, request: { operation: intent.operation, ...request }, sentAtMs: atMs, leftByMs: intent.leavesByMs });
    }
    if (isOpen) row.open++;
    if (isOpen) row.openUntilMs = Math.max(row.openUntilMs, this.#openUntilMs(intent));
    for (const [index, id] of intent.keys.entries()) {
      const outcome = outcomes?.[index] ?? 'unknown';
      if (outcome === 'refused' || intent.changes[index] === 'check') continue;
      const heldUntilMs = outcome === 'unknown' ? intent.leavesByMs + this.#holdDownMs : null;
      const strongUntilMs = heldUntilMs === null ? row.endedUntilMs : heldUntilMs + this.#strongMs;
      this.#left.push({ id, heldUntilMs, strongUntilMs });
    }
  }

  #openUntilMs(intent: WriteIntent): number {
    return intent.leavesByMs + this.#holdDownMs + this.#strongMs;
  }

  #dropSettled(nowMs: number): void {
    const keptFrom = this.#options.keptFrom?.() ?? Infinity;
    const count = this.#rows.findIndex((row) => settledAtMs(row) > nowMs || row.lastSequence >= keptFrom);
    const settled = this.#rows.splice(0, count === -1 ? this.#rows.length : count);
    for (const { slot, characters } of settled) {
      this.#freeSlots.push(slot);
      this.#characters -= characters;
    }
  }
}

function settledAtMs({ open, openUntilMs, endedUntilMs }: RowState): number {
  return open === 0 ? endedUntilMs : Math.max(openUntilMs, endedUntilMs);
}

/** As many as fit a row; one always does. */
function firstThatFit(writes: Iterable<AnnouncedWrite>): AnnouncedWrite[] {
  const group: AnnouncedWrite[] = [];
  let characters = 0;
  for (const write of writes) {
    characters += write.text.length + 1;
    if (group.length > 0 && characters > MAX_ROW_CHARACTERS) break;
    group.push(write);
  }
  return group;
}
