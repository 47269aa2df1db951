/**
 * Whether what concurrent clients saw of each key can be explained by its writes having happened one at a time (linearizability,
 * Herlihy and Wing 1990). The order of the writes is known here, since the simulated table applies them: checking then takes linear time.
 */

/** One operation on one key, by one client. Moments are places in one order of all starts and ends. */
export interface Operation {
  key: string;
  startedAt: number;
  /** Infinity when the client never learned how it ended */
  endedAt: number;
  /** what a read returned (null: nothing there), or which write it is: its own value, unique */
  kind: 'read' | 'write';
  value: string | null;
  /** for a report */
  note?: string;
}

/** The values of a key in the order in which they were applied. Deletions are entries of their own, with the name of the write. */
export interface AppliedWrite {
  write: string;
  value: string | null;
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
  const positions = new Map(applied.map(({ write }, index) => [write, index]));
  const starts = operations.toSorted((a, b) => a.startedAt - b.startedAt);
  const startedAtOf = new Map(operations.flatMap((op) => (op.kind === 'write' ? [[op.value ?? '', op.startedAt] as const] : [])));
  const pending = new EndQueue();
  let floor = -1;
  for (const operation of starts) {
    floor = Math.max(floor, pending.passTo(operation.startedAt));
    const position =
      operation.kind === 'write' ? positions.get(operation.value ?? '') : positionOfRead(operation, applied, positions, floor);
    if (position === undefined) {
      if (operation.kind === 'write' && operation.endedAt === Infinity) continue; // never applied, and nobody was told that it was
      return {
        operation,
        reason: operation.kind === 'write' ? 'acknowledged but never applied' : 'a value that was not there after what came before',
      };
    }
    if (position < floor || (operation.kind === 'write' && position === floor))
      return { operation, reason: `position ${position}, but ${floor} had been seen or acknowledged` };
    const write = applied[position]?.write;
    const seenBefore = write !== undefined && (startedAtOf.get(write) ?? -1) > operation.endedAt;
    if (operation.kind === 'read' && seenBefore) return { operation, reason: 'a value before its write began' };
    pending.add(operation.endedAt, position);
  }
  return null;
}

function positionOfRead(
  operation: Operation,
  applied: readonly AppliedWrite[],
  positions: ReadonlyMap<string, number>,
  floor: number,
): number | undefined {
  if (operation.value !== null) return positions.get(operation.value);
  if (floor < 0) return -1;
  for (let position = floor; position < applied.length; position++) if (applied[position]?.value === null) return position;
  return undefined;
}

/** The highest position among the operations that have ended. */
class EndQueue {
  #open: { endedAt: number; position: number }[] = [];

  add(endedAt: number, position: number): void {
    this.#open.push({ endedAt, position });
  }

  passTo(moment: number): number {
    let highest = -1;
    this.#open = this.#open.filter(({ endedAt, position }) => {
      if (endedAt >= moment) return true;
      highest = Math.max(highest, position);
      return false;
    });
    return highest;
  }
}
