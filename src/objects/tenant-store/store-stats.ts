/** What a tenant's store is doing and has done, as numbers. */
import type { HotKey } from './hot-keys.ts';
import type { Counts } from './store-counters.ts';

/** Counts begin with the instance of the object, at `sinceMs`. */
export interface StoreStats extends Counts {
  sinceMs: number;
  cachedItems: number;
  /** answers to queries */
  cachedQueries: number;
  /** of both */
  cachedBytes: number;
  /** entries that made room for others */
  evictions: number;
  /** what all caches of the isolate hold, and may */
  isolateBytes: number;
  isolateMaxBytes: number;
  requestsInFlight: number;
  /** requests that wait for a connection */
  requestsWaiting: number;
  /** ranges of keys that DynamoDB has failed for and is not asked for as ever */
  openCircuits: number;
  /** keys that something happens to at the moment */
  busyKeys: number;
  /** keys of which nothing is kept, since a write of them may still be applied */
  heldKeys: number;
  runningWrites: number;
  /** commits of the journal, each one row written; writes share them */
  journalCommits: number;
  /** how old the latest change of the table's stream was when it came; null when none has come */
  streamLagMs: number | null;
  isReadOnly: boolean;
  /** the keys that are read from memory most, those first */
  hotKeys: HotKey[];
}
