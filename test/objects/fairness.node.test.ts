import { describe, expect, test, vi } from 'vitest';
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationName } from '../../src/dynamo/types.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import { Linger } from '../../src/objects/tenant-store/linger.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { CALM, SimulatedTable } from './simulation/simulated-table.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

vi.setConfig({ testTimeout: 60_000 });

const TABLE = 'simulated';
const keyOf = (name: string): AttributeMap => ({ _pk: { S: `[t]#k#${name}` }, _sk: { S: 'k' } });
const itemOf = (name: string): AttributeMap => ({ ...keyOf(name), value: { S: name } });

const QUERY = { KeyConditionExpression: '#p = :pk', ExpressionAttributeNames: { '#p': '_pk' } };

type Call = (operation: OperationName, input: object, context?: OperationContext) => Promise<unknown>;
/** What one caller does, all at once at the beginning. */
type Load = (call: Call, time: VirtualTime) => void;

const ids = (count: number) => Array.from({ length: count }, (_, at) => at);

/** A reader who asks for one cold key (or writes one) every few milliseconds for 200 of them, beside `load`. @returns how long the slowest 1 % took, and all of it */
async function readBeside(load: Load, asked: 'GetItem' | 'Query' | 'PutItem' = 'GetItem'): Promise<{ p99Ms: number; doneMs: number }> {
  const time = new VirtualTime();
  const table = new SimulatedTable(time, seededRandom(1), CALM);
  const core = isolatedCore(table, time);
  const call: Call = async (operation, input, context = {}) =>
    core.execute({ operation, input, context: { deadlineMs: 30_000, ...context } });
  const tookMs: number[] = [];
  // Not one after the other: who waits for a slow answer before asking again does not see how many are slow.
  const read = async (name: string) => {
    const startedMs = time.nowMs;
    const values = { ':pk': { S: name } };
    const inputs = {
      GetItem: { TableName: TABLE, Key: keyOf(name) },
      Query: { TableName: TABLE, ...QUERY, ExpressionAttributeValues: values },
      PutItem: { TableName: TABLE, Item: itemOf(name) },
    };
    await call(asked, inputs[asked], { caller: 'reader' });
    tookMs.push(time.nowMs - startedMs);
  };
  load(call, time);
  const everyMs = asked === 'GetItem' ? 1 : 5; // reads of keys share requests, the others take one each
  for (const id of ids(200 / everyMs)) time.after(2 + id * everyMs, () => void read(`reader ${id}`)); // all end with the run
  await time.run();
  const inOrder = tookMs.toSorted((a, b) => a - b);
  return { p99Ms: inOrder[Math.floor(inOrder.length * 0.99)] ?? Infinity, doneMs: time.nowMs - 1_000_000 };
}

const exporting =
  (priority: OperationContext['priority'], name = 'export'): Load =>
  (call) => {
    for (const batch of ids(100)) {
      const Keys = ids(100).map((at) => keyOf(`${name} ${batch} ${at}`));
      void call(
        'BatchGetItem',
        { RequestItems: { [TABLE]: { Keys } } },
        { caller: 'export', ...(priority === undefined ? {} : { priority }) },
      );
    }
  };

/** Exports that overlap, so that there is always one. */
const always =
  (priority: OperationContext['priority']): Load =>
  (call, time) => {
    for (const at of ids(5)) time.after(at * 50, () => exporting(priority, `export ${at}`)(call, time));
  };

const querying: Load = (call) => {
  for (const at of ids(1_000)) {
    void call(
      'Query',
      { TableName: TABLE, ...QUERY, ExpressionAttributeValues: { ':pk': { S: `export ${at}` } } },
      { caller: 'export', priority: 'batch' },
    );
  }
};

const importing: Load = (call) => {
  for (const batch of ids(400)) {
    const requests = ids(25).map((at) => ({ PutRequest: { Item: itemOf(`import ${batch} ${at}`) } }));
    void call('BatchWriteItem', { RequestItems: { [TABLE]: requests } }, { caller: 'import', priority: 'batch' });
  }
};

describe("one caller's 10,000 items slow another's requests at most twofold at the 99th percentile:", () => {
  test.each([
    ['an export, beside reads', exporting('batch'), 'GetItem'],
    ['exports without an end, beside reads', always('batch'), 'GetItem'],
    ['an export that says it is interactive, beside reads', exporting(undefined), 'GetItem'],
    ['exports without an end that say so, beside reads', always(undefined), 'GetItem'],
    ['1,000 queries, beside reads', querying, 'GetItem'],
    ['1,000 queries, beside queries', querying, 'Query'],
    ['an import, beside writes', importing, 'PutItem'],
    ['an import, beside reads', importing, 'GetItem'],
    ['an export, beside writes', exporting('batch'), 'PutItem'],
  ] as const)('%s', async (_, load, asked) => {
    const alone = await readBeside(() => {}, asked);
    const beside = await readBeside(load, asked);
    expect(alone.p99Ms).toBeLessThan(25);
    expect(beside.p99Ms / alone.p99Ms).toBeLessThan(2);
  });

  test('and the export goes on meanwhile, on most of the connections', async () => {
    const { doneMs } = await readBeside((call, time) => {
      exporting('batch')(call, time);
      for (const at of ids(300))
        time.after(at * 5, () => void call('GetItem', { TableName: TABLE, Key: keyOf(`other ${at}`) }, { caller: `c${at % 9}` }));
    });
    expect(doneMs).toBeLessThan(3_500);
  });
});

describe('the wait for more keys', () => {
  /** Clients that read keys by popularity, with nothing cached: requests to DynamoDB for each read. */
  async function callsPerRead(clients: number): Promise<{ share: number; meanMs: number }> {
    const time = new VirtualTime();
    const random = seededRandom(7);
    const table = new SimulatedTable(time, random, { ...CALM, latencyMs: 2.5 });
    const core = isolatedCore(table, time, { defaultCacheSec: 0, missingCacheSec: 0 });
    let reads = 0;
    let sumMs = 0;
    const client = async () => {
      for (let count = 0; count < 60; count++) {
        await time.sleep(random());
        const startedMs = time.nowMs;
        const Key = keyOf(String(Math.floor(1_000 ** random())));
        await core.execute({ operation: 'GetItem', input: { TableName: TABLE, Key }, context: {} });
        reads++;
        sumMs += time.nowMs - startedMs;
      }
    };
    for (let count = 0; count < clients; count++) void client(); // ends with the run
    await time.run();
    expect(table.mostInFlight).toBeLessThanOrEqual(6);
    return { share: table.counts.reads / reads, meanMs: sumMs / reads };
  }

  test('makes fewer requests of the same reads, and hardly a longer time', async () => {
    const waiting = await callsPerRead(100);
    vi.spyOn(Linger.prototype, 'ms', 'get').mockReturnValue(0);
    const atOnce = await callsPerRead(100);
    vi.restoreAllMocks();
    expect(waiting.share).toBeLessThan(atOnce.share * 0.95);
    expect(waiting.meanMs).toBeLessThan(atOnce.meanMs * 1.1);
  });

  test('is not needed for 256 clients to take at most 0.025 requests for each read', async () => {
    vi.spyOn(Linger.prototype, 'ms', 'get').mockReturnValue(0);
    expect((await callsPerRead(256)).share).toBeLessThan(0.025);
    vi.restoreAllMocks();
    expect((await callsPerRead(256)).share).toBeLessThan(0.025);
  });

  test('grows with each small batch while no connection is free, to a fifth of a round trip and a millisecond at most, and ends with that', () => {
    const linger = new Linger();
    linger.left(5, true);
    expect(linger.ms).toBe(0);
    linger.observe(2);
    for (const keys of [5, 6, 6]) linger.left(keys, true);
    expect(linger.ms).toBeCloseTo(0.3);
    for (let batch = 0; batch < 9; batch++) linger.left(6, true);
    expect(linger.ms).toBeCloseTo(0.4);
    for (let trip = 0; trip < 100; trip++) linger.observe(100);
    for (let batch = 0; batch < 9; batch++) linger.left(6, true);
    expect(linger.ms).toBe(1);
    linger.left(3, false);
    expect(linger.ms).toBe(0);
  });

  test('does not begin with batches that are large, or that become smaller', () => {
    const linger = new Linger();
    linger.observe(10);
    for (const keys of [100, 25, 24, 20, 10]) linger.left(keys, true);
    expect(linger.ms).toBe(0);
  });
});
