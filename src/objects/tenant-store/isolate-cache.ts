/**
 * Items in the isolate that asks, in front of a tenant's object: for some milliseconds, and only for callers who say what they have seen.
 *
 * An answer that was all in the object's memory is kept with the state that the object was in. A caller's version token names the states that the
 * caller has seen; an item of an earlier state may be older than one of those, and is not answered with. So a caller sees its own writes, and never
 * goes back, whichever isolate it comes to. Others' writes it may see later, by as long as an item is kept.
 */
import type { ItemStore, OperationContext, OperationMeta, OperationResult } from '../../dynamo/item-store.ts';
import type { ModelProfile, TableProfile } from '../../dynamo/table-profile.ts';
import type {
  AttributeMap,
  BatchGetItemInput,
  BatchGetItemOutput,
  GetItemInput,
  GetItemOutput,
  OperationInput,
  OperationName,
} from '../../dynamo/types.ts';
import type { MemoryBudget } from '../../lib/memory-budget.ts';
import { isAtLeast, joinedVersion, parseStoreVersion, type StoreVersion } from '../../wire/store-version.ts';
import { isWholeBatch, isWholeGet } from './whole-reads.ts';
import { noCost } from './cost.ts';
import { ItemCache } from './item-cache.ts';
import { KeySpace } from './item-key.ts';

/** How long items may be kept in isolates, in milliseconds, 1 to 1,000; 0: not at all. The least of what is said counts. */
export interface IsolateCacheTimes {
  /** of every tenant; default: what models say */
  ms?: number;
  /** of single tenants, by id */
  tenants?: Readonly<Record<string, number>>;
}

export interface IsolateCacheOptions {
  profile: TableProfile;
  times: IsolateCacheTimes;
  memory: MemoryBudget;
  nowMs: () => number;
}

/** Longer than this nobody may be behind. */
const MAX_MS = 1_000;

/** Rows that an isolate has read of tenants' objects, for callers who have seen no newer version. */
export class IsolateCache {
  readonly #options: IsolateCacheOptions;
  readonly #items: ItemCache;

  /** @throws TypeError for times that are out of bounds */
  constructor(options: IsolateCacheOptions) {
    const { times, memory, nowMs } = options;
    for (const ms of [times.ms, ...Object.values(times.tenants ?? {})]) checkTime(ms);
    this.#options = options;
    this.#items = new ItemCache(memory, nowMs);
  }

  /** The store of a tenant, with what is kept in front of it; `store` itself where nothing may be kept. */
  inFrontOf(store: ItemStore, tenant: string): ItemStore {
    const { profile, times } = this.#options;
    const said = [times.ms, times.tenants?.[tenant]].filter((ms) => ms !== undefined);
    const isSaid = said.length > 0 || Object.values(profile.models).some(({ isolateCacheMs = 0 }) => isolateCacheMs > 0);
    if (!isSaid || said.includes(0)) return store;
    const keepMs = (model: ModelProfile | undefined) => leastOf([...said, model?.isolateCacheMs]);
    return new StoreInIsolate({ ...this.#options, store, items: this.#items, keySpace: new KeySpace(profile, tenant), keepMs });
  }
}

interface StoreInIsolateOptions extends Pick<IsolateCacheOptions, 'nowMs'> {
  store: ItemStore;
  items: ItemCache;
  keySpace: KeySpace;
  keepMs: (model: ModelProfile | undefined) => number;
}

class StoreInIsolate implements ItemStore {
  readonly #options: StoreInIsolateOptions;

  constructor(options: StoreInIsolateOptions) {
    this.#options = options;
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    const { store } = this.#options;
    const isPlain = (context.read === undefined || context.read === 'session') && context.atomic !== true && context.bypassCache !== true;
    const keys = isPlain ? keysOf(operation, input) : null;
    if (keys === null) return store.execute(operation, input, context);
    const version = context.version === undefined ? null : parseStoreVersion(context.version);
    const kept = version === null ? null : this.#answer(keys, version);
    // Of the operation whose keys these are.
    if (kept !== null) return { ok: true, output: outputOf(operation, keys, kept.items), meta: kept.meta };
    const result = await store.execute(operation, input, context);
    if (result.ok && result.meta.isOfVersion === true && result.meta.version !== undefined)
      this.#keep(keys, itemsOf(result.output), result.meta.version);
    return result;
  }

  /** All of the items, or null. */
  #answer(keys: readonly NamedKey[], version: StoreVersion): { items: (AttributeMap | null)[]; meta: OperationMeta } | null {
    const items: (AttributeMap | null)[] = [];
    let token: string | undefined;
    for (const key of keys) {
      const text = this.#textOf(key);
      if (text === undefined) return null;
      const end = text.indexOf(' ');
      const asOf = text.slice(0, end);
      if (!isAtLeast(asOf, version)) return null;
      token = joinedVersion(token, asOf);
      items.push(JSON.parse(text.slice(end)) as AttributeMap | null); // written below
    }
    return { items, meta: { cache: 'hit', ...noCost(), isOfIsolate: true, ...(token === undefined ? {} : { version: token }) } };
  }

  #textOf({ table, key }: NamedKey): string | undefined {
    const keyClass = this.#options.keySpace.classify(table, key);
    return keyClass.kind === 'own' ? (this.#options.items.get(keyClass.key.id)?.text ?? undefined) : undefined;
  }

  #keep(keys: readonly NamedKey[], found: readonly AttributeMap[], version: string): void {
    const { keySpace, items, keepMs, nowMs } = this.#options;
    const byKey = new Map(found.map((item) => [nameOf(keySpace.keyOfRow(item)), item]));
    for (const { table, key } of keys) {
      const keyClass = keySpace.classify(table, key);
      if (keyClass.kind !== 'own') continue;
      const ms = keepMs(keyClass.key.model);
      if (ms > 0) items.set(keyClass.key.id, `${version} ${JSON.stringify(byKey.get(nameOf(key)) ?? null)}`, nowMs() + ms);
    }
  }
}

interface NamedKey {
  table: string;
  key: AttributeMap;
}

/** The keys of a read of whole items of one table that need not be strong; null for any other operation. */
function keysOf(operation: OperationName, input: unknown): NamedKey[] | null {
  if (operation === 'GetItem') {
    const get = input as GetItemInput; // of this operation
    return isWholeGet(get) && get.ConsistentRead !== true ? [{ table: get.TableName, key: get.Key }] : null;
  }
  if (operation !== 'BatchGetItem') return null;
  const [[table, request] = [], ...others] = Object.entries((input as BatchGetItemInput).RequestItems); // of this operation
  if (table === undefined || request === undefined || others.length > 0) return null;
  return isWholeBatch(request) && request.ConsistentRead !== true ? request.Keys.map((key) => ({ table, key })) : null;
}

/** What the read answers that names these keys. */
function outputOf(
  operation: OperationName,
  keys: readonly NamedKey[],
  items: readonly (AttributeMap | null)[],
): GetItemOutput | BatchGetItemOutput {
  const found = items.filter((item) => item !== null);
  if (operation === 'GetItem') return found[0] === undefined ? {} : { Item: found[0] };
  return { Responses: { [keys[0]?.table ?? '']: found } };
}

function itemsOf(output: object): AttributeMap[] {
  const { Item, Responses = {} } = output as GetItemOutput & Partial<BatchGetItemOutput>; // of a read that names keys
  return Item === undefined ? Object.values(Responses).flat() : [Item];
}

function nameOf(key: AttributeMap | undefined): string {
  return JSON.stringify(Object.entries(key ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function leastOf(times: readonly (number | undefined)[]): number {
  return Math.min(...times.filter((ms) => ms !== undefined));
}

function checkTime(ms: number | undefined): void {
  if (ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_MS)) return;
  throw new TypeError(`isolateCache: expected a whole number of milliseconds from 0 to ${MAX_MS}, got ${ms}`);
}
