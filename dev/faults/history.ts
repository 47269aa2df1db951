/**
 * Whether what concurrent clients saw of each key can be explained by its writes having happened one at a time (linearizability,
 * Herlihy and Wing 1990). The order of the writes is known here, since whoever applies them has noted it: checking then takes linear time.
 */

import type { AttributeMap } from '../../src/dynamo/types.ts';

/** One operation on one key, by one client. Moments are places in one order of all starts and ends. */
export interface Operation {
  key: string;
  startedAt: number;
  /** Infinity when the client never learned how it ended */
  endedAt: number;
  /** what a read returned (null: nothing there), or which write it is: its own value, unique */
  kind: 'read' | 'write';
  value: string | null;
  /** of a read that did not see which row there was, but something of it: whether a row, or none, may have been there. Its `value` is null */
  admits?: (item: AttributeMap | null) => boolean;
  /** for a report */
  note?: string;
}

/** The values of a key in the order in which they were applied. Deletions are entries of their own, with the name of the write. */
export interface AppliedWrite {
  write: string;
  value: string | null;
  /** the row that it left */
  item?: AttributeMap | null;
}

export interface Violation {
  operation: Operation;
  reason: string;
}

/**
 * The first operation of a key that no order explains, or null.
 *
 * Each operation gets a position in the order of the writes: a write its own, a read that of the write it saw (the earliest that fits when
 * nothing was there). An operation that ends before another starts must not have the higher position.
 */
export function findViolation(operations: readonly Operation[], applied: readonly AppliedWrite[]): Violation | null {
  const order = new WriteOrder(operations, applied);
  const positions = new Map<Operation, number>();
  let floor = -1;
  for (const { operation, isStart } of momentsOf(operations)) {
    if (!isStart) floor = Math.max(floor, positions.get(operation) ?? -1);
    else {
      const placed = order.place(operation, floor);
      if (typeof placed === 'string') return { operation, reason: placed };
      if (placed !== null) positions.set(operation, placed);
    }
  }
  return null;
}

/** All starts and ends, in their order. */
function momentsOf(operations: readonly Operation[]): { operation: Operation; isStart: boolean }[] {
  const moments = operations.flatMap((operation) => [
    { operation, isStart: true, at: operation.startedAt },
    { operation, isStart: false, at: operation.endedAt },
  ]);
  return moments.toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at));
}

class WriteOrder {
  readonly #applied: readonly AppliedWrite[];
  readonly #positions: ReadonlyMap<string, number>;
  readonly #startedAt: ReadonlyMap<string, number>;
  readonly #repeated: ReadonlySet<string>;

  constructor(operations: readonly Operation[], applied: readonly AppliedWrite[]) {
    this.#applied = applied;
    this.#positions = new Map(applied.map(({ write }, index) => [write, index]));
    this.#repeated = new Set(applied.filter(({ write }, index) => this.#positions.get(write) !== index).map(({ write }) => write));
    this.#startedAt = new Map(operations.flatMap((op) => (op.kind === 'write' ? [[op.value ?? '', op.startedAt] as const] : [])));
  }

  /**
   * The position of an operation that starts after everything up to `floor` was seen or acknowledged.
   *
   * @returns null for a write that was never applied and of which nobody was told that it was; a text when there is no place for the operation
   */
  place(operation: Operation, floor: number): number | string | null {
    const isWrite = operation.kind === 'write';
    if (isWrite && this.#repeated.has(operation.value ?? '')) return 'applied more than once';
    const position = isWrite ? this.#positions.get(operation.value ?? '') : this.#positionOfRead(operation, floor);
    if (position === undefined && isWrite) return operation.endedAt === Infinity ? null : 'acknowledged but never applied';
    if (position === undefined) return 'a value that was not there after what came before';
    if (position < floor || (isWrite && position === floor)) return `position ${position}, but ${floor} had been seen or acknowledged`;
    const write = this.#applied[position]?.write;
    const isEarly = !isWrite && write !== undefined && (this.#startedAt.get(write) ?? -1) > operation.endedAt;
    return isEarly ? 'a value before its write began' : position;
  }

  /** The earliest that fits. */
  #positionOfRead({ value, admits = (item) => item === null }: Operation, floor: number): number | undefined {
    if (value !== null) return this.#positions.get(value);
    if (floor < 0 && admits(null)) return -1;
    for (let position = Math.max(floor, 0); position < this.#applied.length; position++) {
      const write = this.#applied[position];
      if (write !== undefined && admits(write.item ?? (write.value === null ? null : {}))) return position;
    }
    return undefined;
  }
}
