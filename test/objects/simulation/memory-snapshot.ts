/** A snapshot's storage that outlives instances in memory. */
import type { SnapshotRow } from '../../../src/objects/tenant-store/snapshot-rows.ts';
import type { SnapshotStorage } from '../../../src/objects/tenant-store/snapshot.ts';

export class MemorySnapshot implements SnapshotStorage {
  rows: SnapshotRow[] = [];
  generation = 0;
  readonly #cold = new Map<number, { generation: number; ids: readonly string[] }>();

  load(): ReturnType<SnapshotStorage['load']> {
    const current = [...this.#cold.values()].filter(({ generation }) => generation === this.generation);
    return { rows: [...this.rows], cold: current.flatMap(({ ids }) => ids), generation: this.rows.length === 0 ? 0 : this.generation };
  }

  save(rows: readonly SnapshotRow[], generation: number): void {
    this.rows = [...rows];
    this.generation = generation;
  }

  saveCold(slot: number, generation: number, ids: readonly string[]): void {
    this.#cold.set(slot, { generation, ids });
  }

  clear(): void {
    this.rows = [];
    this.#cold.clear();
  }

  expiresAtMs(): number | null {
    return this.rows.length === 0 ? null : Math.max(...this.rows.map(({ expiresAtMs }) => expiresAtMs));
  }
}
