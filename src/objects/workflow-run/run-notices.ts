/** What a run tells others: the index what has become of it, the limiter that it has ended. */
import { removeFromIndex, writeIndex } from '../../runs/run-index.ts';
import type { Admission } from './admission.ts';
import type { OutboxEntry } from './index-outbox.ts';
import type { RunParts } from './run-parts.ts';

export interface RunNoticesOptions {
  db: D1Database;
  admission: Admission;
  parts: () => RunParts;
}

export class RunNotices {
  readonly #options: RunNoticesOptions;

  constructor(options: RunNoticesOptions) {
    this.#options = options;
  }

  /** Tells what entries of the outbox name, as it is now. */
  async tell(entries: readonly OutboxEntry[]): Promise<void> {
    const { address, record, log, hooks } = this.#options.parts();
    const state = entries.some(({ kind }) => kind === 'run') ? record.get() : null;
    const goneHookIds = entries.filter(({ kind, key }) => kind === 'hook' && hooks.get(key)?.isDisposed !== false).map(({ key }) => key);
    await writeIndex(this.#options.db, address, { run: state && { state, version: log.length }, goneHookIds });
    if (entries.some(({ kind }) => kind === 'place')) await this.#giveBackPlace();
  }

  /** Sees to it that nobody knows of the run any more. */
  async withdraw(): Promise<void> {
    await removeFromIndex(this.#options.db, this.#options.parts().address);
    await this.#giveBackPlace();
  }

  async #giveBackPlace(): Promise<void> {
    const { place } = this.#options.parts();
    await this.#options.admission.giveBack(place.get());
    place.put(0);
  }
}
