/** A `StoreCore` in virtual time that nothing is kept of, for tests that look at one run of it. */
import type { ItemStore } from '../../../src/dynamo/item-store.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { StoreCore, type StoreCoreOptions } from '../../../src/objects/tenant-store/store-core.ts';
import { Snapshot } from '../../../src/objects/tenant-store/snapshot.ts';
import { WriteJournal } from '../../../src/objects/tenant-store/write-journal.ts';
import { MemorySnapshot } from './memory-snapshot.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The core of the tenant "t" on `store`. */
export function isolatedCore(store: ItemStore, time: VirtualTime, options: Partial<StoreCoreOptions> = {}): StoreCore {
  const nowMs = () => time.nowMs;
  return new StoreCore({
    tenant: 't',
    profile: { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} },
    store,
    nowMs,
    sleep: (ms) => time.sleep(ms),
    journal: new WriteJournal({ storage: { load: () => [], save: () => {}, clear: () => {} }, nowMs }),
    newToken: () => 'token',
    doubtful: { load: () => null, save: () => {}, remove: () => {} },
    settings: { load: () => undefined, save: () => {} },
    snapshot: new Snapshot({ storage: new MemorySnapshot(), nowMs, onStart: () => {} }),
    memory: new MemoryBudget(64 * 1024 * 1024),
    ...options,
  });
}
