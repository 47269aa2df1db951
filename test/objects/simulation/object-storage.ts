/** What an object has in its storage, and each of its instances' hold of it. */
import type { DoubtfulWrite } from '../../../src/objects/tenant-store/certain-writes.ts';
import type { JournalRow, JournalStorage } from '../../../src/objects/tenant-store/journal-rows.ts';
import type { SettingsStorage } from '../../../src/objects/tenant-store/settings.ts';
import type { SnapshotStorage } from '../../../src/objects/tenant-store/snapshot.ts';
import type { DoubtfulStore } from '../../../src/objects/tenant-store/shards/store-shard.ts';
import { MemorySnapshot } from './memory-snapshot.ts';

/** `isDead`: it sends nothing more, and its callers learn nothing; `isSuperseded`: another instance has its storage. */
export interface InstanceState {
  isDead: boolean;
  isSuperseded: boolean;
}

export interface InstanceStorage {
  journal: JournalStorage;
  settings: SettingsStorage;
  doubtful: DoubtfulStore;
  snapshot: SnapshotStorage;
}

export class ObjectStorage {
  readonly journal = new Map<number, JournalRow>();
  readonly #settings = new Map<string, string>();
  readonly #doubtful = new Map<string, DoubtfulWrite>();
  readonly #snapshot = new MemorySnapshot();

  /** As one instance has it: whatever a superseded one asks of its storage fails, as the platform has it. */
  of(state: InstanceState): InstanceStorage {
    const [journal, settings, doubtful] = [this.journal, this.#settings, this.#doubtful];
    const ofCurrent = <T extends object>(storage: T): T =>
      new Proxy(storage, {
        get(target, name) {
          if (state.isSuperseded) throw new Error('superseded');
          const method = Reflect.get(target, name) as () => unknown; // storages have methods alone
          return method.bind(target);
        },
      });
    return {
      journal: ofCurrent<JournalStorage>({
        load: () => [...journal.values()],
        save: (row) => void journal.set(row.slot, row),
        clear: () => journal.clear(),
      }),
      settings: ofCurrent<SettingsStorage>({
        load: (name) => settings.get(name),
        save: (name, value) => void (value === null ? settings.delete(name) : settings.set(name, value)),
      }),
      doubtful: ofCurrent<DoubtfulStore>({
        load: (token) => doubtful.get(token) ?? null,
        save: (token, write) => void doubtful.set(token, write),
        remove: (token) => void doubtful.delete(token),
        all: () => Array.from(doubtful, ([token, write]) => ({ token, write })),
      }),
      snapshot: ofCurrent<SnapshotStorage>(this.#snapshot),
    };
  }
}
