/** The stream of a simulated table, and writers who bypass the store: records come late, twice, and at times in another order. */
import { keyOf } from '../../../dev/faults/client-rows.ts';
import type { RowChange } from '../../../src/objects/tenant-store/invalidations.ts';
import type { SimulatedTable, Version } from './simulated-table.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Probabilities of 0 to 1, and times in milliseconds. */
export interface StreamFaults {
  lagMs: number;
  duplicated: number;
  /** comes so much later that others of its row overtake it */
  reordered: number;
  /** tells the key alone */
  withoutRow: number;
}

interface Row {
  /** in the order of their application; handled ones until all before them are too */
  open: { isHandled: boolean; settle: () => void }[];
  lastDueAtMs: number;
}

export class SimulatedStream {
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #faults: StreamFaults;
  readonly #deliver: (change: RowChange) => void;
  readonly #rows = new Map<string, Row>();
  readonly #settleOf = new Map<string, () => void>();
  #sequence = 0;

  constructor(table: SimulatedTable, time: VirtualTime, random: () => number, faults: StreamFaults, deliver: (change: RowChange) => void) {
    this.#time = time;
    this.#random = random;
    this.#faults = faults;
    this.#deliver = deliver;
    table.onChange = ({ name, version }) => this.#send(name, version);
  }

  /** Calls `settle` when the record of `write`, and all before it of its row, have been handled. */
  onHandled(write: string, settle: () => void): void {
    this.#settleOf.set(write, settle);
  }

  #send(name: string, { write, item }: Version): void {
    const { lagMs, duplicated, reordered, withoutRow } = this.#faults;
    const row = this.#rows.get(name) ?? { open: [], lastDueAtMs: 0 };
    this.#rows.set(name, row);
    const record = { isHandled: false, settle: () => this.#settleOf.get(write)?.() };
    row.open.push(record);
    const key = keyOf(name);
    const told = this.#random() < withoutRow ? {} : { row: item };
    const change: RowChange = { table: 'simulated', key, ...told, sequence: String(++this.#sequence) };
    const handle = () => {
      this.#deliver(structuredClone(change));
      record.isHandled = true;
      while (row.open[0]?.isHandled === true) row.open.shift()?.settle();
    };
    const isReordered = this.#random() < reordered;
    const dueAtMs = Math.max(isReordered ? 0 : row.lastDueAtMs, this.#time.nowMs + lagMs * (0.5 + this.#random() * (isReordered ? 8 : 1)));
    if (!isReordered) row.lastDueAtMs = dueAtMs;
    this.#time.after(dueAtMs - this.#time.nowMs, handle);
    if (this.#random() < duplicated) this.#time.after(dueAtMs - this.#time.nowMs + this.#random() * lagMs * 4, handle);
  }
}
