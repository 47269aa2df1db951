import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startDynamoDbProxy, type DynamoDbProxy } from '../../dev/faults/dynamodb-proxy.ts';
import { KilledStore } from '../../dev/faults/killed-store.ts';
import { valueOf } from '../../dev/faults/client-rows.ts';
import { runOnWorkerd, type RealRunOptions } from '../../dev/faults/real-run.ts';
import { runInRounds } from '../../dev/faults/rounds.ts';
import { storeCode } from '../../dev/faults/store-code.ts';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const scale = inject('testScale');
const endpoint = inject('dynamodbEndpoint');
const TIMEOUT_MS = 300_000 * Math.max(1, scale);
let code: string;

beforeAll(async () => {
  code = await storeCode();
});

describe('clients of the real object, in front of a DynamoDB that fails', () => {
  function options(operations: number, kills: number): RealRunOptions {
    const chances = { throttled: 0.01, unprocessed: 0.02, failedReads: 0.005, slow: 0.005, unknownWrites: 0.005 };
    const faults = { seed: 1, slowMs: 3_500, lateMs: 10_000, ...chances };
    return { endpoint, code, operations, kills, clients: 64, keys: 200, writes: 0.1, certain: 0.2, faults, lagMs: 4_000 };
  }

  test(
    'see nothing that cannot be explained, though it is killed while it writes',
    async () => {
      const reports = await runInRounds(options(Math.ceil(50_000 * scale), Math.ceil(10 * scale)), console.log);
      expect(reports.flatMap(({ violations }) => violations)).toEqual([]);
      const [operations, kills] = [reports.map((report) => report.operations), reports.map((report) => report.kills)].map(sumOf);
      expect(operations).toBeGreaterThanOrEqual(50_000 * scale);
      expect(kills).toBe(Math.ceil(10 * scale));
      expect(Math.max(...reports.map(({ mostInFlight }) => mostInFlight))).toBeLessThanOrEqual(6);
    },
    TIMEOUT_MS,
  );

  test(
    'see nothing that cannot be explained either while the keys are divided among other objects, which are killed too',
    async () => {
      const ofRun = { ...options(Math.ceil(8_000 * scale), Math.ceil(3 * scale)), shards: [4, 2, 6, 4] };
      const reports = await runInRounds(ofRun, console.log);
      expect(reports.flatMap(({ violations }) => violations)).toEqual([]);
      for (const { division } of reports) expect(division).toMatchObject({ shards: 4, epoch: 4 });
    },
    TIMEOUT_MS,
  );

  test(
    'see it when the object reads eventually after a write',
    async () => {
      const planted = code.replace('DEFAULT_STRONG_AFTER_WRITE_MS = 5e3', 'DEFAULT_STRONG_AFTER_WRITE_MS = 0');
      expect(planted).not.toBe(code);
      const { violations } = await runOnWorkerd({ ...options(10_000, 0), keys: 50, code: planted });
      expect(violations).not.toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test(
  'an object that has too much to do is divided by its alarm, and its callers go on',
  async () => {
    const table = await createTestTable(endpoint);
    await using store = new KilledStore({
      code: await storeCode({ fromCallsPerSec: 20, overSec: 1, max: 4 }),
      tenant: 'acme',
      endpoint,
    });
    const read = (id: string) => store.call('GetItem', { TableName: table, Key: { _pk: { S: `[acme]#k#${id}` }, _sk: { S: 'k' } } }, {});
    let division: Awaited<ReturnType<KilledStore['divide']>> = null;
    for (let count = 0; (division?.shards ?? 1) < 4; count++) {
      expect((await read(`r${count % 50}`))?.ok).toBe(true);
      if (count % 50 === 0) division = await store.divide();
    }
    expect(division).toMatchObject({ shards: 4, epoch: 2 });
    await deleteTestTable(endpoint, table);
  },
  TIMEOUT_MS,
);

describe('an object that is killed (SIGKILL) when DynamoDB has a write and its client no answer', () => {
  let table: string;
  let proxy: DynamoDbProxy;
  let store: KilledStore;

  beforeAll(async () => {
    table = await createTestTable(endpoint);
    proxy = await startDynamoDbProxy({ endpoint });
    store = new KilledStore({ code, tenant: 'acme', endpoint: proxy.url });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await proxy.stop();
    await deleteTestTable(endpoint, table);
  });

  const keyOf = (id: string) => ({ _pk: { S: `[acme]#k#${id}` }, _sk: { S: 'k' } });
  const itemOf = (id: string, value: string) => ({ ...keyOf(id), value: { S: value } });
  const get = async (id: string) => {
    const reply = await store.call('GetItem', { TableName: table, Key: keyOf(id) }, {});
    return [valueOf(reply?.output?.Item), reply?.meta.cache];
  };

  test.each(Array.from({ length: Math.ceil(3 * scale) }, (_, point) => point))(
    'starts again with that key held, and no other: point %i',
    async (point) => {
      const id = `p${point}`;
      // Past the object: the journal of the one that is killed lists the other write alone.
      await new DynamoClient(localClientOptions(endpoint)).execute('PutItem', { TableName: table, Item: itemOf(id, 'old') });
      const isApplied = point % 2 === 1;
      proxy.inject({ kind: 'hold', moment: isApplied ? 'after' : 'before', operation: 'PutItem', contains: ['"new"'] });
      const write = store.call('PutItem', { TableName: table, Item: itemOf(id, 'new') }, {});
      await proxy.whenHeld({ operation: 'PutItem' }, 1);
      proxy.forgetRequests();
      await store.restart();
      expect(await write).toBeNull();
      const now = isApplied ? 'new' : 'old';
      expect([await get(id), await get(id)]).toEqual([
        [now, 'miss'],
        [now, 'miss'],
      ]);
      expect(proxy.requests().every(({ body }) => JSON.stringify(body).includes('"ConsistentRead":true'))).toBe(true);
      expect([await get(`n${point}`), await get(`n${point}`)]).toEqual([
        [null, 'miss'],
        [null, 'hit'],
      ]);
      proxy.release();
      await proxy.whenPassedOn();
      expect(await get(id)).toEqual(['new', 'miss']);
    },
    TIMEOUT_MS,
  );
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
