/** By samples. */
export interface HotKey {
  model: string | null;
  key: string;
  hits: number;
}

/** As `GET /v1/{tenant}/store/stats` has it; PROTOCOL.md, Numbers, says what each is. */
export interface StoreStats {
  since: string;
  readOnly: boolean;
  hits: number;
  misses: number;
  hitRatio: number | null;
  queryHits: number;
  queryMisses: number;
  staleAnswers: number;
  readCalls: number;
  writeCalls: number;
  keysPerCall: number | null;
  readUnits: number;
  writeUnits: number;
  savedReadUnits: number;
  savedDollars: number;
  price: { dollarsPerMillionReadUnits: number; region: string; source: string };
  cachedItems: number;
  cachedQueries: number;
  cachedBytes: number;
  evictions: number;
  requestsInFlight: number;
  requestsWaiting: number;
  openCircuits: number;
  busyKeys: number;
  heldKeys: number;
  runningWrites: number;
  streamLagMs: number | null;
  hotKeys: readonly HotKey[];
  shards: number;
}
