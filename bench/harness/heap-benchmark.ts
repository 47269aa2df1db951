/** What a benchmark of memory declares: a Worker that many tenants fill, and how much may be in its heap then. */
export interface HeapBenchmark {
  kind: 'heap';
  title: string;
  /** as in `Entry`; asked as `/{tenant}/{from}` for a hundred keys each time */
  worker: string;
  objects: Readonly<Record<string, string>>;
  tenants: number;
  /** about 490 characters of plain JSON each */
  itemsPerTenant: number;
  atMostMb: number;
}

/** In megabytes of V8's heap, collected; 1 MB is 1,000,000 bytes. */
export interface HeapMeasurement {
  empty: number;
  /** when all were read once */
  filled: number;
  /** when the objects have taken snapshots of what they have */
  later: number;
}
