import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { KvCache, type KvCacheOptions } from '../../src/edge/kv-cache.ts';
import { eventually } from '../setup/eventually.ts';

/** A cache of a test's own on a real namespace, which counts what is asked of it. */
function newCache(options: Partial<KvCacheOptions> = {}, name = crypto.randomUUID()) {
  const seen = { nowMs: 1_000_000, reads: 0, keys: 0, loads: [] as string[][], work: [] as Promise<unknown>[] };
  const kv = {
    get(keys: string[], type: 'json') {
      seen.reads += 1;
      seen.keys += keys.length;
      return env.KV.get(keys, type);
    },
    put: (key: string, value: string, more?: KVNamespacePutOptions) => env.KV.put(key, value, more),
    delete: (key: string) => env.KV.delete(key),
  } as KvCacheOptions['kv'];
  const cache = new KvCache<string>({ kv, name, version: 1, ttlSec: 600, nowMs: () => seen.nowMs, random: () => 0, ...options });
  const later = (work: Promise<unknown>) => void seen.work.push(work);
  const load = async (keys: readonly string[]) => {
    seen.loads.push([...keys]);
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, `value of ${key}`]));
  };
  const settled = async () => void (await Promise.all(seen.work.splice(0)));
  return { cache, seen, later, load, settled, name };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);

describe('many keys', () => {
  test('are read in operations of 100, in the order and as often as they were asked for, and loaded once', async () => {
    const { cache, seen, later, load, settled } = newCache();
    const keys = [...numbered(101), 'k0', 'none', 'k100'];
    const values = await cache.getMany(keys, load, later);
    expect(values).toEqual(keys.map((key) => (key === 'none' ? null : `value of ${key}`)));
    expect([seen.reads, seen.keys]).toEqual([2, 102]);
    expect(seen.loads).toEqual([[...numbered(101), 'none']]);
    await settled();
    expect(await cache.getMany(['none', 'k100', 'k0'], load, later)).toEqual([null, 'value of k100', 'value of k0']);
    expect(seen.loads).toHaveLength(1);
  });

  test('of 100 are one operation, all there', async () => {
    const { cache, seen, later, load, settled } = newCache();
    await cache.getMany(numbered(100), load, later);
    await settled();
    seen.reads = 0;
    await cache.getMany(numbered(100), load, later);
    expect([seen.reads, seen.loads.length]).toEqual([1, 1]);
  });

  test('that a stampede of 1,000 asks for are read and loaded once', async () => {
    const { cache, seen, later, load } = newCache();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => cache.getMany(['a', 'b'], load, later)));
    expect(new Set(answers.map((values) => values.join()))).toEqual(new Set(['value of a,value of b']));
    expect([seen.reads, seen.loads]).toEqual([1, [['a', 'b']]]);
  });
});

describe('a value', () => {
  test('that is no longer fresh is answered, and loaded once behind the answer', async () => {
    const { cache, seen, later, load, settled } = newCache({ freshSec: 60 });
    await cache.get('a', load, later);
    await settled();
    seen.nowMs += 61_000;
    const newer = async (keys: readonly string[]) => (await load(keys), new Map([['a', 'newer']]));
    expect(await Promise.all([cache.get('a', newer, later), cache.get('a', newer, later)])).toEqual(['value of a', 'value of a']);
    await settled();
    expect(await cache.get('a', load, later)).toBe('newer');
    expect(seen.loads).toHaveLength(2);
  });

  test('is spread over a fifth of its time, so that what was stored together is not loaded together', async () => {
    const [early, late] = [newCache({ freshSec: 100, random: () => 1 }), newCache({ freshSec: 100, random: () => 0 })];
    for (const { cache, seen, later, load, settled } of [early, late]) {
      await cache.get('a', load, later);
      await settled();
      seen.nowMs += 90_000;
      await cache.get('a', load, later);
    }
    expect([early.seen.loads.length, late.seen.loads.length]).toEqual([2, 1]);
  });

  test('is loaded again when its time is over, when it is of another version, and when it was absent for its time', async () => {
    const { cache, seen, later, load, settled, name } = newCache();
    await cache.getMany(['a', 'none'], load, later);
    await settled();
    seen.nowMs += 61_000;
    await cache.getMany(['a', 'none'], load, later);
    await settled();
    expect(seen.loads.slice(1)).toEqual([['none']]);
    seen.nowMs += 600_000;
    await cache.get('a', load, later);
    await settled();
    expect(seen.loads.slice(2)).toEqual([['a']]);
    const next = newCache({ version: 2 }, name);
    next.seen.nowMs = seen.nowMs;
    await next.cache.get('a', next.load, next.later);
    expect(next.seen.loads).toEqual([['a']]);
  });

  test('that is deleted while it is loaded, or stored, does not come back', async () => {
    const { cache, later, load, settled, seen } = newCache();
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, string>>();
    const slow = cache.get('a', () => promise, later);
    await eventually(() => expect(seen.reads).toBe(1));
    await cache.delete('a');
    resolve(new Map([['a', 'old']]));
    expect(await slow).toBe('old');
    await settled();
    expect(await cache.get('a', load, later)).toBe('value of a');
    await cache.delete('a'); // its write is under way
    await settled();
    const empty = async () => new Map<string, string>();
    expect(await cache.get('a', empty, later)).toBeNull();
  });

  test('that is put is there at once, whatever is being loaded', async () => {
    const { cache, later, load, settled } = newCache();
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, string>>();
    const slow = cache.get('a', () => promise, later);
    await cache.put('a', 'put');
    resolve(new Map([['a', 'old']]));
    await slow;
    await settled();
    expect(await cache.get('a', load, later)).toBe('put');
  });
});

describe('what fails', () => {
  test('is heard of by everybody who waits for it, and not kept', async () => {
    const { cache, later, load } = newCache();
    const failing = () => Promise.reject(new Error('no database'));
    const both = await Promise.allSettled([cache.get('a', failing, later), cache.get('a', failing, later)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get('a', load, later)).toBe('value of a');
  });

  test('to be heard of, since its request was stopped, is asked for again, and kept', async () => {
    const { cache, seen, later, load, settled } = newCache();
    void cache.get('a', () => new Promise(() => undefined), later);
    await eventually(() => expect(seen.reads).toBe(1));
    seen.work.length = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const both = cache.getMany(['a', 'b'], load, later);
    while (vi.getTimerCount() === 0) await scheduler.wait(1);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    expect(await both).toEqual(['value of a', 'value of b']);
    await settled();
    expect(await cache.getMany(['a', 'b'], load, later)).toHaveLength(2);
    expect(seen.loads.flat().toSorted()).toEqual(['a', 'b']);
  });

  test('in KV costs a load, and no answer', async () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const kv = {
      get: () => Promise.reject(new Error('no KV')),
      put: () => Promise.reject(new Error('no KV')),
      delete: () => Promise.resolve(),
    };
    const { cache, later, load, settled } = newCache({ kv: kv as unknown as KvCacheOptions['kv'] });
    expect(await cache.get('a', load, later)).toBe('value of a');
    await settled();
    expect(quiet).toHaveBeenCalledTimes(2);
    quiet.mockRestore();
  });

  test('is said before anything is asked: times under a minute, keys that KV does not take', async () => {
    expect(() => newCache({ ttlSec: 59 })).toThrow(/60 or more/);
    expect(() => newCache({ absentSec: 1 })).toThrow(/60 or more/);
    for (const ttlSec of [NaN, Infinity, -1]) expect(() => newCache({ ttlSec })).toThrow(/60 or more/);
    const { cache, later, load, seen } = newCache();
    for (const key of ['', 'ü'.repeat(240)]) await expect(cache.getMany(['a', key], load, later)).rejects.toThrow(/1 to 512 bytes/);
    expect(seen.reads).toBe(0);
  });
});
