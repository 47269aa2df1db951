/** A query that is on its way to DynamoDB, those who wait for it, and what happens to its rows meanwhile. */
import type { Cost } from '../cost.ts';
import type { Share } from '../request-scheduler.ts';
import type { KnownQuery } from './known-query.ts';
import type { UnsettledRow } from './unsettled-rows.ts';

/** Somebody who waits for the answer to a query. */
export interface QueryReader {
  readonly query: KnownQuery;
  /** asks for ConsistentRead when DynamoDB has to be asked, and has it */
  readonly strong: boolean;
  readonly deadlineAtMs: number;
  readonly share: Share;
  /** what this reader caused is added here */
  readonly cost: Cost;
  /** called once, with JSON of a reply */
  settle(reply: string): void;
}

export class QueryFlight {
  readonly query: KnownQuery;
  readonly readers: QueryReader[];
  /** asks for whole rows, so that its answer can be corrected */
  isWide: boolean;
  /** the rows that its answer may be wrong about, by the ids of their keys */
  readonly touched = new Map<string, UnsettledRow>();
  #share: Share;
  #isTouchedLate = false;
  #isInDoubt = false;
  #sentAtMs = Infinity;
  #deadlineAtSendMs = 0;

  constructor(reader: QueryReader, isWide: boolean) {
    this.query = reader.query;
    this.readers = [reader];
    this.isWide = isWide;
    this.#share = reader.share;
  }

  get deadlineAtMs(): number {
    return this.readers.reduce((latestMs, reader) => Math.max(latestMs, reader.deadlineAtMs), 0);
  }

  /** Of the reader who started it, or of one who is more in a hurry. */
  get share(): Share {
    return this.#share;
  }

  /**
   * Another reader waits for the same.
   *
   * @returns whether it has become more urgent by that and has not left: then it has to be queued again, among its new like
   */
  join(reader: QueryReader, needsWide: boolean): boolean {
    this.readers.push(reader);
    this.isWide ||= needsWide;
    const isUrgent = reader.share.priority === 'interactive' && this.#share.priority !== 'interactive';
    if (isUrgent) this.#share = reader.share;
    return isUrgent && !this.isSent;
  }

  get isStrong(): boolean {
    return this.readers.some(({ strong }) => strong);
  }

  get isSent(): boolean {
    return this.#sentAtMs < Infinity;
  }

  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  /** It leaves now. @param touched the rows that its answer may be wrong about from the start */
  sent(touched: readonly UnsettledRow[], nowMs: number): void {
    this.#sentAtMs = nowMs;
    this.#deadlineAtSendMs = this.deadlineAtMs;
    for (const row of touched) this.touch(row, nowMs);
  }

  /** A write of a row has begun or ended: the answer may show the row before it or after it. */
  touch(row: UnsettledRow, nowMs: number): void {
    this.touched.set(row.key.id, row);
    this.#isInDoubt ||= row.heldUntilMs > nowMs;
  }

  /** A write of one of the rows may have been applied after the row was looked up, though it will not be any more by now. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** As `touch`, when DynamoDB has answered: the answer is right for those who have asked, and not for later ones. */
  touchLate(): void {
    this.#isTouchedLate = true;
  }

  get isTouchedLate(): boolean {
    return this.#isTouchedLate;
  }

  /** Whether the request had been bounded by less time than `reader` has. */
  wasTooShortFor(reader: QueryReader): boolean {
    return reader.deadlineAtMs > this.#deadlineAtSendMs;
  }
}
