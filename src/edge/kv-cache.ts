/**
 * Values in KV that are loaded where KV has none. KV is eventually consistent: what one place has written, others may read a minute later or more, and
 * a value that was read is kept there for a minute; so it is for what may be that old, and is never asked who may do what.
 *
 * @see https://developers.cloudflare.com/kv/concepts/how-kv-works/
 */
import { logError } from '../lib/log.ts';
import { SingleFlight, type Later } from './single-flight.ts';

/** Where the values are kept, and for how long they count. */
export interface KvCacheOptions {
  kv: Pick<KVNamespace, 'get' | 'put' | 'delete'>;
  /** what all keys of this cache begin with, and a version: values of another one count as absent */
  name: string;
  version: number;
  /** how long a value is kept, in seconds: 60 or more, as KV asks for */
  ttlSec: number;
  /** from when on it is loaded anew behind an answer, in seconds; default: half of `ttlSec` */
  freshSec?: number;
  /** how long it is kept that there is no value; default 60 */
  absentSec?: number;
  nowMs: () => number;
  /** 0 to 1: spreads what was stored together */
  random: () => number;
}

/** The values of keys; what is absent has no value, and that is kept, too. */
export type Load<Value> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

interface Envelope<Value> {
  version: number;
  value: Value | null;
  freshUntilMs: number;
  expiresAtMs: number;
}

/** KV reads as many keys in one operation. */
const BULK_KEYS = 100;
const MIN_TTL_SEC = 60;
const MAX_KEY_BYTES = 512;
/** What is stored together is loaded anew within so much of its time. */
const JITTER = 0.2;

/** Values in KV with a load behind each: one load for all who ask at once in an isolate; what is old is answered while it is renewed. */
export class KvCache<Value> {
  readonly #options: KvCacheOptions;
  readonly #flights = new SingleFlight<Value | null>();
  /** of each key the load that may store it: the last one, unless the key was stored or deleted since */
  readonly #loads = new Map<string, object>();
  /** writes under way, which a delete waits for */
  readonly #writes = new Map<string, Promise<void>>();

  /** @throws TypeError for times under KV's minute */
  constructor(options: KvCacheOptions) {
    const { ttlSec, absentSec = MIN_TTL_SEC } = options;
    if (![ttlSec, absentSec].every((sec) => sec >= MIN_TTL_SEC && Number.isFinite(sec)))
      throw new TypeError(`expected ttlSec and absentSec of ${MIN_TTL_SEC} or more, as KV does, got ${ttlSec} and ${absentSec}`);
    this.#options = options;
  }

  async get(key: string, load: Load<Value>, later: Later): Promise<Value | null> {
    const [value = null] = await this.getMany([key], load, later);
    return value;
  }

  /**
   * The values in the order of `keys`, null for what is absent. Whatever KV has not is loaded together, once per isolate, and stored behind the answer.
   *
   * @throws TypeError for a key that KV does not take; what `load` throws. What KV throws counts as absent there
   */
  async getMany(keys: readonly string[], load: Load<Value>, later: Later): Promise<(Value | null)[]> {
    const unique = [...new Set(keys)];
    for (const key of unique) this.#nameOf(key);
    const asked = new Set(unique.filter((key) => this.#flights.get(key) === undefined));
    const found = this.#find([...asked], load, later);
    const find = (key: string) => (asked.has(key) ? found : this.#findAgain(key, load, later));
    const flights = new Map(unique.map((key) => [key, this.#flights.run(key, async () => (await find(key)).get(key) ?? null, later)]));
    return Promise.all(keys.map(async (key) => (await flights.get(key)) ?? null));
  }

  /** Stores a value in place of whatever there is. */
  async put(key: string, value: Value): Promise<void> {
    this.#forget(key);
    await this.#write(key, value);
  }

  /** Removes a value. Nothing that this isolate loads at the moment comes back after it; what another one loads may, for `ttlSec`. */
  async delete(key: string): Promise<void> {
    this.#forget(key);
    await this.#writes.get(key);
    await this.#options.kv.delete(this.#nameOf(key));
  }

  #forget(key: string): void {
    this.#flights.forget(key);
    this.#loads.delete(key);
  }

  /** Of a key whose flight was lost. */
  #findAgain(key: string, load: Load<Value>, later: Later): Promise<ReadonlyMap<string, Value | null>> {
    this.#loads.delete(key);
    return this.#find([key], load, later);
  }

  async #find(keys: readonly string[], load: Load<Value>, later: Later): Promise<ReadonlyMap<string, Value | null>> {
    if (keys.length === 0) return new Map();
    const token = {};
    // What is stored or deleted from now on is newer than what is found here.
    for (const key of keys) if (!this.#loads.has(key)) this.#loads.set(key, token);
    const nowMs = this.#options.nowMs();
    const live = [...(await this.#read(keys))].filter(([, { expiresAtMs }]) => expiresAtMs > nowMs);
    const found = new Map(live.map(([key, { value }]) => [key, value]));
    const stale = live.flatMap(([key, { freshUntilMs }]) => (freshUntilMs <= nowMs && this.#loads.get(key) === token ? [key] : []));
    const missing = keys.filter((key) => !found.has(key));
    this.#end(
      [...found.keys()].filter((key) => !stale.includes(key)),
      token,
    );
    if (stale.length > 0)
      later(this.#load(stale, token, load, later).catch((error: unknown) => logError('a value cannot be loaded anew', error)));
    if (missing.length > 0) for (const [key, value] of await this.#load(missing, token, load, later)) found.set(key, value);
    return found;
  }

  /** Loads, and stores behind the answer what was not stored or deleted meanwhile. */
  async #load(keys: readonly string[], token: object, load: Load<Value>, later: Later): Promise<ReadonlyMap<string, Value | null>> {
    try {
      const loaded = await load(keys);
      const values = new Map(keys.map((key) => [key, loaded.get(key) ?? null]));
      const isLast = (key: string) => this.#loads.get(key) === token;
      later(Promise.all(keys.filter(isLast).map((key) => this.#write(key, values.get(key) ?? null))));
      return values;
    } finally {
      this.#end(keys, token);
    }
  }

  #end(keys: readonly string[], token: object): void {
    for (const key of keys) if (this.#loads.get(key) === token) this.#loads.delete(key);
  }

  async #read(keys: readonly string[]): Promise<Map<string, Envelope<Value>>> {
    const { version } = this.#options;
    const chunks = Array.from({ length: Math.ceil(keys.length / BULK_KEYS) }, (_, at) => keys.slice(at * BULK_KEYS, (at + 1) * BULK_KEYS));
    const read = await Promise.all(chunks.map((chunk) => this.#readChunk(chunk)));
    return new Map(
      keys.flatMap((key) => {
        const envelope = read.map((values) => values.get(this.#nameOf(key))).find((one) => one != null);
        return envelope?.version === version ? [[key, envelope]] : [];
      }),
    );
  }

  async #readChunk(keys: readonly string[]): Promise<ReadonlyMap<string, Envelope<Value> | null>> {
    try {
      return await this.#options.kv.get<Envelope<Value>>(
        keys.map((key) => this.#nameOf(key)),
        'json',
      );
    } catch (error) {
      logError('KV cannot be read', error);
      return new Map();
    }
  }

  /** One that fails is loaded again. */
  async #write(key: string, value: Value | null): Promise<void> {
    const { kv, version, ttlSec, freshSec = ttlSec / 2, absentSec = MIN_TTL_SEC, nowMs, random } = this.#options;
    const keptSec = value === null ? absentSec : ttlSec;
    const freshMs = (value === null ? absentSec : freshSec) * 1000 * (1 - JITTER * random());
    const envelope: Envelope<Value> = { version, value, freshUntilMs: nowMs() + freshMs, expiresAtMs: nowMs() + keptSec * 1000 };
    const writing = kv
      .put(this.#nameOf(key), JSON.stringify(envelope), { expirationTtl: Math.ceil(keptSec) })
      .catch((error: unknown) => logError('KV cannot be written', error));
    this.#writes.set(key, writing);
    await writing;
    if (this.#writes.get(key) === writing) this.#writes.delete(key);
  }

  #nameOf(key: string): string {
    const name = `${this.#options.name}/${key}`;
    if (key === '' || new TextEncoder().encode(name).length > MAX_KEY_BYTES)
      throw new TypeError(
        `a key of KV has 1 to ${MAX_KEY_BYTES} bytes, with "${this.#options.name}/" before it; got ${JSON.stringify(key.slice(0, 80))}`,
      );
    return name;
  }
}
