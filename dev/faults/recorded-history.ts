/** What clients saw, as they saw it, and what is wrong with it. */
import { tornReads, type AtomicRead, type Transaction } from './atomic-reads.ts';
import { operationsOf, type SeenPage } from './client-queries.ts';
import { findViolation, type AppliedWrite, type Operation, type Violation } from './history.ts';

export class RecordedHistory {
  readonly #operations = new Map<string, Operation[]>();
  readonly #pages: SeenPage[] = [];
  readonly #atomicReads: AtomicRead[] = [];
  readonly #transactions: Transaction[] = [];
  #moment = 0;
  #size = 0;

  /** How many operations were recorded; a page of a query is one. */
  get size(): number {
    return this.#size;
  }

  /** An operation starts now. @returns its moment, for the call that says how it ended */
  begin(): number {
    return this.#moment++;
  }

  /** A read of `key` has ended; null: nothing was there. */
  saw(key: string, startedAt: number, value: string | null, note?: string): void {
    this.#add({ key, startedAt, endedAt: this.#moment++, kind: 'read', value, ...(note === undefined ? {} : { note }) });
  }

  /** A page of a query has come: it says something of every row. */
  sawPage(page: Omit<SeenPage, 'endedAt'>): void {
    this.#pages.push({ ...page, endedAt: this.#moment++ });
    this.#size++;
  }

  /** A batch has come that may not show half of a transaction. */
  sawAtOnce(read: Omit<AtomicRead, 'endedAt'>): void {
    this.#atomicReads.push({ ...read, endedAt: this.#moment });
  }

  /** Writes leave that are applied together, or not at all. @param writes their names, by key */
  transacts(writes: Transaction): void {
    this.#transactions.push(writes);
  }

  /** A write was acknowledged. @param write its name, which no other write has */
  wrote(key: string, startedAt: number, write: string, note?: string): void {
    this.#add({ key, startedAt, endedAt: this.#moment++, kind: 'write', value: write, ...(note === undefined ? {} : { note }) });
  }

  /** Nobody knows what became of a write: it stays open for ever. */
  wroteMaybe(key: string, startedAt: number, write: string): void {
    this.#add({ key, startedAt, endedAt: Infinity, kind: 'write', value: write });
  }

  /** The first operation of each key that no order explains, and the atomic reads that show half of a transaction. @param appliedTo the writes of a key in the order in which they were applied */
  violations(appliedTo: (key: string) => readonly AppliedWrite[]): Violation[] {
    const applied = new Map(Array.from(this.#operations.keys(), (key) => [key, appliedTo(key)]));
    const seen = Map.groupBy(operationsOf(this.#pages, applied), ({ key }) => key);
    const ofKeys = [...applied].flatMap(([key, writes]) => {
      const operations = [...(this.#operations.get(key) ?? []), ...(seen.get(key) ?? [])];
      return findViolation(operations, writes) ?? [];
    });
    return [...ofKeys, ...tornReads(this.#atomicReads, this.#transactions, applied)];
  }

  #add(operation: Operation): void {
    const operations = this.#operations.get(operation.key) ?? [];
    this.#operations.set(operation.key, operations);
    operations.push(operation);
    this.#size++;
  }
}
