/**
 * Counts what a store does, in plain fields of its memory: counting costs a hit nothing that shows, and nothing is stored for it. So the counts begin
 * anew with every instance of the object.
 */
import type { ItemStore, OperationContext, OperationMeta, OperationResult } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../dynamo/types.ts';
import { isRead } from '../../dynamo/operation-kinds.ts';

/** What DynamoDB charges for one eventual read of an item of up to this many bytes (Developer Guide, Read and write operations). */
const BYTES_PER_READ = 4096;
const UNITS_PER_READ = 0.5;

/** What is counted. */
export type Counts = Pick<
  StoreCounters,
  | 'hits'
  | 'misses'
  | 'queryHits'
  | 'queryMisses'
  | 'staleAnswers'
  | 'readCalls'
  | 'writeCalls'
  | 'keysRead'
  | 'readUnits'
  | 'writeUnits'
  | 'savedReadUnits'
>;

export class StoreCounters {
  /** keys answered from memory */
  hits = 0;
  /** keys that were asked for and not in memory */
  misses = 0;
  /** queries answered from memory, and those that were asked for and not in memory */
  queryHits = 0;
  queryMisses = 0;
  /** keys of those that were answered after their time, since DynamoDB could not be asked */
  staleAnswers = 0;
  /** HTTP requests to DynamoDB that read, and that wrote */
  readCalls = 0;
  writeCalls = 0;
  /** keys in those that read */
  keysRead = 0;
  readUnits = 0;
  writeUnits = 0;
  /** what hits would have cost as single reads; the length of an item's JSON stands for its size, which is up to a third less */
  savedReadUnits = 0;

  /** The counts as they are now. */
  get counts(): Counts {
    const { hits, misses, queryHits, queryMisses, staleAnswers, readCalls, writeCalls, keysRead, readUnits, writeUnits, savedReadUnits } =
      this;
    return { hits, misses, queryHits, queryMisses, staleAnswers, readCalls, writeCalls, keysRead, readUnits, writeUnits, savedReadUnits };
  }

  hit(text: string | null): void {
    this.hits++;
    this.#save(text === null ? 1 : text.length);
  }

  /** @param text JSON of the answer: DynamoDB charges the sum of its rows, and of those that a filter has left out */
  queryHit(text: string): void {
    this.queryHits++;
    this.#save(text.length);
  }

  #save(bytes: number): void {
    this.savedReadUnits += Math.ceil(bytes / BYTES_PER_READ) * UNITS_PER_READ;
  }

  called(operation: OperationName, { calls, keys, readUnits, writeUnits }: OperationMeta): void {
    if (isRead(operation)) {
      this.readCalls += calls;
      this.keysRead += keys;
    } else this.writeCalls += calls;
    this.readUnits += readUnits;
    this.writeUnits += writeUnits;
  }
}

/** The same store, counted. */
export function counted(store: ItemStore, counters: StoreCounters): ItemStore {
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      const result = await store.execute(operation, input, context);
      counters.called(operation, result.meta);
      return result;
    },
  };
}
