import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startDynamoDbProxy, type DynamoDbProxy } from '../../dev/faults/dynamodb-proxy.ts';
import { nameOf } from '../../dev/faults/client-rows.ts';
import { KilledStore } from '../../dev/faults/killed-store.ts';
import { NO_FAULTS, SeededFaults } from '../../dev/faults/seeded-faults.ts';
import { storeCode } from '../../dev/faults/store-code.ts';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const scale = inject('testScale');
const endpoint = inject('dynamodbEndpoint');
/** Of a round, half of them of rows that there are. */
const KEYS = 20_000;
const ROUNDS = Math.ceil(scale);
const KEYS_PER_BATCH = 100;
const CLIENTS = 16;
/** One entry in a thousand ends a batch of a hundred: that leaves 5 % of all keys undone. */
const FAULTS = { ...NO_FAULTS, throttled: 0.01, unprocessed: 0.001 };
const TIMEOUT_MS = 300_000 * Math.max(1, scale);

let table: string;
let proxy: DynamoDbProxy;
let store: KilledStore;

beforeAll(async () => {
  table = await createTestTable(endpoint);
  await fill();
  const faults = new SeededFaults(FAULTS);
  proxy = await startDynamoDbProxy({ endpoint, connections: 6, decide: (operation, body) => faults.next(operation, body) });
  store = new KilledStore({ code: await storeCode(), tenant: 'acme', endpoint: proxy.url });
}, TIMEOUT_MS);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await proxy.stop();
  await deleteTestTable(endpoint, table);
});

const keyOf = (id: string): AttributeMap => ({ _pk: { S: `[acme]#k#${id}` }, _sk: { S: 'k' } });
const idsOf = (kind: 'there' | 'missing', from: number, count: number) => Array.from({ length: count }, (_, at) => `${kind}${from + at}`);

async function fill(): Promise<void> {
  const client = new DynamoClient(localClientOptions(endpoint));
  for (let from = 0; from < KEYS / 2; from += 25) {
    const requests = idsOf('there', from, 25).map((id) => ({ PutRequest: { Item: { ...keyOf(id), value: { S: id } } } }));
    expect(await client.execute('BatchWriteItem', { RequestItems: { [table]: requests } })).toMatchObject({ ok: true });
  }
}

const counts = { read: 0, failed: 0, falselyMissing: 0, falselyThere: 0 };

async function readBatch(batch: number): Promise<void> {
  const half = KEYS_PER_BATCH / 2;
  const Keys = [...idsOf('there', batch * half, half), ...idsOf('missing', batch * half, half)].map(keyOf);
  const reply = await store.call('BatchGetItem', { RequestItems: { [table]: { Keys } } }, {});
  const unread = new Set((reply?.ok === true ? [] : (reply?.error?.keys ?? Keys)).map(nameOf));
  const found = new Set((reply?.output?.Responses?.[table] ?? []).map(nameOf));
  counts.read += Keys.length;
  counts.failed += unread.size;
  for (const name of Keys.map(nameOf)) {
    if (unread.has(name)) continue;
    if (name.includes('there') && !found.has(name)) counts.falselyMissing++;
    if (name.includes('missing') && found.has(name)) counts.falselyThere++;
  }
}

test(
  'no key is called missing that was throttled or left undone, and next to all are read within the deadline',
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // What is in memory was not asked for.
      if (round > 0) await store.restart();
      let next = 0;
      const client = async () => {
        for (let batch = next++; batch < KEYS / KEYS_PER_BATCH; batch = next++) await readBatch(batch);
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
    }
    console.log(`${JSON.stringify(counts)}; faults: ${JSON.stringify(proxy.faults())}`);
    expect(counts).toMatchObject({ read: KEYS * ROUNDS, falselyMissing: 0, falselyThere: 0 });
    expect(counts.failed / counts.read).toBeLessThanOrEqual(0.0001);
    expect(proxy.faults()['unprocessed']).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
