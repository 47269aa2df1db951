import { expect, test } from 'vitest';
import type { ItemStore } from '../../src/dynamo/item-store.ts';
import { BatchLoader, type Load } from '../../src/objects/tenant-store/batch-loader.ts';
import { KeySpace } from '../../src/objects/tenant-store/item-key.ts';
import { ItemSizes } from '../../src/objects/tenant-store/item-sizes.ts';
import { COMMON_SHARE, RequestScheduler } from '../../src/objects/tenant-store/request-scheduler.ts';

const space = new KeySpace({ key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} }, 'acme');

function loadOf(id: string): Load {
  const keyClass = space.classify('table', { _pk: { S: `[acme]#it#${id}` }, _sk: { S: 'it' } });
  if (keyClass.kind !== 'own') throw new TypeError('expected a key of the tenant');
  const { key } = keyClass;
  const noted = { sent: () => {}, dropped: () => {}, landed: () => {} };
  return { key, strong: false, deadlineAtMs: Infinity, isCancelled: false, isSent: false, share: COMMON_SHARE, shares: [], ...noted };
}

/** All that is to be done without waiting. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A loader of a DynamoDB that does not answer, so that all that leaves is on its way. */
function loaderOfSilentStore() {
  const requests: number[] = [];
  const waits: { ms: number; end: () => void }[] = [];
  const store = {
    execute: (_: string, { RequestItems }: { RequestItems: Record<string, { Keys: unknown[] }> }) => {
      requests.push(RequestItems['table']?.Keys.length ?? 0);
      return new Promise(() => {});
    },
  } as unknown as ItemStore; // reads batches alone here
  const sleep = (ms: number) => new Promise<void>((end) => waits.push({ ms, end }));
  const loader = new BatchLoader({
    store,
    keySpace: space,
    scheduler: new RequestScheduler(),
    itemSizes: new ItemSizes(),
    nowMs: () => 0,
    sleep,
  });
  return { loader, requests, waits };
}

test('a key leaves at once when nothing else is on its way, and else with those that come until a turn brings none', async () => {
  const { loader, requests, waits } = loaderOfSilentStore();
  loader.add(loadOf('first'));
  await turn();
  expect([requests, waits]).toEqual([[1], []]);
  for (const id of ['second', 'third']) {
    loader.add(loadOf(id));
    await turn();
  }
  expect([requests, waits.map(({ ms }) => ms)]).toEqual([[1], [0]]);
  waits[0]?.end();
  await turn();
  expect([requests, waits.length]).toEqual([[1], 2]);
  loader.add(loadOf('fourth'));
  waits[1]?.end();
  await turn();
  expect([requests, waits.length]).toEqual([[1], 3]);
  waits[2]?.end();
  await turn();
  expect(requests).toEqual([1, 3]);
});

test('a batch that is worth sending is not held back by the keys that go on coming', async () => {
  const { loader, requests, waits } = loaderOfSilentStore();
  loader.add(loadOf('first'));
  await turn();
  for (let count = 0; count < 25; count++) {
    loader.add(loadOf(`later ${count}`));
    waits.at(-1)?.end();
    await turn();
  }
  expect(requests).toEqual([1, 25]);
  expect(waits.map(({ ms }) => ms)).toEqual(Array.from({ length: 24 }, () => 0));
});
