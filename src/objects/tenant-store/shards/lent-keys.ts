/**
 * Keys that a transaction of another shard is writing. It takes no turns in their lines, as it would have to wait for those of several objects: from
 * before it leaves until it is known to have ended its keys are as those of a write in doubt. They are read strongly, by nobody together with a
 * request that has left, and nothing of them is kept; what is under way for them at its beginning or its end is not kept either.
 */
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS, type Freshness, type FreshnessOptions } from '../freshness.ts';
import type { ChangePublisher } from '../changes/change-publisher.ts';
import type { KeySpace } from '../item-key.ts';
import type { KeyOutcome } from '../journal-rows.ts';
import type { KeyLines } from '../key-lines.ts';
import type { QueryUpkeep } from '../queries/query-upkeep.ts';
import type { AnnouncedWrite, WriteJournal } from '../write-journal.ts';
import { NO_EFFECTS } from '../write-plans.ts';
import type { TouchedRow } from '../written-rows.ts';
import type { Asks } from './asks.ts';

export interface LentKeysOptions extends Pick<FreshnessOptions, 'holdDownMs' | 'strongAfterWriteMs'> {
  keySpace: KeySpace;
  lines: KeyLines;
  freshness: Freshness;
  watcher: QueryUpkeep;
  journal: WriteJournal;
  /** tells others of writes; null: nobody */
  changes: ChangePublisher | null;
  nowMs: () => number;
}

interface Lent {
  rows: readonly TouchedRow[];
  announced: AnnouncedWrite;
  leavesByMs: number;
  untilMs: number;
  hasEnded: boolean;
}

export class LentKeys {
  readonly #options: LentKeysOptions;
  /** by the ids of transactions */
  readonly #lent = new Map<string, Lent>();

  constructor(options: LentKeysOptions) {
    this.#options = options;
  }

  /** @returns false when there is no room: the transaction must not leave @throws what the storage throws; nor then */
  async hold({ id, keys: lentKeys, leavesInMs }: Asks['hold']['ask']): Promise<boolean> {
    const { journal, keySpace, lines, freshness, watcher, changes: publisher, nowMs, holdDownMs = DEFAULT_HOLD_DOWN_MS } = this.#options;
    const { strongAfterWriteMs: strongMs = DEFAULT_STRONG_AFTER_WRITE_MS } = this.#options;
    const leavesByMs = nowMs() + leavesInMs;
    const untilMs = leavesByMs + holdDownMs;
    const changes = lentKeys.map(({ change }) => change);
    const announced = journal.announce({ operation: 'TransactWriteItems', keys: lentKeys.map((key) => key.id), changes, leavesByMs });
    if (announced === null) return false;
    const rows = lentKeys.map(({ id: keyId, change }) => ({ key: keySpace.keyOfId(keyId), change }));
    this.forgetExpired();
    this.#lent.set(id, { rows, announced, leavesByMs, untilMs, hasEnded: false });
    publisher?.began(announced, rows);
    for (const { key } of rows) {
      freshness.lend(key, id, untilMs, nowMs());
      watcher.recall({ id: key.id, heldUntilMs: untilMs, strongUntilMs: untilMs + strongMs });
      lines.invalidate(key);
    }
    await journal.beforeLeaving(announced);
    return true;
  }

  /** The transaction has ended, or has not left; of one that may still be applied the keys stay as they are. */
  release(id: string, outcome: KeyOutcome): void {
    const { lines, freshness, watcher, nowMs } = this.#options;
    const lent = this.#lent.get(id);
    if (lent === undefined) return;
    this.#end(lent, outcome);
    if (outcome === 'unknown') return;
    this.#lent.delete(id);
    for (const { key } of lent.rows) {
      freshness.giveBack(key, id);
      if (!freshness.isHeld(key, nowMs())) watcher.settled(key);
      lines.invalidate(key);
    }
  }

  /** Nobody has told how these have ended, and they cannot be applied any more. */
  forgetExpired(): void {
    for (const [id, lent] of this.#lent) {
      if (lent.untilMs > this.#options.nowMs()) continue;
      this.#end(lent, 'unknown');
      this.#lent.delete(id);
    }
  }

  #end(lent: Lent, outcome: KeyOutcome): void {
    if (lent.hasEnded) return;
    lent.hasEnded = true;
    const { journal, changes } = this.#options;
    const outcomes = lent.rows.map(() => outcome);
    journal.end(lent.announced, outcomes);
    // What it has left of them is known elsewhere: who is told of them reads them.
    changes?.ended(lent.announced, { rows: lent.rows, outcomes, effects: NO_EFFECTS, leavesByMs: lent.leavesByMs });
  }
}
