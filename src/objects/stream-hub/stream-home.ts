/** The stream that an object's storage holds, if any: an object whose stream was never created, or is gone, has no tables. */
import { migrate } from '../migrate.ts';
import type { MessageBatch, Missing } from './rpc.ts';
import { MIGRATIONS } from './schema.ts';
import { Stream } from './stream.ts';
import type { StreamRecord } from './stream-record.ts';

export class StreamHome {
  readonly #storage: DurableObjectStorage;
  #stream: Stream | null = null;
  /** of the streams that this instance has seen end: one with the same name begins later */
  #lastEpoch = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Reads what is stored. Asks before it migrates: to look for a stream that does not exist makes none. */
  load(): void {
    const { sql } = this.#storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'stream'").toArray().length === 0) return;
    migrate(this.#storage, MIGRATIONS);
    this.#stream = Stream.load(sql);
  }

  /** The stream, also one that is deleted and kept for its forks; null: none. */
  get stream(): Stream | null {
    return this.#stream;
  }

  /** The stream, unless it is deleted. */
  get present(): Stream | Missing {
    const stream = this.#stream;
    if (stream?.record.isDeleted !== true) return stream ?? { kind: 'absent' };
    return { kind: stream.forks.length > 0 ? 'gone' : 'absent' };
  }

  /** The epoch of a stream that is created now. */
  epochAt(nowMs: number): number {
    return Math.max(nowMs, this.#lastEpoch + 1);
  }

  create(record: StreamRecord, firstMessages: readonly MessageBatch[]): Stream {
    migrate(this.#storage, MIGRATIONS);
    this.#stream = this.transact(() => Stream.create(this.#storage.sql, record, firstMessages));
    return this.#stream;
  }

  /** What fails leaves memory and storage as they were. */
  transact<Result>(work: () => Result): Result {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.load();
      throw error;
    }
  }

  /** Removes everything that there is of the stream. */
  async empty(): Promise<void> {
    this.#lastEpoch = this.#stream?.record.epoch ?? this.#lastEpoch;
    this.#stream = null;
    await this.#storage.deleteAll();
  }
}
