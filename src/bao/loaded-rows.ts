/** The objects of one tenant inside one batch context: each is loaded once, with others, and is current with the context's own writes. */
import { inTurns } from '../lib/turns.ts';
import { rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { objectOf } from './objects-of-rows.ts';
import { readRequest, requestsOf } from './read-rows.ts';
import type { RowRead, WantedRow } from './read-rows.ts';
import { type Remembered, RememberedObjects } from './remembered-objects.ts';
import type { StoreSession } from './store-session.ts';

/** How many turns of the microtask queue may pass without a new key before a batch leaves: enough for callers that await something first. */
const QUIET_TURNS = 8;

/** The most requests of a batch at the same time: what the first ones have answered is read and let go of before the last ones are asked. */
const MAX_REQUESTS = 50;

/** In which way rows are read; those that are read in one way go together. */
export interface ReadWay {
  /** past what is known of them */
  readonly isAnew: boolean;
  readonly consistent: boolean;
  readonly bypassCache: boolean;
  /** shows no half of a transaction */
  readonly atomic: boolean;
  /** waits so long for others to join; undefined: until the end of the tick; 0: not at all */
  readonly delayMs: number | undefined;
  /** a part of each row, which is not remembered; undefined: whole ones */
  readonly attributes: readonly string[] | undefined;
}

interface Waiting extends WantedRow {
  readonly model: ModelClass;
  readonly object: Remembered;
  readonly resolve: (object: object) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly session: StoreSession;
  readonly way: ReadWay;
  readonly waiting: Map<string, Waiting>;
}

export class LoadedRows {
  readonly #objects = new RememberedObjects();
  /** how many writes of a row are under way */
  readonly #writing = new Map<string, number>();
  /** rows of which writes overlapped, until nobody writes them: which came last is not known */
  readonly #contested = new Set<string>();
  /** those that others may still join: mostly one */
  #batches: readonly Batch[] = [];

  /** A write of the context is no longer remembered, so that only strong reads are sure to see it. */
  get hasReleasedWrites(): boolean {
    return this.#objects.hasReleasedWrites;
  }

  /**
   * The object of a row: the one that is known or being loaded, else it is read together with others that are asked for in the same way, in
   * the same tick or within the delay. A failed load is forgotten.
   */
  find(model: ModelClass, session: StoreSession, key: RowKey, way: ReadWay): Promise<object> {
    const identity = rowIdentity(key);
    // A part of an object is never what a find of the whole gets; a whole one that is known serves as well as the part.
    const known = way.isAnew ? undefined : this.#objects.get(identity);
    if (known) return known.found;
    const { waiting } = this.#openBatch(session, way);
    const joined = waiting.get(identity);
    if (joined) return joined.object.found;
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const object: Remembered = { found: promise, settled: null, isWritten: false };
    waiting.set(identity, { model, key, identity, object, resolve, reject });
    if (way.attributes === undefined) this.#objects.set(identity, object);
    return promise;
  }

  /** The object that is known for a key without asking anyone, or null. */
  peek(key: RowKey): object | null {
    return this.#objects.get(rowIdentity(key))?.settled ?? null;
  }

  /** Every later find gets what was just written: loads that began before the write no longer count. One of several writes at once is read again. */
  put(key: RowKey, object: object): void {
    const identity = rowIdentity(key);
    if (!this.#contested.has(identity)) {
      this.#objects.set(identity, { found: Promise.resolve(object), settled: object, isWritten: true });
      return;
    }
    this.#objects.delete(identity);
    if (!this.#writing.has(identity)) this.#contested.delete(identity);
  }

  /** Carries out a write of a row, of which others may be under way. */
  async write<Result>(key: RowKey, work: () => Promise<Result>): Promise<Result> {
    const identity = rowIdentity(key);
    const others = this.#writing.get(identity) ?? 0;
    if (others > 0) this.#contested.add(identity);
    this.#writing.set(identity, others + 1);
    try {
      return await work();
    } finally {
      const left = (this.#writing.get(identity) ?? 1) - 1;
      if (left > 0) this.#writing.set(identity, left);
      else this.#writing.delete(identity);
    }
  }

  /** Lets go of what was written to a row. Loads are strong from then on, as they may come back to it. */
  releaseWritten(key: RowKey): void {
    this.#objects.releaseWritten(rowIdentity(key));
  }

  /** The next find asks the store: it is not known what the row is. */
  forget(key: RowKey): void {
    this.#objects.delete(rowIdentity(key));
  }

  #openBatch(session: StoreSession, way: ReadWay): Batch {
    for (const open of this.#batches) if (isSameWay(open.way, way)) return open;
    const batch: Batch = { session, way, waiting: new Map() };
    if (way.delayMs !== 0) this.#batches = [...this.#batches, batch];
    void this.#send(batch); // every failure is handed to the ones who wait
    return batch;
  }

  /** Reads what a batch waits for. Whoever waits is answered with the request that their row is in, not with the last one. */
  async #send(batch: Batch): Promise<void> {
    await untilComplete(batch);
    this.#batches = this.#batches.filter((open) => open !== batch); // before it is sent: who comes later is not in the request
    const requests = requestsOf([...batch.waiting.values()]);
    batch.waiting.clear(); // who was answered is let go of, though other requests are still on their way
    await inTurns(requests, MAX_REQUESTS, (request) => this.#answer(batch, request));
  }

  async #answer({ session, way }: Batch, request: readonly Waiting[]): Promise<void> {
    try {
      await readRequest(session, request, way, (waiting, read) => this.#settle(waiting, session, way, read));
    } catch (error) {
      for (const waiting of request) this.#fail(waiting, error);
    }
  }

  #settle(waiting: Waiting, session: StoreSession, { attributes }: ReadWay, read: RowRead | Error): void {
    try {
      if (read instanceof Error) throw read;
      const object = objectOf(waiting.model, session, read, attributes !== undefined);
      waiting.object.settled = object;
      waiting.resolve(object);
    } catch (error) {
      this.#fail(waiting, error);
    }
  }

  #fail({ identity, object, reject }: Waiting, error: unknown): void {
    this.#objects.deleteIfSame(identity, object);
    reject(error);
  }
}

function isSameWay(one: ReadWay, other: ReadWay): boolean {
  return (
    one.consistent === other.consistent &&
    one.bypassCache === other.bypassCache &&
    one.atomic === other.atomic &&
    one.delayMs === other.delayMs &&
    one.attributes?.join(',') === other.attributes?.join(',')
  );
}

async function untilComplete({ way: { delayMs }, waiting }: Batch): Promise<void> {
  if (delayMs === undefined) await untilQuiet(waiting);
  else if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  else await Promise.resolve(); // the one who has opened it joins first
}

async function untilQuiet(waiting: ReadonlyMap<string, Waiting>): Promise<void> {
  for (let quietTurns = 0; quietTurns < QUIET_TURNS;) {
    const { size } = waiting;
    await Promise.resolve();
    quietTurns = waiting.size === size ? quietTurns + 1 : 0;
  }
}
