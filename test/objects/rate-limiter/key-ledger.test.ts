import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, inject, test } from 'vitest';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { KeyLedger, type LedgerStorage } from '../../../src/objects/rate-limiter/key-ledger.ts';
import { LimiterCore } from '../../../src/objects/rate-limiter/limiter-core.ts';
import { OUTCOME } from '../../../src/objects/rate-limiter/rpc.ts';
import type { LimitsDocument, PolicyDefinition } from '../../../src/wire/limit-document.ts';
import { TEST_LIMITS, TestLimiter } from './limiter-fixture.ts';

const FLUSH_MS = 10_000;
/** So far ahead that the alarm of the real object never comes. */
const START_MS = 4_000_000_000_000;

/** A core with the real storage of an object, whose writes are counted, and a clock that is set. */
class Keeper {
  nowMs = START_MS;
  writes = { rows: 0, alarms: 0 };
  #alarmAtMs: number | null = null;
  readonly #storage: DurableObjectStorage;
  readonly #ledger: KeyLedger;
  readonly core: LimiterCore;

  constructor(storage: DurableObjectStorage, document: LimitsDocument = TEST_LIMITS) {
    this.#storage = storage;
    this.#ledger = new KeyLedger(this.#counted(storage), FLUSH_MS);
    this.core = new LimiterCore({ document, ledger: this.#ledger, memory: new MemoryBudget(64e6), maxBytes: 16e6 });
  }

  async load(): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
    return this.#ledger.load(this.core, this.nowMs);
  }

  /** Lets time pass, and the alarm ring. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (this.#alarmAtMs !== null && this.#alarmAtMs <= untilMs) {
      this.nowMs = this.#alarmAtMs;
      this.#alarmAtMs = null;
      await this.#ledger.settle(this.core, this.nowMs);
    }
    this.nowMs = untilMs;
  }

  #counted(storage: DurableObjectStorage): LedgerStorage {
    const kv: SyncKvStorage = Object.assign(Object.create(storage.kv), {
      get: (name: string) => storage.kv.get(name),
      list: (options: SyncKvListOptions) => storage.kv.list(options),
      put: (name: string, value: unknown) => (this.#count('rows'), storage.kv.put(name, value)),
      delete: (name: string) => (this.#count('rows'), storage.kv.delete(name)),
    });
    return {
      kv,
      put: ((name: string, value: unknown, options: DurableObjectPutOptions) => (
        this.#count('rows'),
        storage.put(name, value, options)
      )) as LedgerStorage['put'], // the one of its forms that is used
      getAlarm: () => storage.getAlarm(),
      setAlarm: (atMs: number) => {
        this.#count('alarms');
        this.#alarmAtMs = atMs;
        return storage.setAlarm(atMs);
      },
      deleteAll: () => {
        this.#alarmAtMs = null;
        return storage.deleteAll();
      },
    };
  }

  #count(what: 'rows' | 'alarms'): void {
    this.writes[what] += 1;
  }
}

function withKeeper<Result>(use: (keeper: Keeper, storage: DurableObjectStorage) => Promise<Result>): Promise<Result> {
  return runInDurableObject(new TestLimiter().stub, async (_, { storage }) => {
    const keeper = new Keeper(storage);
    await keeper.load();
    return use(keeper, storage);
  });
}

test('a million decisions of ten thousand keys write one row and one alarm in each flush interval', async () => {
  const SECONDS = 100;
  const perSecond = Math.ceil(500 * inject('testScale'));
  const { rows, alarms } = await withKeeper(async (keeper) => {
    for (let second = 0; second < SECONDS; second++) {
      for (let turn = 0; turn < perSecond; turn++)
        keeper.core.check(['hundred', `key-${(second * perSecond + turn) % 10_000}`, 1], keeper.nowMs);
      await keeper.advance(1_000);
    }
    return keeper.writes;
  });
  const intervals = (SECONDS * 1_000) / FLUSH_MS;
  expect(rows).toBeLessThanOrEqual(intervals);
  expect(alarms).toBeLessThanOrEqual(intervals + 1);
});

test('one flush after the last key counts no more, nothing is stored and no alarm is set', async () => {
  await withKeeper(async (keeper, storage) => {
    keeper.core.check(['hundred', 'key', 5], keeper.nowMs);
    keeper.core.check(['strict-hundred', 'key', 5], keeper.nowMs);
    await keeper.advance(FLUSH_MS);
    expect([...(await storage.list()).keys()]).toEqual(['packed/0', 'strict/strict-hundred/key']);
    // Five of a hundred an hour are paid back in three minutes.
    await keeper.advance(180_000 - FLUSH_MS - 1);
    expect([...(await storage.list()).keys()]).toHaveLength(2);
    await keeper.advance(1 + FLUSH_MS);
    expect([await storage.getAlarm(), [...(await storage.list())]]).toEqual([null, []]);
    expect([...keeper.core.keys.entries()]).toEqual([]);
  });
});

test('an idle object with a quota of a month wakes once, when it is over', async () => {
  await withKeeper(async (keeper, storage) => {
    keeper.core.check(['pair', 'key', 1], keeper.nowMs);
    await keeper.advance(2 * FLUSH_MS);
    const { alarms } = keeper.writes;
    await keeper.advance(32 * 86_400_000);
    expect([keeper.writes.alarms - alarms, await storage.getAlarm(), [...(await storage.list())]]).toEqual([0, null, []]);
  });
});

test('strict keys that memory has lost are found again, and removed in time', async () => {
  await withKeeper(async (keeper, storage) => {
    keeper.core.check(['strict-hundred', 'key', 100], keeper.nowMs);
    keeper.core.keys.delete('strict-hundred', 'key');
    expect(keeper.core.check(['strict-hundred', 'key', 1], keeper.nowMs)[0]).toBe(OUTCOME.REFUSED);
    keeper.core.keys.delete('strict-hundred', 'key');
    await keeper.advance(3_600_000 + FLUSH_MS);
    expect([...(await storage.list())]).toEqual([]);
  });
});

test('of many strict keys an alarm looks at two thousand, and those that are written meanwhile stay', async () => {
  await withKeeper(async (keeper, storage) => {
    const ask = (key: string, cost = 1) => keeper.core.check(['strict-hundred', key, cost], keeper.nowMs)[0];
    for (let n = 0; n < 4_100; n++) ask(`key-${n}`);
    const rows = () => Array.from(storage.kv.list({ prefix: 'strict/' })).length;
    // One of a hundred an hour is paid back in 36 seconds.
    await keeper.advance(35_000);
    expect(rows()).toBe(4_100);
    const left: number[] = [];
    for (let alarm = 0; alarm < 4; alarm++) {
      await keeper.advance(FLUSH_MS);
      // Its row comes before those that were looked at last.
      if (alarm === 0) expect(ask('key-0', 100)).toBe(OUTCOME.ADMITTED);
      left.push(rows());
    }
    expect(left).toEqual([2_101, 101, 1, 1]);
    keeper.core.keys.delete('strict-hundred', 'key-0');
    expect(ask('key-0', 50)).toBe(OUTCOME.REFUSED);
    await keeper.advance(3_600_000 + 3 * FLUSH_MS);
    expect([await storage.getAlarm(), [...(await storage.list())]]).toEqual([null, []]);
  });
});

test('strict keys with a slash are removed in time, whatever becomes of others that begin like them', async () => {
  await withKeeper(async (keeper, storage) => {
    keeper.core.check(['strict-hundred', 'key', 100], keeper.nowMs);
    keeper.core.check(['strict-hundred', 'key/1', 1], keeper.nowMs);
    await keeper.advance(50_000);
    keeper.core.check(['strict-hundred', 'another', 1], keeper.nowMs);
    await keeper.advance(FLUSH_MS);
    const rows = [...(await storage.list({ prefix: 'strict/' })).keys()];
    expect(rows).toEqual(['strict/strict-hundred/another', 'strict/strict-hundred/key']);
  });
});

test('what was stored by a clock that was ahead counts on', async () => {
  await withKeeper(async (keeper, storage) => {
    keeper.core.check(['hundred', 'key', 100], keeper.nowMs);
    await keeper.advance(FLUSH_MS);
    const later = new Keeper(storage);
    later.nowMs = START_MS - 3_600_000;
    await later.load();
    expect(later.core.check(['hundred', 'key', 1], later.nowMs)[0]).toBe(OUTCOME.REFUSED);
  });
});

test.each(['strict-window', 'strict-month', 'strict-counter'])(
  'a strict key goes on from its last change, by a clock that went back over a border: %s',
  async (policy) => {
    await withKeeper(async (keeper, storage) => {
      const ask = (by: Keeper) => by.core.check([policy, 'key', 5], by.nowMs)[0];
      keeper.nowMs = Date.UTC(2096, 10, 1) - 10;
      expect(ask(keeper)).toBe(OUTCOME.ADMITTED);
      keeper.nowMs += 20;
      const isAdmittedAfterBorder = ask(keeper) === OUTCOME.ADMITTED;
      const later = new Keeper(storage);
      later.nowMs = Date.UTC(2096, 10, 1) - 10;
      await later.load();
      expect([ask(later), isAdmittedAfterBorder]).toEqual([OUTCOME.REFUSED, policy !== 'strict-counter']);
      later.nowMs += 20;
      expect(ask(later)).toBe(OUTCOME.REFUSED);
    });
  },
);

describe.each(['coalesced', 'strict'] as const)('what was stored of a key of a %s policy', (durability) => {
  const documentOf = (rate: PolicyDefinition['limits'][string]): LimitsDocument => ({
    policies: { changed: { limits: { rate }, durability } },
  });
  const before = documentOf({ algorithm: 'token-bucket', limit: 5, window: '1h' });
  /** What is left of a key of which all was spent before. */
  const leftUnder = (after: LimitsDocument, use?: (keeper: Keeper) => void) =>
    runInDurableObject(new TestLimiter().stub, async (_, { storage }) => {
      const keeper = new Keeper(storage, before);
      await keeper.load();
      keeper.core.check(['changed', 'key', 5], keeper.nowMs);
      use?.(keeper);
      await keeper.advance(FLUSH_MS);
      const later = new Keeper(storage, after);
      later.nowMs = keeper.nowMs;
      await later.load();
      return later.core.peek([['changed', 'key', 1]], later.nowMs)[0]?.[1];
    });

  test.each([
    ['algorithm', documentOf({ algorithm: 'sliding-log', limit: 5, window: '1h' })],
    ['window', documentOf({ algorithm: 'token-bucket', limit: 5, window: '1d' })],
  ])('is not read under another %s: the key begins afresh', async (_, after) => {
    expect(await leftUnder(after)).toBe(5);
    expect(await leftUnder(after, (keeper) => keeper.core.setDocument(after))).toBe(5);
  });

  test('is read under another limit', async () => {
    expect(await leftUnder(documentOf({ algorithm: 'token-bucket', limit: 6, window: '1h' }))).toBe(1);
  });
});

describe.each([
  ['coalesced', 'strict'],
  ['strict', 'coalesced'],
] as const)('what a key of a %s policy has spent that becomes %s', (durability, changedTo) => {
  const documentOf = (one: 'coalesced' | 'strict'): LimitsDocument => ({
    policies: { changed: { limits: { rate: { algorithm: 'fixed-window', limit: 2, window: '1d' } }, durability: one } },
  });
  const ask = ({ core, nowMs }: Keeper) => core.check(['changed', 'key', 1], nowMs)[0];
  const restart = async ({ nowMs }: Keeper, storage: DurableObjectStorage, document: LimitsDocument) => {
    const later = new Keeper(storage, document);
    later.nowMs = nowMs;
    await later.load();
    return later;
  };

  test.each(['before', 'after'])('stays spent over alarms and evictions, changed %s the first of them', async (when) => {
    await withKeeper(async (_, storage) => {
      const before = documentOf(durability);
      const after = documentOf(changedTo);
      let keeper = new Keeper(storage, before);
      await keeper.load();
      expect([ask(keeper), ask(keeper)]).toEqual([OUTCOME.ADMITTED, OUTCOME.ADMITTED]);
      await keeper.advance(FLUSH_MS);
      if (when === 'after') keeper = await restart(keeper, storage, before);
      keeper.core.setDocument(after);
      for (let turn = 0; turn < 3; turn++) {
        expect(ask(keeper)).toBe(OUTCOME.REFUSED);
        await keeper.advance(2 * FLUSH_MS);
        keeper = await restart(keeper, storage, after);
      }
      await keeper.advance(86_400_000 + FLUSH_MS);
      expect([await storage.getAlarm(), [...(await storage.list())]]).toEqual([null, []]);
    });
  });

  test('is kept where it is written from then on, and nowhere else', async () => {
    await withKeeper(async (_, storage) => {
      const keeper = new Keeper(storage, documentOf(durability));
      await keeper.load();
      ask(keeper);
      await keeper.advance(FLUSH_MS);
      keeper.core.setDocument(documentOf(changedTo));
      ask(keeper);
      await keeper.advance(2 * FLUSH_MS);
      expect([...(await storage.list()).keys()]).toEqual([changedTo === 'strict' ? 'strict/changed/key' : 'packed/0']);
      expect(ask(await restart(keeper, storage, documentOf(durability)))).toBe(OUTCOME.REFUSED);
    });
  });
});
