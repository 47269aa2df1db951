/** The objects of one tenant inside one batch context: each is loaded once, with others, and is current with the context's own writes. */
import { rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { readRequest, requestsOf } from './read-rows.ts';
import type { RowRead, RowReadOptions, WantedRow } from './read-rows.ts';
import type { StoreSession } from './store-session.ts';

/** How many turns of the microtask queue may pass without a new key before a batch leaves: enough for callers that await something first. */
const QUIET_TURNS = 8;

export interface LoadOptions {
  consistent: boolean;
  bypassCache: boolean;
  /** waits so long for others to join; undefined: until the end of the tick */
  delayMs: number | undefined;
  /** a part of the row, which is not remembered */
  attributes?: readonly string[] | undefined;
}

interface Waiting extends WantedRow {
  read: Promise<RowRead>;
  resolve: (read: RowRead) => void;
  reject: (error: Error) => void;
}

interface Batch {
  options: LoadOptions;
  waiting: Map<string, Waiting>;
}

interface Entry {
  found: Promise<object>;
  /** the object, once it is there */
  settled: object | null;
  /** made by a write of the context */
  isWritten?: true;
}

export class LoadedRows {
  readonly #entries = new Map<string, Entry>();
  /** those that others may still join: mostly one */
  readonly #batches = new Set<Batch>();
  #hasReleasedWrites = false;

  /** A write of the context is no longer remembered, so that only strong reads are sure to see it. */
  get hasReleasedWrites(): boolean {
    return this.#hasReleasedWrites;
  }

  /** The object that is known for a key, or is being loaded; else what `load` makes. A failed load is forgotten. */
  find(key: RowKey, load: () => Promise<object>): Promise<object> {
    const identity = rowIdentity(key);
    return this.#entries.get(identity)?.found ?? this.#refresh(identity, load);
  }

  /** The object that is known for a key, or is being loaded; undefined when neither. */
  known(key: RowKey): Promise<object> | undefined {
    return this.#entries.get(rowIdentity(key))?.found;
  }

  /** Loads the object anew, for this caller and all later ones. */
  refresh(key: RowKey, load: () => Promise<object>): Promise<object> {
    return this.#refresh(rowIdentity(key), load);
  }

  #refresh(identity: string, load: () => Promise<object>): Promise<object> {
    const entry: Entry = { found: load(), settled: null };
    this.#entries.set(identity, entry);
    entry.found.then(
      (object) => (entry.settled = object),
      // A write may have put another entry in its place meanwhile.
      () => this.#entries.get(identity) === entry && this.#entries.delete(identity),
    );
    return entry.found;
  }

  /** The object that is known for a key without asking anyone, or null. */
  peek(key: RowKey): object | null {
    return this.#entries.get(rowIdentity(key))?.settled ?? null;
  }

  /** Every later find gets what was just written: loads that began before the write no longer count. */
  put(key: RowKey, object: object): void {
    this.#entries.set(rowIdentity(key), { found: Promise.resolve(object), settled: object, isWritten: true });
  }

  /** Lets go of what was written to a row. Loads are strong from then on, as they may come back to it. */
  releaseWritten(key: RowKey): void {
    const identity = rowIdentity(key);
    if (this.#entries.get(identity)?.isWritten !== true) return;
    this.#entries.delete(identity);
    this.#hasReleasedWrites = true;
  }

  /** The next find asks the store: it is not known what the row is. */
  forget(key: RowKey): void {
    this.#entries.delete(rowIdentity(key));
  }

  /** Reads a row together with others that are asked for in the same tick (or within the delay) in the same way. */
  load(session: StoreSession, key: RowKey, options: LoadOptions): Promise<RowRead> {
    const { waiting } = this.#openBatch(session, options);
    const identity = rowIdentity(key);
    const joined = waiting.get(identity);
    if (joined) return joined.read;
    const { promise, resolve, reject } = Promise.withResolvers<RowRead>();
    waiting.set(identity, { key, identity, read: promise, resolve, reject });
    return promise;
  }

  #openBatch(session: StoreSession, options: LoadOptions): Batch {
    for (const open of this.#batches) if (isSameWay(open.options, options)) return open;
    const batch: Batch = { options, waiting: new Map() };
    this.#batches.add(batch);
    const close = async () => {
      const { delayMs } = options;
      await (delayMs === undefined ? untilQuiet(batch) : new Promise((resolve) => setTimeout(resolve, delayMs)));
      this.#batches.delete(batch); // before it is sent: who comes later is not in the request
      await send(session, batch);
    };
    void close(); // every failure is handed to the ones who wait
    return batch;
  }
}

function isSameWay(one: LoadOptions, other: LoadOptions): boolean {
  return (
    one.consistent === other.consistent &&
    one.bypassCache === other.bypassCache &&
    one.delayMs === other.delayMs &&
    one.attributes?.join(',') === other.attributes?.join(',')
  );
}

/** Reads what a batch waits for. Whoever waits is answered with the request that their row is in, not with the last one. */
async function send(session: StoreSession, { options, waiting }: Batch): Promise<void> {
  await Promise.all(requestsOf([...waiting.values()]).map((request) => answer(session, request, options)));
}

async function answer(session: StoreSession, request: readonly Waiting[], options: RowReadOptions): Promise<void> {
  try {
    await readRequest(session, request, options, settle);
  } catch (error) {
    for (const { reject } of request) reject(error instanceof Error ? error : new Error(String(error)));
  }
}

function settle({ resolve, reject }: Waiting, read: RowRead | Error): void {
  if (read instanceof Error) reject(read);
  else resolve(read);
}

async function untilQuiet({ waiting }: Batch): Promise<void> {
  for (let quietTurns = 0; quietTurns < QUIET_TURNS;) {
    const { size } = waiting;
    await Promise.resolve();
    quietTurns = waiting.size === size ? quietTurns + 1 : 0;
  }
}
