/**
 * A DynamoDB of one table in virtual time, with what makes the real one hard: eventual reads that lag, batches left undone, refusals, lost
 * answers, and writes that are applied after everybody has given them up. It is the fault model of the simulation and knows just the requests that
 * the simulation makes; what DynamoDB does with the others is tested on a real one.
 */
import type { ItemStore, OperationContext, OperationMeta, OperationResult, StoreError } from '../../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations } from '../../../src/dynamo/types.ts';
import type { AppliedWrite } from '../../../dev/faults/history.ts';
import { nameOf, textOf, valueOf } from '../../../dev/faults/client-rows.ts';
import { CONDITIONS } from '../../../dev/faults/random-client.ts';
import { parseQuery } from '../../../src/dynamo/expressions/parse-query.ts';
import { answerQuery } from '../../../src/dynamo/expressions/query-page.ts';
import type { TableProfile } from '../../../src/dynamo/table-profile.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Probabilities of 0 to 1, and times in milliseconds. */
export interface Faults {
  latencyMs: number;
  slowTail: number;
  slowTailMs: number;
  /** how old eventual reads may be */
  lagMs: number;
  throttled: number;
  unprocessed: number;
  readFailure: number;
  /** a write whose answer never comes: a third is not applied, a third is, a third is applied late */
  unknownOutcome: number;
  /** how late after it was given up */
  lateMs: number;
  /** reads fail for so long, again and again */
  outage?: { everyMs: number; forMs: number };
}

/** A table that never fails, and is never late. */
export const CALM: Faults = {
  latencyMs: 5,
  slowTail: 0,
  slowTailMs: 0,
  lagMs: 0,
  throttled: 0,
  unprocessed: 0,
  readFailure: 0,
  unknownOutcome: 0,
  lateMs: 0,
};

/** A table in whose way there is all that may be. */
export const FAILING: Faults = {
  latencyMs: 5,
  slowTail: 0.01,
  slowTailMs: 3_000,
  lagMs: 4_000,
  throttled: 0.01,
  unprocessed: 0.02,
  readFailure: 0.005,
  unknownOutcome: 0.005,
  lateMs: 29_000,
};

/** What a row was made by a write. */
export interface Version extends AppliedWrite {
  item: AttributeMap | null;
  appliedAtMs: number;
}

interface WriteRequest {
  operation: OperationName;
  input: unknown;
  token: string | undefined;
}

type Write = { Put: { item: AttributeMap } } | { Update: { key: AttributeMap; sets: AttributeMap } } | { Delete: { key: AttributeMap } };

interface NamedWrite {
  write: string;
  change: Write;
  /** "missing": only when there is no such item; a value: only when the item has it */
  condition: string | undefined;
  returns: 'NONE' | 'ALL_OLD' | 'ALL_NEW';
}

/** The table and the indexes that clients query. */
export const PROFILE: TableProfile = {
  key: { partitionKey: '_pk', sortKey: '_sk' },
  indexes: {
    gsi1: { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk', projection: 'ALL' },
    iter_index: { partitionKey: '_iter_pk', sortKey: '_iter_sk', projection: 'KEYS_ONLY' },
  },
  ttlAttribute: 'ttl',
  models: {},
};

const PARTITION_KEYS = [PROFILE.key, ...Object.values(PROFILE.indexes)].map(({ partitionKey }) => partitionKey);

const META: OperationMeta = { cache: 'bypass', calls: 1, keys: 0, readUnits: 0, writeUnits: 0 };

export class SimulatedTable implements ItemStore {
  readonly versions = new Map<string, Version[]>();
  /** told of every change, in the order of their application, as the table's stream is */
  onChange: (change: { name: string; version: Version }) => void = () => {};
  readonly counts = { reads: 0, strongReads: 0, queries: 0, readsInOutage: 0, writes: 0, unknown: 0 };
  mostInFlight = 0;
  /** the most entries of one BatchWriteItem */
  mostWritten = 0;
  /** the names of the rows that ever stood in a partition of the table or of an index */
  readonly #inPlaces = new Map<string, Set<string>>();
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #faults: Faults;
  readonly #appliedTokens = new Set<string>();
  #inFlight = 0;

  constructor(time: VirtualTime, random: () => number, faults: Faults) {
    this.#time = time;
    this.#random = random;
    this.#faults = faults;
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    this.#inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    const result = await this.#perform(operation, input, context);
    this.#inFlight--;
    return result;
  }

  async #perform(operation: OperationName, input: unknown, context: OperationContext): Promise<OperationResult<OperationName>> {
    const { deadlineMs = 10_000, idempotencyToken } = context;
    const there = this.#latency();
    if (there >= deadlineMs && operation === 'BatchGetItem') return this.#fail('deadline_exceeded', deadlineMs);
    switch (operation) {
      case 'BatchGetItem':
        return this.#batchGet(input as Operations['BatchGetItem']['input'], there, context.atomic === true);
      case 'Query':
        return this.#query(input as Operations['Query']['input'], there);
      default:
        return this.#writeGroup({ operation, input, token: idempotencyToken }, there, deadlineMs);
    }
  }

  async #batchGet(input: Operations['BatchGetItem']['input'], there: number, isAtomic: boolean): Promise<OperationResult<OperationName>> {
    await this.#time.sleep(there);
    this.counts.reads++;
    if (this.#isDown()) {
      this.counts.readsInOutage++;
      return this.#fail('unavailable', this.#latency());
    }
    if (this.#happens(this.#faults.readFailure)) return this.#fail('unavailable', this.#latency());
    const [table, { Keys, ConsistentRead }] = Object.entries(input.RequestItems)[0] as [
      string,
      { Keys: AttributeMap[]; ConsistentRead?: boolean },
    ];
    if (ConsistentRead === true) this.counts.strongReads++;
    const left = isAtomic ? [] : Keys.filter(() => this.#happens(this.#faults.unprocessed));
    const isStrong = isAtomic || ConsistentRead === true;
    const read = Keys.filter((key) => !left.includes(key)).map((key) => this.#lookUp(nameOf(key), isStrong));
    const found = read.filter((item) => item !== null);
    await this.#time.sleep(this.#latency());
    const output = { Responses: { [table]: found } };
    if (left.length === 0) return { ok: true, output, meta: META };
    return { ok: false, error: { code: 'throttled', message: 'left undone', keys: left }, output, meta: META };
  }

  /** Each row of an index, and of a table that is not read strongly, may be another while behind. */
  async #query(input: Operations['Query']['input'], there: number): Promise<OperationResult<OperationName>> {
    await this.#time.sleep(there);
    this.counts.queries++;
    if (this.#isDown() || this.#happens(this.#faults.readFailure)) return this.#fail('unavailable', this.#latency());
    const index = input.IndexName === undefined ? undefined : PROFILE.indexes[input.IndexName];
    const query = parseQuery(input, { key: index ?? PROFILE.key, tableKey: PROFILE.key, projection: index?.projection ?? null });
    const names = this.#inPlaces.get(`${(index ?? PROFILE.key).partitionKey} ${query?.partition}`) ?? [];
    const seen = Array.from(names, (name) => this.#lookUp(name, input.ConsistentRead === true)).filter((row) => row !== null);
    const current = seen.map((row) => ({ key: row, row }));
    const output = query && answerQuery(query, { rows: [], lastKey: undefined }, current);
    if (output === null) throw new Error(`a query that DynamoDB refuses: ${JSON.stringify(input)}`);
    await this.#time.sleep(this.#latency());
    return { ok: true, output, meta: META };
  }

  #lookUp(name: string, isStrong: boolean): AttributeMap | null {
    const versions = this.versions.get(name) ?? [];
    const asOfMs = isStrong ? Infinity : this.#time.nowMs - this.#random() ** 2 * this.#faults.lagMs;
    return versions.findLast(({ appliedAtMs }) => appliedAtMs <= asOfMs)?.item ?? null;
  }

  async #writeGroup(request: WriteRequest, there: number, deadlineMs: number): Promise<OperationResult<OperationName>> {
    this.counts.writes++;
    if (this.#happens(this.#faults.throttled)) return this.#fail('throttled', there);
    if (this.#happens(this.#faults.unknownOutcome) || there >= deadlineMs) return this.#loseAnswer(request, deadlineMs);
    await this.#time.sleep(there);
    const result = request.operation === 'BatchWriteItem' ? this.#applyBatch(request.input) : this.#applyAll(request);
    await this.#time.sleep(this.#latency());
    return result;
  }

  async #loseAnswer(request: WriteRequest, deadlineMs: number): Promise<OperationResult<OperationName>> {
    this.counts.unknown++;
    const givenUpMs = Math.min(deadlineMs, this.#latency() * 3);
    const fate = this.#random();
    const appliedAfterMs =
      fate < 1 / 3 ? Infinity : fate < 2 / 3 ? this.#random() * givenUpMs : givenUpMs + this.#random() * this.#faults.lateMs;
    if (appliedAfterMs !== Infinity) this.#time.after(appliedAfterMs, () => void this.#applyAll(request)); // its outcome reaches nobody
    return this.#fail('outcome_unknown', givenUpMs);
  }

  #applyAll({ operation, input, token }: WriteRequest): OperationResult<OperationName> {
    if (token !== undefined && this.#appliedTokens.has(token)) return { ok: true, output: {}, meta: META };
    const writes = writesOf(operation, input);
    const failed = writes.find((write) => !this.#holds(write));
    if (failed !== undefined) {
      const item = this.#lookUp(nameOf(rowOf(failed.change)), true);
      if (operation === 'TransactWriteItems')
        return { ok: false, error: { code: 'transaction_cancelled', message: 'cancelled', reasons: [] }, meta: META };
      return { ok: false, error: { code: 'condition_failed', message: 'condition', ...(item === null ? {} : { item }) }, meta: META };
    }
    const [first] = writes;
    const before = first === undefined ? null : this.#lookUp(nameOf(rowOf(first.change)), true);
    for (const write of writes) this.#apply(write);
    if (token !== undefined) this.#appliedTokens.add(token);
    const after = first === undefined ? null : this.#lookUp(nameOf(rowOf(first.change)), true);
    const asked = { ALL_OLD: before, ALL_NEW: after, NONE: null }[first?.returns ?? 'NONE'];
    return { ok: true, output: asked === null ? {} : { Attributes: asked }, meta: META };
  }

  #applyBatch(input: unknown): OperationResult<OperationName> {
    const writes = writesOf('BatchWriteItem', input);
    this.mostWritten = Math.max(this.mostWritten, writes.length);
    const { RequestItems } = input as Operations['BatchWriteItem']['input'];
    const [table, requests] = Object.entries(RequestItems)[0] as [string, Operations['BatchWriteItem']['input']['RequestItems'][string]];
    const left = requests.filter((_request, index) => {
      const isLeft = this.#happens(this.#faults.unprocessed);
      const write = writes[index];
      if (!isLeft && write !== undefined) this.#apply(write);
      return isLeft;
    });
    if (left.length === 0) return { ok: true, output: {}, meta: META };
    return { ok: false, error: { code: 'throttled', message: 'left undone' }, output: { UnprocessedItems: { [table]: left } }, meta: META };
  }

  #holds({ change, condition }: NamedWrite): boolean {
    if (condition === undefined) return true;
    const item = this.#lookUp(nameOf(rowOf(change)), true);
    return condition === 'missing' ? item === null : valueOf(item) === condition;
  }

  #apply({ write, change }: NamedWrite): void {
    const name = nameOf(rowOf(change));
    const before = this.#lookUp(name, true);
    const item = 'Put' in change ? change.Put.item : 'Update' in change ? { ...before, ...change.Update.key, ...change.Update.sets } : null;
    this.#append(name, { write, value: valueOf(item), item, appliedAtMs: this.#time.nowMs });
  }

  /** A writer who bypasses the store: its write is applied at once. */
  writePast(key: AttributeMap, write: string, item: AttributeMap | null): void {
    this.#append(nameOf(key), { write, value: valueOf(item), item, appliedAtMs: this.#time.nowMs });
  }

  #append(name: string, version: Version): void {
    const versions = this.versions.get(name) ?? [];
    versions.push(version);
    this.versions.set(name, versions);
    for (const attribute of version.item === null ? [] : PARTITION_KEYS) {
      const place = `${attribute} ${textOf(version.item ?? {}, attribute)}`;
      this.#inPlaces.set(place, (this.#inPlaces.get(place) ?? new Set()).add(name));
    }
    this.onChange({ name, version });
  }

  async #fail(code: StoreError['code'], afterMs: number): Promise<OperationResult<OperationName>> {
    await this.#time.sleep(afterMs);
    return { ok: false, error: { code, message: code }, meta: META };
  }

  #isDown(): boolean {
    const { outage } = this.#faults;
    return outage !== undefined && this.#time.nowMs % outage.everyMs < outage.forMs;
  }

  #happens(probability: number): boolean {
    return this.#random() < probability;
  }

  #latency(): number {
    const { latencyMs, slowTail, slowTailMs } = this.#faults;
    return this.#happens(slowTail) ? this.#random() * slowTailMs : latencyMs * (0.5 + this.#random());
  }
}

function rowOf(change: Write): AttributeMap {
  return 'Put' in change ? change.Put.item : 'Update' in change ? change.Update.key : change.Delete.key;
}

interface SimulatedInput {
  Item?: AttributeMap;
  Key?: AttributeMap;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: AttributeMap;
  ReturnValues?: NamedWrite['returns'];
}

function writesOf(operation: OperationName, input: unknown): NamedWrite[] {
  if (operation === 'BatchWriteItem') {
    const { RequestItems } = input as Operations['BatchWriteItem']['input'];
    return Object.values(RequestItems)
      .flat()
      .map((request) => named('PutRequest' in request ? request.PutRequest : request.DeleteRequest));
  }
  if (operation === 'TransactWriteItems') {
    const { TransactItems } = input as Operations['TransactWriteItems']['input'];
    return TransactItems.map((action) => named(Object.values(action)[0] as SimulatedInput));
  }
  return [named(input as SimulatedInput)];
}

/** Clients name every write: a put by its value, the others by `:write`. */
function named(input: SimulatedInput): NamedWrite {
  const { Item, Key = {}, ExpressionAttributeValues: values = {}, ReturnValues: returns = 'NONE' } = input;
  const condition = conditionOf(input);
  if (Item !== undefined) return { write: valueOf(Item) ?? '', change: { Put: { item: Item } }, condition, returns };
  const change: Write = input.UpdateExpression === undefined ? { Delete: { key: Key } } : { Update: { key: Key, sets: setsOf(input) } };
  return { write: textOf(values, ':write'), change, condition, returns };
}

/** What an expression of the form "SET #name = :value, …" sets. */
function setsOf(input: SimulatedInput): AttributeMap {
  const { UpdateExpression = '', ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
  const pairs = UpdateExpression.replace('SET ', '').split(', ');
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const [name = '', value = ''] = pair.split(' = ');
      const [attribute, set] = [names[name], values[value]];
      return attribute === undefined || set === undefined ? [] : [[attribute, set] as const];
    }),
  );
}

function conditionOf({ ConditionExpression, ExpressionAttributeValues = {} }: SimulatedInput): string | undefined {
  const expected = ExpressionAttributeValues[':expected'];
  if (ConditionExpression === CONDITIONS.ifMissing) return 'missing';
  return expected !== undefined && 'S' in expected ? expected.S : undefined;
}
