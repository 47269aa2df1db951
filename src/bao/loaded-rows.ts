/** The objects of one tenant inside one batch context: each is loaded once, with others, and is current with the context's own writes. */
import { rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { readRows } from './read-rows.ts';
import type { RowRead } from './read-rows.ts';
import type { StoreSession } from './store-session.ts';

/** How many turns of the microtask queue may pass without a new key before a batch leaves: enough for callers that await something first. */
const QUIET_TURNS = 8;

export interface LoadOptions {
  consistent: boolean;
  bypassCache: boolean;
  /** waits so long for others to join; undefined: until the end of the tick */
  delayMs: number | undefined;
}

interface Waiting {
  key: RowKey;
  read: Promise<RowRead>;
  settle: (outcome: RowRead | Error) => void;
}

type Batch = Map<string, Waiting>;

interface Entry {
  found: Promise<object>;
  /** the object, once it is there */
  settled: object | null;
}

export class LoadedRows {
  readonly #entries = new Map<string, Entry>();
  readonly #batches = new Map<string, Batch>();

  /** The object that is known for a key, or is being loaded; else what `load` makes. A failed load is forgotten. */
  find(key: RowKey, load: () => Promise<object>): Promise<object> {
    return this.#entries.get(rowIdentity(key))?.found ?? this.refresh(key, load);
  }

  /** Loads the object anew, for this caller and all later ones. */
  refresh(key: RowKey, load: () => Promise<object>): Promise<object> {
    const identity = rowIdentity(key);
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
    this.#entries.set(rowIdentity(key), { found: Promise.resolve(object), settled: object });
  }

  /** The next find asks the store: it is not known what the row is. */
  forget(key: RowKey): void {
    this.#entries.delete(rowIdentity(key));
  }

  /** Reads a row together with others that are asked for in the same tick (or within the delay) in the same way. */
  load(session: StoreSession, key: RowKey, options: LoadOptions): Promise<RowRead> {
    const batch = this.#openBatch(session, options);
    const identity = rowIdentity(key);
    const joined = batch.get(identity);
    if (joined) return joined.read;
    const { promise, resolve, reject } = Promise.withResolvers<RowRead>();
    batch.set(identity, { key, read: promise, settle: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) });
    return promise;
  }

  #openBatch(session: StoreSession, { consistent, bypassCache, delayMs }: LoadOptions): Batch {
    const name = `${consistent}|${bypassCache}|${delayMs}`;
    const open = this.#batches.get(name);
    if (open) return open;
    const batch: Batch = new Map();
    this.#batches.set(name, batch);
    const close = async () => {
      await (delayMs === undefined ? untilQuiet(batch) : new Promise((resolve) => setTimeout(resolve, delayMs)));
      this.#batches.delete(name); // before it is sent: who comes later is not in the request
      await send(session, batch, { consistent, bypassCache });
    };
    void close(); // every failure is handed to the ones who wait
    return batch;
  }
}

async function send(session: StoreSession, batch: Batch, options: { consistent: boolean; bypassCache: boolean }): Promise<void> {
  const keys = Array.from(batch.values(), ({ key }) => key);
  try {
    const rows = await readRows(session, keys, options);
    for (const [identity, { settle }] of batch) settle(rows.get(identity) ?? new Error('the store answered for other keys'));
  } catch (error) {
    for (const { settle } of batch.values()) settle(error instanceof Error ? error : new Error(String(error)));
  }
}

async function untilQuiet(batch: Batch): Promise<void> {
  for (let quietTurns = 0; quietTurns < QUIET_TURNS;) {
    const size = batch.size;
    await Promise.resolve();
    quietTurns = batch.size === size ? quietTurns + 1 : 0;
  }
}
