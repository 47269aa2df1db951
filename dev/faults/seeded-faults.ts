/** Faults by chance: the same seed and the same requests in the same order meet the same faults. */
import type { Fault } from './proxy-faults.ts';
import { seededRandom } from './seeded-random.ts';

/** What goes wrong, and how often. Shares are of 1, per request unless said otherwise. */
export interface FaultProfile {
  seed: number;
  /** refused with ProvisionedThroughputExceededException */
  throttled: number;
  /** of the entries of a batch: left undone, with all behind it */
  unprocessed: number;
  /** reads answered with an InternalServerError */
  failedReads: number;
  /** passed on only after up to `slowMs`; clients that give up earlier leave a write behind that is applied late */
  slow: number;
  slowMs: number;
  /** writes whose connection is closed without an answer: a third is not applied, a third is, a third up to `lateMs` later */
  unknownWrites: number;
  lateMs: number;
}

export const NO_FAULTS: FaultProfile = {
  seed: 1,
  throttled: 0,
  unprocessed: 0,
  failedReads: 0,
  slow: 0,
  slowMs: 0,
  unknownWrites: 0,
  lateMs: 0,
};

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/** True for an operation that changes rows. */
export function isWrite(operation: string): boolean {
  return WRITES.has(operation);
}

export class SeededFaults {
  readonly #profile: FaultProfile;
  readonly #random: () => number;

  constructor(profile: FaultProfile) {
    this.#profile = profile;
    this.#random = seededRandom(profile.seed);
  }

  /** What happens to a request with this JSON body; null when it is left alone, as all requests about tables are. */
  next(operation: string, text: string): Fault | null {
    if (!READS.has(operation) && !isWrite(operation)) return null;
    const { throttled, failedReads, unknownWrites, slow, slowMs } = this.#profile;
    if (this.#happens(throttled)) return { kind: 'error', name: 'ProvisionedThroughputExceededException' };
    if (READS.has(operation) && this.#happens(failedReads)) return { kind: 'error', name: 'InternalServerError' };
    if (isWrite(operation) && this.#happens(unknownWrites)) return this.#loseAnswer();
    const done = operation.startsWith('Batch') ? this.#entriesDone(text) : null;
    if (done !== null) return { kind: 'unprocessed', done };
    return this.#happens(slow) ? { kind: 'delay', waitMs: this.#random() * slowMs } : null;
  }

  #loseAnswer(): Fault {
    const fate = this.#random();
    if (fate < 1 / 3) return { kind: 'drop', moment: 'before' };
    if (fate < 2 / 3) return { kind: 'drop', moment: 'after' };
    return { kind: 'late', afterMs: this.#random() * this.#profile.lateMs };
  }

  /** How many entries of a batch are done; null for all. */
  #entriesDone(text: string): number | null {
    const { RequestItems } = JSON.parse(text) as { RequestItems: Record<string, unknown[] | { Keys: unknown[] }> }; // of both batches
    const entries = Object.values(RequestItems).reduce((sum, table) => sum + (Array.isArray(table) ? table : table.Keys).length, 0);
    for (let done = 0; done < entries; done++) if (this.#happens(this.#profile.unprocessed)) return done;
    return null;
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random() < share;
  }
}
