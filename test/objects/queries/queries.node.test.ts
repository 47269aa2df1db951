import { expect, test } from 'vitest';
import type { ItemStore, OperationContext } from '../../../src/dynamo/item-store.ts';
import { seededRandom } from '../../../dev/faults/seeded-random.ts';
import type { QueryOutput } from '../../../src/dynamo/types.ts';
import { isolatedCore } from '../simulation/isolated-core.ts';
import { CALM, SimulatedTable } from '../simulation/simulated-table.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';

test('who waits for an answer does not wait for the batch that has asked the same', async () => {
  const time = new VirtualTime();
  const table = new SimulatedTable(time, seededRandom(1), CALM);
  const core = isolatedCore(table, time);
  const ask = async (partition: string, context: OperationContext) => {
    const input = {
      TableName: 'simulated',
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':p': { S: `[t]#${partition}` } },
    };
    const startedMs = time.nowMs;
    await core.execute({ operation: 'Query', input, context: { deadlineMs: 30_000, ...context } });
    return time.nowMs - startedMs;
  };
  const ofBatch = Array.from({ length: 500 }, (_, at) => ask(`p${at}`, { caller: 'export', priority: 'batch' }));
  const inHurry = ask('p499', { caller: 'somebody' });
  await time.run();
  expect(await inHurry).toBeLessThan(30);
  expect(Math.max(...(await Promise.all(ofBatch)))).toBeGreaterThan(400);
  // One for both.
  expect(table.counts.queries).toBe(500);
});

test('an answer that has taken very long is not kept when a flush came on the way, and nobody who asks after the flush waits for it', async () => {
  const time = new VirtualTime();
  let value = 'old';
  let answerMs = 9_000;
  const store: ItemStore = {
    async execute() {
      const items = [{ _pk: { S: '[t]#p' }, _sk: { S: 'k' }, value: { S: value } }];
      await time.sleep(answerMs);
      const output: QueryOutput = { Items: items, Count: 1, ScannedCount: 1 };
      return { ok: true, output, meta: { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } };
    },
  };
  const core = isolatedCore(store, time);
  const seen: (string | undefined)[] = [];
  const ask = async () => {
    const input = {
      TableName: 'table',
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':p': { S: '[t]#p' } },
    };
    const reply = JSON.parse(await core.execute({ operation: 'Query', input, context: { deadlineMs: 20_000 } })) as { output: QueryOutput }; // written by the core
    const item = reply.output.Items?.[0]?.['value'];
    seen.push(item !== undefined && 'S' in item ? item.S : undefined);
  };
  time.after(0, () => void ask()); // it ends with the run, as the others do
  time.after(1_000, () => {
    value = 'of another writer';
    answerMs = 5;
    core.control.flush({ kind: 'tenant' });
  });
  time.after(8_000, () => void ask());
  time.after(12_000, () => void ask());
  await time.run();
  expect(seen).toEqual(['of another writer', 'old', 'of another writer']);
});
