import { describe, expect, test } from 'vitest';
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import { StoreShard } from '../../src/objects/tenant-store/shards/store-shard.ts';
import type { CoreCall } from '../../src/objects/tenant-store/store-core.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { ObjectStorage } from './simulation/object-storage.ts';
import { CALM, SimulatedTable } from './simulation/simulated-table.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const keyOf = (name: string) => ({ _pk: { S: `[t]#k#${name}` }, _sk: { S: 'k' } });

/** An object of the tenant, whose turns take so long, and which of the calls that came to it have begun, in their order. */
function startObject(turnMs = 0) {
  const time = new VirtualTime();
  const table = new SimulatedTable(time, seededRandom(1), CALM);
  const state = { isDead: false, isSuperseded: false };
  const { journal: storage, settings, doubtful } = new ObjectStorage().of(state);
  const ofObject = { settings, doubtful, nowMs: () => time.nowMs, sleep: (ms: number) => time.pause(ms, turnMs) };
  const shard = new StoreShard({
    ...ofObject,
    address: { tenant: 't', shard: 0, epoch: 0 },
    instance: 'any',
    connect: () => {
      throw new Error('the object has no neighbours');
    },
    openJournal: () => new WriteJournal({ ...ofObject, storage }),
    makeCore: (ofShard) => isolatedCore(table, time, { ...ofObject, ...ofShard }),
  });
  const begun: string[] = [];
  const call = async (name: string, context: OperationContext, operation: 'GetItem' | 'PutItem' = 'GetItem') => {
    const input = { TableName: 'simulated', ...(operation === 'GetItem' ? { Key: keyOf(name) } : { Item: keyOf(name) }) };
    return shard.execute(JSON.stringify({ tenant: 't', calls: [{ operation, input, context }] }), (given, core) => {
      begun.push(name);
      return core.execute(given as CoreCall); // no ledger here
    });
  };
  return { time, table, state, begun, call };
}

describe('of calls in the background', () => {
  test('one begins in a turn, and what is waited for begins before the others', async () => {
    const { time, begun, call } = startObject();
    const exported = Array.from({ length: 100 }, (_, at) => call(`export ${at}`, { caller: 'export', priority: 'batch' }));
    const read = call('read', { caller: 'reader' });
    expect(begun).toEqual(['export 0', 'read']);
    await time.run();
    expect(await read).toContain('"ok":true');
    expect((await Promise.all(exported)).every((answer) => answer.includes('"ok":true'))).toBe(true);
    expect(begun).toHaveLength(101);
  });

  test('those of one caller do not wait for all of another', async () => {
    const { time, begun, call } = startObject();
    for (const name of ['a1', 'a2', 'a3', 'a4']) void call(name, { caller: 'a', priority: 'batch' }); // all end with the run
    for (const name of ['b1', 'b2']) void call(name, { caller: 'b', priority: 'prefetch' });
    await time.run();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
  });

  test('one whose caller waits no longer when its turn comes asks for nothing, and writes nothing', async () => {
    const { time, table, call } = startObject(20);
    const answers = ['one', 'two', 'three'].map((name) => call(name, { caller: 'export', priority: 'batch', deadlineMs: 15 }, 'PutItem'));
    time.after(1, () => {}); // what is called goes out a moment later
    await time.run();
    expect((await Promise.all(answers)).map((answer) => /"ok":true|"code":"\w+"/.exec(answer)?.[0])).toEqual([
      '"ok":true',
      '"code":"deadline_exceeded"',
      '"code":"deadline_exceeded"',
    ]);
    expect(table.counts.writes).toBe(1);
  });

  test('one that has waited for its turn in an instance that was replaced meanwhile is not answered from its memory', async () => {
    const { time, state, call } = startObject();
    const first = call('one', { caller: 'reader' });
    time.after(1, () => {}); // what is called goes out a moment later
    await time.run();
    expect(await first).toContain('"ok":true');
    const answers = ['one', 'one'].map((name) => call(name, { caller: 'export', priority: 'batch' }));
    state.isSuperseded = true;
    const ended = Promise.allSettled(answers);
    await time.run();
    expect(await ended).toMatchObject([
      { status: 'fulfilled', value: expect.stringContaining('"cache":"hit"') },
      { status: 'rejected', reason: new Error('superseded') },
    ]);
  });
});
