/** The table's stream, for as much of it as is the tenant's: drops what another writer has changed, and nothing for the tenant's own writes. */
import type { AttributeMap } from '../../dynamo/types.ts';
import type { Echoes } from './echoes.ts';
import type { Freshness } from './freshness.ts';
import type { KeySpace } from './item-key.ts';
import type { KeyLines } from './key-lines.ts';
import type { SettingsStorage } from './settings.ts';

/** A change of a row as the stream tells it. May come twice, and later than the next one of its row. */
export interface RowChange {
  table: string;
  key: AttributeMap;
  /** the row afterwards, null when it is gone; left out when the stream does not say */
  row?: AttributeMap | null;
  /** orders the changes of one row: digits */
  sequence?: string;
  /** when it happened, Unix milliseconds */
  atMs?: number;
}

/** What became of changes. */
export interface InvalidationReport {
  /** rows that are read anew: another writer may have changed them */
  dropped: number;
  /** rows that are as they were known here, and changes of the tenant's own writes */
  unchanged: number;
  /** rows that nothing is ever cached of */
  ignored: number;
}

export interface InvalidationsOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  echoes: Echoes;
  freshness: Freshness;
  settings: SettingsStorage;
  nowMs: () => number;
}

/** The object counts as fed by a stream for this long after a record. Longer than streams are quiet; stored at half of it, so twice in this time. */
const FED_MS = 24 * 60 * 60_000;

export class Invalidations {
  readonly #options: InvalidationsOptions;
  #lagMs: number | null = null;
  #fedUntilMs: number;

  constructor(options: InvalidationsOptions) {
    this.#options = options;
    const { settings, freshness, echoes, nowMs } = options;
    this.#fedUntilMs = Number(settings.load('fed-until-ms') ?? 0);
    if (this.#fedUntilMs <= nowMs()) return;
    // Records of the last moments went to the instance before this one, and eventual reads may lag behind them.
    freshness.markAllWritten(nowMs());
    echoes.start();
  }

  /** How old the latest change was when it came here, in milliseconds; null when none has come. */
  get lagMs(): number | null {
    return this.#lagMs;
  }

  /** Applies changes in their order. */
  apply(changes: readonly RowChange[]): InvalidationReport {
    const nowMs = this.#options.nowMs();
    const report: InvalidationReport = { dropped: 0, unchanged: 0, ignored: 0 };
    this.#stayFed(nowMs);
    for (const change of changes) {
      report[this.#applyOne(change)]++;
      if (change.atMs !== undefined) this.#lagMs = Math.max(0, nowMs - change.atMs);
    }
    return report;
  }

  #stayFed(nowMs: number): void {
    if (this.#fedUntilMs - nowMs > FED_MS / 2) return;
    const { settings, echoes } = this.#options;
    this.#fedUntilMs = nowMs + FED_MS;
    settings.save('fed-until-ms', String(this.#fedUntilMs));
    echoes.start();
  }

  #applyOne({ table, key: attributes, row, sequence }: RowChange): keyof InvalidationReport {
    const { keySpace, lines, echoes } = this.#options;
    const keyClass = keySpace.classify(table, attributes);
    if (keyClass.kind !== 'own') return 'ignored';
    const { key } = keyClass;
    if (row !== undefined) {
      const text = row === null ? null : JSON.stringify(row);
      const isBeingWritten = lines.isBeingWritten(key);
      const verdict = echoes.judge(key.id, text, sequence === undefined ? null : BigInt(sequence), isBeingWritten);
      if (verdict === 'echo') return 'unchanged';
      // While a write runs, what is cached may have come again after it.
      if (verdict === 'unknown' && !isBeingWritten && lines.holds(key, text)) return 'unchanged';
    }
    echoes.forget(key.id);
    lines.invalidate(key, row);
    return 'dropped';
  }
}
