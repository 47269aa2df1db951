/**
 * A store that starts again at every request, with 10,000 items that an earlier instance has kept, and answers one of them. It answers with 500 when that
 * is not in memory, or when the items took more than 10 rows.
 */
import { DurableObject } from 'cloudflare:workers';
import type { ItemStore } from '../../src/dynamo/item-store.ts';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { migrate } from '../../src/objects/migrate.ts';
import { MIGRATIONS, journalStorage, settingsStorage } from '../../src/objects/tenant-store/schema.ts';
import { Snapshot } from '../../src/objects/tenant-store/snapshot.ts';
import { snapshotStorage } from '../../src/objects/tenant-store/snapshot-storage.ts';
import { StoreCore } from '../../src/objects/tenant-store/store-core.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import { TENANT } from './item-request.ts';

interface Env {
  STORE: DurableObjectNamespace<WarmStore>;
}

const ITEMS = 10_000;
const MAX_ROWS = 10;
const BATCH = 100;

const nowMs = () => Date.now();
const keyOf = (at: number) => ({ _pk: { S: `[${TENANT}]#it#item-${at}` }, _sk: { S: 'it' } });
const ATTRIBUTES: AttributeMap = { description: { S: 'A few words. '.repeat(30) }, revision: { N: '17' } };

/** All items that it is asked for: only batches are read. */
const everything: ItemStore = {
  async execute(_operation, input) {
    const { Keys = [] } = 'RequestItems' in input ? (input.RequestItems['bench'] as { Keys?: AttributeMap[] }) : {}; // of a batch that reads
    const Responses = { bench: Keys.map((key) => ({ ...key, ...ATTRIBUTES })) };
    return {
      ok: true,
      output: { Responses },
      meta: { cache: 'bypass', calls: 1, keys: Keys.length, readUnits: 0, writeUnits: 0 },
    };
  },
};

export class WarmStore extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, MIGRATIONS));
  }

  /** What an earlier instance does. @returns the rows it has written */
  async keep(): Promise<number> {
    const core = this.#start();
    for (let from = 0; from < ITEMS; from += BATCH) {
      const Keys = Array.from({ length: BATCH }, (_, at) => keyOf(from + at));
      await core.execute({ operation: 'BatchGetItem', input: { RequestItems: { bench: { Keys } } }, context: {} });
    }
    core.control.takeSnapshot(nowMs());
    return snapshotStorage(this.ctx.storage.sql).load().rows.length;
  }

  /** @returns how many items are in memory, when one was answered from there */
  async start(): Promise<number> {
    const core = this.#start();
    const reply = await core.execute({ operation: 'GetItem', input: { TableName: 'bench', Key: keyOf(17) }, context: {} });
    return reply.includes('"cache":"hit"') ? core.control.stats.cachedItems : 0;
  }

  #start(): StoreCore {
    const { sql } = this.ctx.storage;
    return new StoreCore({
      tenant: TENANT,
      profile: { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} },
      store: everything,
      nowMs,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      journal: new WriteJournal({ storage: journalStorage(sql), nowMs }),
      newToken: () => crypto.randomUUID(),
      doubtful: { load: () => null, save: () => {}, remove: () => {} },
      settings: settingsStorage(sql),
      snapshot: new Snapshot({ storage: snapshotStorage(sql), nowMs, onStart: () => {} }),
      memory: new MemoryBudget(64 * 1024 * 1024),
    });
  }
}

let rows: number | undefined;

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const stub = env.STORE.getByName(TENANT);
    rows ??= await stub.keep();
    const items = await stub.start();
    return new Response(`${items} items of ${rows} rows`, { status: items === ITEMS && rows <= MAX_ROWS ? 200 : 500 });
  },
};
