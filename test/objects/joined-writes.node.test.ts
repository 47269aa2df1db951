import { expect, test } from 'vitest';
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, BatchWriteItemInput, OperationInput, OperationName } from '../../src/dynamo/types.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { CALM, PROFILE, SimulatedTable } from './simulation/simulated-table.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const TABLE = 'simulated';
const META = { cache: 'bypass', calls: 1, keys: 0, readUnits: 0, writeUnits: 0 } as const;
const keyOf = (name: string): AttributeMap => ({ _pk: { S: `[t]#k#${name}` }, _sk: { S: 'k' } });
const put = (name: string, value = name) => ({ TableName: TABLE, Item: { ...keyOf(name), value: { S: value } } });
const names = (count: number, prefix = 'k') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

/** What DynamoDB is asked to write; a batch may be answered by `answerBatch` instead. */
class Asked implements ItemStore {
  readonly writes: [OperationName, entries: number][] = [];
  readonly #table: SimulatedTable;
  readonly #answerBatch: (input: BatchWriteItemInput) => { error: StoreError; output?: object } | null;

  constructor(table: SimulatedTable, answerBatch: (input: BatchWriteItemInput) => { error: StoreError; output?: object } | null) {
    this.#table = table;
    this.#answerBatch = answerBatch;
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context?: OperationContext,
  ): Promise<OperationResult<Op>> {
    const requests = 'RequestItems' in input ? (input as BatchWriteItemInput).RequestItems[TABLE] : undefined;
    if (operation !== 'BatchGetItem') this.writes.push([operation, requests?.length ?? 1]);
    const instead = operation === 'BatchWriteItem' ? this.#answerBatch(input as BatchWriteItemInput) : null;
    if (instead !== null) return { ok: false, meta: META, ...instead };
    return this.#table.execute(operation, input, context);
  }
}

function setUp(answerBatch: (input: BatchWriteItemInput) => { error: StoreError; output?: object } | null = () => null) {
  const time = new VirtualTime();
  const table = new SimulatedTable(time, seededRandom(1), CALM);
  const asked = new Asked(table, answerBatch);
  const core = isolatedCore(asked, time, { profile: PROFILE });
  const call = async (operation: OperationName, input: object, context: OperationContext = {}) =>
    JSON.parse(await core.execute({ operation, input, context })) as { ok: boolean; error?: StoreError; output?: { Item?: AttributeMap } };
  /** Does all of it at once. */
  const all = async <Result>(calls: Promise<Result>[]) => {
    await new Promise(setImmediate);
    await time.run();
    return Promise.all(calls);
  };
  /** So that it is known where their rows stand in indexes. */
  const know = (known: readonly string[]) => all(known.map((name) => call('GetItem', { TableName: TABLE, Key: keyOf(name) })));
  return { call, all, know, asked, core };
}

test('plain puts and deletes that wait for a connection leave together, and all others alone', async () => {
  const { call, all, know, asked } = setUp();
  const plain = names(40);
  await know([...plain, 'gone', 'condition', 'old', 'hurry']);
  const replies = await all([
    ...plain.map((name) => call('PutItem', put(name))),
    call('DeleteItem', { TableName: TABLE, Key: keyOf('gone') }),
    call('PutItem', { ...put('condition'), ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': '_pk' } }),
    call('PutItem', { ...put('old'), ReturnValues: 'ALL_OLD' }),
    call('PutItem', put('hurry'), { deadlineMs: 900 }),
    call('PutItem', put('stranger')),
  ]);
  expect(replies.every(({ ok }) => ok)).toBe(true);
  const alone = asked.writes.filter(([operation]) => operation !== 'BatchWriteItem').length;
  const together = asked.writes.flatMap(([operation, entries]) => (operation === 'BatchWriteItem' ? [entries] : []));
  // Five find a connection; four of those that wait have a reason to go alone.
  expect([alone, together]).toEqual([9, [25, 11]]);
  const read = await Promise.all([...plain, 'gone'].map((name) => call('GetItem', { TableName: TABLE, Key: keyOf(name) })));
  expect(read.map(({ output }) => output?.Item)).toEqual([...plain.map((name) => put(name).Item), undefined]);
});

test('what DynamoDB refuses of them goes alone; and always, when it is that they go together', async () => {
  const refusals: StoreError['code'][] = ['invalid_request', 'access_denied'];
  const { call, all, know, asked } = setUp(() => ({ error: { code: refusals.shift() ?? 'unavailable', message: 'refused' } }));
  await know(names(20));
  for (const expected of [15, 15, 20]) {
    asked.writes.length = 0;
    expect((await all(names(20).map((name) => call('PutItem', put(name))))).every(({ ok }) => ok)).toBe(true);
    expect(asked.writes.filter(([operation]) => operation === 'PutItem').length).toBe(20);
    expect(asked.writes.filter(([operation]) => operation === 'BatchWriteItem')).toEqual(expected === 20 ? [] : [['BatchWriteItem', 15]]);
  }
});

test('of a request that is done in part, only what was left undone is written again', async () => {
  const left = (input: BatchWriteItemInput) => ({ [TABLE]: input.RequestItems[TABLE]?.slice(0, 4) ?? [] });
  const { call, all, know, asked } = setUp((input) => ({
    error: { code: 'throttled', message: 'left undone' },
    output: { UnprocessedItems: left(input) },
  }));
  await know(names(20));
  expect((await all(names(20).map((name) => call('PutItem', put(name))))).every(({ ok }) => ok)).toBe(true);
  expect(asked.writes.filter(([operation]) => operation === 'PutItem').length).toBe(5 + 4);
});

test('when its answer is lost nobody knows of any of them, and their keys are held', async () => {
  const { call, all, know, core } = setUp(() => ({ error: { code: 'outcome_unknown', message: 'lost' } }));
  await know(names(20));
  const replies = await all(names(20).map((name) => call('PutItem', put(name))));
  expect(replies.filter(({ ok }) => ok).length).toBe(5);
  expect(replies.flatMap(({ error }) => error?.code ?? [])).toEqual(Array.from({ length: 15 }, () => 'outcome_unknown'));
  expect(core.control.stats.heldKeys).toBe(15);
});
