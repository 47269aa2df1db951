/** Keeps the tenant's directory current with one stream: at once when it comes and goes, a little later when it grows. */
import type { StreamDirectoryRpc, StreamListing } from './directory-rpc.ts';
import type { StreamHome } from './stream-home.ts';

/** How old a listing may be while its stream grows. */
const REPORT_AFTER_MS = 5_000;

export interface ReporterOptions {
  directory: () => StreamDirectoryRpc;
  home: StreamHome;
  /** the stream's own name */
  name: () => string;
  /** how many readers it has */
  readers: () => number;
  /** sets the timer that calls `report`; null removes it */
  schedule: (atMs: number | null) => Promise<void>;
}

export class Reporter {
  readonly #options: ReporterOptions;
  /** one report after the other, so that none overtakes a later one */
  #last: Promise<void> = Promise.resolve();
  #isScheduled = false;
  /** how many readers were reported last; null: nobody here knows */
  #reported: number | null = null;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Reports; the timer does it again when the directory cannot be reached. */
  async reportNow(): Promise<void> {
    await this.#options.schedule(Date.now());
    await this.#options.schedule(await this.report());
  }

  /** Reports within some seconds. Costs nothing while a report is due anyway. */
  async reportSoon(nowMs: number): Promise<void> {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    await this.#options.schedule(nowMs + REPORT_AFTER_MS);
  }

  /** Reports readers that have gone without a word, as those do whose runtime was killed. */
  async reportGone(nowMs: number): Promise<void> {
    if (this.#reported !== this.#options.readers()) await this.reportSoon(nowMs);
  }

  /** What the timer does. @returns when it is needed again, for what happened meanwhile; null: not */
  async report(): Promise<number | null> {
    this.#isScheduled = false;
    await this.#next(async (directory) => {
      const listing = this.#listing;
      if (!listing) return;
      await directory.report(listing);
      this.#reported = listing.readers;
    });
    return this.#isScheduled ? Date.now() + REPORT_AFTER_MS : null;
  }

  /** The stream of this epoch is no more. */
  async forget(name: string, epoch: number): Promise<void> {
    await this.#next(async (directory) => directory.forget(name, epoch));
  }

  /** The stream as it is; null when it is no more. */
  get #listing(): StreamListing | null {
    const { home, name, readers } = this.#options;
    const stream = home.present;
    if ('kind' in stream) return null;
    const { contentType, createdAtMs, isClosed } = stream.record;
    const { next, size } = stream;
    return { name: name(), contentType, createdAtMs, next, size, readers: readers(), isClosed, reportedAtMs: Date.now() };
  }

  async #next(work: (directory: StreamDirectoryRpc) => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => work(this.#options.directory()));
    this.#last = done.catch(() => undefined); // who waits for it hears of it
    await done;
  }
}
