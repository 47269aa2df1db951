/** A client that reads and writes rows of one tenant at random, and records what it saw. Every write has a name of its own, so that it can be told apart. */
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import type {
  AttributeMap,
  AttributeValue,
  OperationInput,
  OperationName,
  QueryInput,
  QueryOutput,
  UpdateItemInput,
} from '../../src/dynamo/types.ts';
import { randomQuery } from './client-queries.ts';
import { itemOf, keyOf, nameOf, positionOf, rowName, valueOf } from './client-rows.ts';
import type { RecordedHistory } from './recorded-history.ts';

export interface RandomClientOptions {
  table: string;
  /** "[acme]#": what the partition keys start with */
  prefix: string;
  /** how many rows; a few of them are much hotter than the others */
  keys: number;
  /** share of operations that write */
  writes: number;
  /** share of the writes of one row that carry a token, and are sent again while their outcome is not known; default 0 */
  certain?: number;
  /** false: it reads by keys only, and never asks DynamoDB itself; default true */
  queries?: boolean;
  /** who it is to the store */
  caller: string;
  /** after so many operations it exports all rows; default: never */
  exportEvery?: number;
  /** 0 (included) to 1 (not) */
  random: () => number;
  history: RecordedHistory;
  /** names the next write; all clients of a history share it */
  nextName: () => string;
  /** @returns null when the answer was lost on the way: nobody knows what became of the operation */
  call: <Op extends OperationName>(operation: Op, input: OperationInput<Op>, context: OperationContext) => Promise<ClientReply | null>;
  /** for reports: when something was seen */
  note?: () => string;
}

/** As much of an answer as a client looks at. */
export interface ClientReply {
  ok: boolean;
  output?: Partial<QueryOutput> & {
    Item?: AttributeMap;
    Responses?: Record<string, AttributeMap[]>;
    UnprocessedItems?: unknown;
  };
  error?: { code: string; message?: string; item?: AttributeMap; keys?: AttributeMap[] };
  meta: { cache: string };
}

/** The conditions that clients set. The last one always holds: it is where a delete says its name. */
export const CONDITIONS = {
  ifMissing: 'attribute_not_exists(#pk)',
  ifExpected: '#value = :expected',
  always: 'attribute_not_exists(#value) OR #value <> :write',
} as const;

const MAX_TRIES = 5;
/** One call in so many is in the background. */
const BACKGROUND_EVERY = 4;
/** Of an export: small, so that many wait for their turn. */
const EXPORTED_AT_ONCE = 5;
const NAMES = {
  '#pk': '_pk',
  '#value': 'value',
  '#place': '_gsi1_pk',
  '#sort': '_gsi1_sk',
  '#iterPlace': '_iter_pk',
  '#iterSort': '_iter_sk',
};
/** Moves a row in the indexes. */
const MOVE = 'SET #value = :write, #place = :place, #sort = :sort, #iterPlace = :place, #iterSort = :sort';

const COUNTED = [
  'reads',
  'hits',
  'failedReads',
  'atomicReads',
  'atomicHits',
  'pages',
  'pageHits',
  'writes',
  'unknownWrites',
  'refusedWrites',
] as const;
/** What a client has done, by kind. */
export type OperationCounts = Record<(typeof COUNTED)[number], number>;

/** What a client has done that has done nothing. */
export function noCounts(): OperationCounts {
  return Object.fromEntries(COUNTED.map((name) => [name, 0])) as OperationCounts;
}

export class RandomClient {
  readonly counts = noCounts();
  readonly #options: RandomClientOptions;
  readonly #lastSeen = new Map<string, string | null>();
  #steps = 0;
  #calls = 0;

  constructor(options: RandomClientOptions) {
    this.#options = options;
  }

  /** Does one operation, and at times exports all rows. */
  async step(): Promise<void> {
    const { random, writes, queries = true, exportEvery = Infinity } = this.#options;
    if (++this.#steps % exportEvery === 0) await this.#export();
    if (random() < writes) return this.#write();
    const draw = random();
    if (draw < (queries ? 0.55 : 0.7)) return this.#get();
    return draw < 0.75 || !queries ? this.#batchGet() : this.#query();
  }

  /** A row's name, as operations pick it. */
  pickKey(): string {
    const { prefix, keys, random } = this.#options;
    return rowName(prefix, Math.floor(random() ** 2 * keys));
  }

  async #get(): Promise<void> {
    const key = this.pickKey();
    const startedAt = this.#options.history.begin();
    const reply = await this.#call('GetItem', {
      TableName: this.#options.table,
      Key: keyOf(key),
      ConsistentRead: this.#options.random() < 0.2,
    });
    this.counts.reads++;
    if (reply?.meta.cache === 'hit') this.counts.hits++;
    if (reply?.ok === true) this.#saw(key, startedAt, valueOf(reply.output?.Item));
    else this.counts.failedReads++;
  }

  /** Reads every row, in batches that are all asked for at once. */
  async #export(): Promise<void> {
    const { prefix, keys } = this.#options;
    const batches = Array.from({ length: Math.ceil(keys / EXPORTED_AT_ONCE) }, (_, batch) =>
      Array.from({ length: EXPORTED_AT_ONCE }, (_row, at) => rowName(prefix, batch * EXPORTED_AT_ONCE + at)),
    );
    await Promise.all(batches.map((batch) => this.#readBatch(batch, { priority: 'batch' })));
  }

  async #batchGet(): Promise<void> {
    const { random, queries = true } = this.#options;
    await this.#readBatch(this.#pickKeys(), queries && random() < 0.15 ? { atomic: true } : {});
  }

  async #readBatch(keys: readonly string[], context: OperationContext): Promise<void> {
    const { table, history } = this.#options;
    const startedAt = history.begin();
    const input = { RequestItems: { [table]: { Keys: keys.map(keyOf) } } };
    const reply = await this.#call('BatchGetItem', input, context);
    if (reply?.output?.Responses === undefined) return;
    const unread = new Set((reply.error?.keys ?? []).map(nameOf));
    const found = new Map(reply.output.Responses[table]?.map((item) => [nameOf(item), item]));
    for (const key of keys) {
      if (unread.has(key)) this.counts.failedReads++;
      else this.#saw(key, startedAt, valueOf(found.get(key)));
    }
    if (context.atomic !== true || !reply.ok) return;
    this.counts.atomicReads++;
    if (reply.meta.cache === 'hit') this.counts.atomicHits++;
    history.sawAtOnce({ startedAt, values: new Map(keys.map((key) => [key, valueOf(found.get(key))])), note: reply.meta.cache });
  }

  /** The first page of a query, and perhaps the next ones. */
  async #query(): Promise<void> {
    const { table, random, history, note } = this.#options;
    const wanted = randomQuery(table, this.#options);
    // Asked past the cache, an index lags behind, which nobody promises to hide.
    const isPastCache = wanted.IndexName === undefined && random() < 0.5;
    const first: QueryInput = isPastCache ? { ...wanted, ConsistentRead: true } : wanted;
    for (let input: QueryInput | null = first; input !== null;) {
      const startedAt = history.begin();
      const reply: ClientReply | null = await this.#call('Query', input, isPastCache ? { bypassCache: true } : {});
      const answered: Partial<QueryOutput> = reply?.output ?? {};
      const { Items, Count, ScannedCount, LastEvaluatedKey: next } = answered;
      if (reply?.ok !== true || Items === undefined || Count === undefined || ScannedCount === undefined) return;
      this.counts.pages++;
      if (reply.meta.cache === 'hit') this.counts.pageHits++;
      const output = { Items, Count, ScannedCount, ...(next === undefined ? {} : { LastEvaluatedKey: next }) };
      history.sawPage({ input, output, startedAt, note: `${reply.meta.cache} ${note?.() ?? ''}` });
      input = next === undefined || random() < 0.5 ? null : { ...first, ExclusiveStartKey: next };
    }
  }

  async #write(): Promise<void> {
    const { random, history, nextName } = this.#options;
    const draw = random();
    if (draw < 0.15) return this.#writeMany('BatchWriteItem');
    if (draw < 0.3) return this.#writeMany('TransactWriteItems');
    const key = this.pickKey();
    const write = nextName();
    const startedAt = history.begin();
    const reply = await this.#writeOne(draw, key, write);
    this.counts.writes++;
    if (reply?.ok === true) {
      this.#lastSeen.set(key, draw < 0.85 ? write : null);
      history.wrote(key, startedAt, write, this.#options.note?.());
    } else if (reply?.error?.code === 'condition_failed') {
      if (reply.error.item !== undefined) this.#saw(key, startedAt, valueOf(reply.error.item));
    } else this.#wroteMaybe(reply, [{ key, write }], startedAt);
  }

  async #writeOne(draw: number, key: string, write: string): Promise<ClientReply | null> {
    const { table, random, certain = 0, queries = true } = this.#options;
    const condition = this.#pickCondition(key);
    const asksForRow = random() < 0.5;
    const token = random() < certain ? write : undefined;
    if (draw < 0.65)
      return this.#send(
        'PutItem',
        { TableName: table, Item: itemOf(key, write, this.#options), ...expressions({ condition, asksForRow }) },
        token,
      );
    const row = { TableName: table, Key: keyOf(key) };
    if (draw < 0.85) {
      const moved = random() < 0.5 ? positionOf(key, this.#options) : {};
      const { _gsi1_pk: place, _gsi1_sk: sort } = moved;
      const update = place === undefined ? 'SET #value = :write' : MOVE;
      const more = queries && token === undefined && random() < 0.2 ? { ReturnValues: 'ALL_OLD' as const } : {};
      const changes = expressions({ update, write, place, sort, condition, asksForRow });
      return this.#send('UpdateItem', { ...row, ...more, ...changes }, token);
    }
    const named = expressions({ write, condition: { expression: CONDITIONS.always }, asksForRow });
    return this.#send('DeleteItem', { ...row, ...named }, token);
  }

  /** Sends a write; with a token again and again, until its outcome is known. */
  async #send<Op extends OperationName>(operation: Op, input: OperationInput<Op>, token: string | undefined): Promise<ClientReply | null> {
    if (token === undefined) return this.#call(operation, input);
    for (let tries = 1; ; tries++) {
      const reply = await this.#call(operation, input, { idempotencyToken: token });
      if (reply?.ok === true || tries === MAX_TRIES) return reply;
      // After a lost answer a refusal is not the whole truth: the first sending may still arrive.
      if (reply !== null && reply.error?.code !== 'outcome_unknown') return tries === 1 ? reply : null;
    }
  }

  async #writeMany(operation: 'BatchWriteItem' | 'TransactWriteItems'): Promise<void> {
    const { table, history, nextName } = this.#options;
    const writes = this.#pickKeys().map((key) => ({ key, write: nextName() }));
    const startedAt = history.begin();
    if (operation === 'TransactWriteItems') history.transacts(new Map(writes.map(({ key, write }) => [key, write])));
    const puts = writes.map(({ key, write }) => ({ TableName: table, Item: itemOf(key, write, this.#options) }));
    const condition = this.#options.random() < 0.2 ? { expression: CONDITIONS.ifMissing } : null;
    const reply = await (operation === 'BatchWriteItem'
      ? this.#call(operation, { RequestItems: { [table]: puts.map(({ Item }) => ({ PutRequest: { Item } })) } })
      : this.#call(operation, {
          TransactItems: puts.map((Put) => ({ Put: { ...Put, ...expressions({ condition, asksForRow: false }) } })),
        }));
    this.counts.writes++;
    const undone = JSON.stringify(reply?.output?.UnprocessedItems ?? {});
    const isDone = (write: string) =>
      reply?.ok === true || (reply?.output?.UnprocessedItems !== undefined && !undone.includes(`"${write}"`));
    for (const { key, write } of writes) if (isDone(write)) history.wrote(key, startedAt, write, this.#options.note?.());
    this.#wroteMaybe(
      reply,
      writes.filter(({ write }) => !isDone(write)),
      startedAt,
    );
  }

  /** Writes that were not acknowledged. Of those that were refused nothing is to be seen. */
  #wroteMaybe(reply: ClientReply | null, writes: readonly { key: string; write: string }[], startedAt: number): void {
    if (writes.length === 0) return;
    if (reply !== null && reply.error?.code !== 'outcome_unknown') {
      this.counts.refusedWrites++;
      return;
    }
    this.counts.unknownWrites++;
    for (const { key, write } of writes) this.#options.history.wroteMaybe(key, startedAt, write);
  }

  async #call<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    more: OperationContext = {},
  ): Promise<ClientReply | null> {
    const { caller, random, call } = this.#options;
    const share = ++this.#calls % BACKGROUND_EVERY === 0 ? ({ caller, priority: 'batch' } as const) : { caller };
    return call(operation, input, { deadlineMs: random() < 0.1 ? 50 : 10_000, ...share, ...more });
  }

  #saw(key: string, startedAt: number, value: string | null): void {
    this.#lastSeen.set(key, value);
    this.#options.history.saw(key, startedAt, value, this.#options.note?.());
  }

  #pickCondition(key: string): Condition | null {
    const draw = this.#options.random();
    const expected = this.#lastSeen.get(key);
    if (draw < 0.2) return { expression: CONDITIONS.ifMissing };
    return draw < 0.4 && typeof expected === 'string' ? { expression: CONDITIONS.ifExpected, expected } : null;
  }

  #pickKeys(): string[] {
    return [...new Set(Array.from({ length: 1 + Math.floor(this.#options.random() * 5) }, () => this.pickKey()))];
  }
}

interface Condition {
  expression: string;
  expected?: string;
}

/** The expressions of a write, with the names and values that they use and no others: DynamoDB refuses those. */
function expressions({ update, write, place, sort, condition, asksForRow }: ExpressionWish): Expressions {
  const text = `${update ?? ''} ${condition?.expression ?? ''}`;
  const names = Object.entries(NAMES).filter(([alias]) => text.includes(alias));
  const texts = { ':write': write, ':expected': condition?.expected };
  const values: [string, AttributeValue][] = Object.entries(texts).flatMap(([alias, value]) =>
    value === undefined ? [] : [[alias, { S: value }]],
  );
  if (place !== undefined && sort !== undefined) values.push([':place', place], [':sort', sort]);
  return {
    ...(update === undefined ? {} : { UpdateExpression: update }),
    ...(condition === null ? {} : { ConditionExpression: condition.expression }),
    ...(condition !== null && asksForRow ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {}),
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(names) }),
    ...(values.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(values) }),
  };
}

interface ExpressionWish {
  update?: string;
  write?: string;
  place?: AttributeValue | undefined;
  sort?: AttributeValue | undefined;
  condition: Condition | null;
  asksForRow: boolean;
}

type Expressions = Pick<
  UpdateItemInput,
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'ReturnValuesOnConditionCheckFailure'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;
