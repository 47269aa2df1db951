/** What others have not been told yet: rows that name what has changed. What it has become is read when they are told. */

/** `run` and `hook` are for the index; `place` is for the limiter, to whom it is given back. */
export type OutboxKind = 'run' | 'hook' | 'place';

export interface OutboxEntry {
  kind: OutboxKind;
  /** of hooks: their ids */
  key: string;
  version: number;
}

/** After a failure events do not try it again for so long: each would, and the alarm does. */
const PAUSE_MS = 1_000;
/** So many are written to the index at a time: D1 takes some hundred statements in a batch. */
const BATCH_ENTRIES = 50;

export class IndexOutbox {
  readonly #sql: SqlStorage;
  readonly #write: (entries: readonly OutboxEntry[]) => Promise<void>;
  #flushing: Promise<void> | null = null;
  #pausedUntilMs = 0;
  /** false where a transaction is undone that has noted something, too: it is looked at again when others are told */
  #isEmpty: boolean | null = null;

  /** @param write writes the index; entries stay until it has */
  constructor(sql: SqlStorage, write: (entries: readonly OutboxEntry[]) => Promise<void>) {
    this.#sql = sql;
    this.#write = write;
  }

  get isEmpty(): boolean {
    this.#isEmpty ??= this.#entries(1).length === 0;
    return this.#isEmpty;
  }

  /** Notes that something has changed, in the transaction that changes it. */
  note(kind: OutboxKind, key = ''): void {
    this.#sql.exec('INSERT INTO outbox VALUES (?, ?, 1) ON CONFLICT (kind, key) DO UPDATE SET version = version + 1', kind, key);
    this.#isEmpty = false;
  }

  /** Writes what is noted, also what is noted meanwhile. All who call while it runs wait for the same. */
  flush(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  /** Whether others were reached when they were told last, or that was a while ago. */
  mayTry(nowMs: number): boolean {
    return nowMs >= this.#pausedUntilMs;
  }

  async #drain(): Promise<void> {
    for (let entries = this.#entries(BATCH_ENTRIES); entries.length > 0; entries = this.#entries(BATCH_ENTRIES)) {
      this.#pausedUntilMs = Date.now() + PAUSE_MS;
      await this.#write(entries);
      this.#pausedUntilMs = 0;
      for (const { kind, key, version } of entries)
        this.#sql.exec('DELETE FROM outbox WHERE kind = ? AND key = ? AND version = ?', kind, key, version);
    }
    this.#isEmpty = true;
  }

  #entries(limit: number): OutboxEntry[] {
    const rows = this.#sql.exec<{ kind: string; key: string; version: number }>('SELECT * FROM outbox LIMIT ?', limit).toArray();
    return rows.map(({ kind, ...entry }) => ({ ...entry, kind: kind as OutboxKind })); // written by `note`
  }
}
