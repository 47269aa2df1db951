import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import type { AppliedWrite } from '../../dev/faults/history.ts';
import { RecordedHistory } from '../../dev/faults/recorded-history.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import type { ItemStore, OperationContext, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations } from '../../src/dynamo/types.ts';
import { BackgroundTurns } from '../../src/objects/tenant-store/background-turns.ts';
import { ShardRole } from '../../src/objects/tenant-store/shards/shard-role.ts';
import { StoreShard } from '../../src/objects/tenant-store/shards/store-shard.ts';
import type { CoreCall } from '../../src/objects/tenant-store/store-core.ts';
import { TenantStoreClient } from '../../src/objects/tenant-store/tenant-store-client.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import { isFoundBy } from './simulation/is-found.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { ObjectStorage } from './simulation/object-storage.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const KEY: AttributeMap = { _pk: { S: '[t]#k#1' }, _sk: { S: 'k' } };
const META = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;
const itemOf = (value: string): AttributeMap => ({ ...KEY, value: { S: value } });

afterEach(() => void vi.restoreAllMocks());

/** A table of one row. Each request takes as long as was said when it left, to there and back. */
class OneRow implements ItemStore {
  item = itemOf('old');
  readonly applied: AppliedWrite[] = [{ write: 'old', value: 'old' }];
  thereMs = 1;
  backMs = 1;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  async execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> {
    const { thereMs, backMs } = this;
    await this.#time.sleep(thereMs);
    const output = this.#perform(operation, input);
    await this.#time.sleep(backMs);
    return { ok: true, output, meta: META };
  }

  #perform(operation: OperationName, input: unknown): object {
    if (operation === 'BatchGetItem') return { Responses: { table: [this.item] } };
    if (operation === 'Query') return { Items: [this.item], Count: 1, ScannedCount: 1 };
    this.item = (input as Operations['PutItem']['input']).Item;
    const value = valueOf(this.item) ?? '';
    this.applied.push({ write: value, value });
    return {};
  }
}

/** An object of the tenant, with instances one after the other. */
class ReplacedObject {
  readonly time = new VirtualTime();
  readonly row = new OneRow(this.time);
  readonly client = new TenantStoreClient(() => ({ execute: async (request) => this.#execute(request) }), 't');
  readonly #storage = new ObjectStorage();
  #state = { isDead: false, isSuperseded: false };
  #shard = this.#start();

  /** Does it then; all of it ends with the run. */
  at(ms: number, run: () => Promise<unknown>): void {
    this.time.after(ms, () => void run());
  }

  /** Another instance takes over. */
  replace(): void {
    this.#state.isSuperseded = true;
    this.#state = { isDead: false, isSuperseded: false };
    this.#shard = this.#start();
  }

  /** Other objects take over. */
  async close(): Promise<void> {
    await this.#shard.ask(JSON.stringify({ tenant: 't', ask: { name: 'close', next: { epoch: 1, shards: 2 } } }));
  }

  async #execute(request: string): Promise<string> {
    return this.#shard.execute(request, (call, core) => core.execute(call as CoreCall)); // no ledger here
  }

  async get(context: OperationContext = {}): Promise<string | undefined> {
    const result = await this.client.execute('GetItem', { TableName: 'table', Key: KEY }, context);
    return result.ok ? valueOf(result.output.Item) : result.error.code;
  }

  async query(): Promise<string | undefined> {
    const values = { ':pk': KEY['_pk'] ?? { S: '' } };
    const input = { KeyConditionExpression: '#p = :pk', ExpressionAttributeNames: { '#p': '_pk' }, ExpressionAttributeValues: values };
    const result = await this.client.execute('Query', { TableName: 'table', ...input });
    return result.ok ? valueOf(result.output.Items?.[0]) : result.error.code;
  }

  async put(value: string): Promise<string> {
    const result = await this.client.execute('PutItem', { TableName: 'table', Item: itemOf(value) });
    return result.ok ? 'written' : result.error.code;
  }

  #start(): StoreShard {
    const { journal: storage, settings, doubtful } = this.#storage.of(this.#state);
    const ofObject = { settings, doubtful, nowMs: () => this.time.nowMs, sleep: (ms: number) => this.time.pause(ms, 1) };
    return new StoreShard({
      ...ofObject,
      address: { tenant: 't', shard: 0, epoch: 0 },
      instance: 'any',
      connect: () => {
        throw new Error('the object has no neighbours');
      },
      openJournal: () => new WriteJournal({ ...ofObject, storage }),
      makeCore: (ofShard) => isolatedCore(this.row, this.time, { ...ofObject, ...ofShard }),
    });
  }
}

function valueOf(item: AttributeMap | undefined): string | undefined {
  const value = item?.['value'];
  return value !== undefined && 'S' in value ? value.S : undefined;
}

/**
 * A read is on its way when its instance is replaced, and comes to DynamoDB when a write through the next one (or another writer's) was there, and its
 * answer is not back.
 *
 * @returns what is read, and by whoever asks after that
 */
async function readBeside(
  read: (object: ReplacedObject) => Promise<string | undefined>,
  writer: 'own' | 'other',
): Promise<(string | undefined)[]> {
  const object = new ReplacedObject();
  const { time, row } = object;
  const answers: (string | undefined)[] = [];
  object.at(0, async () => {
    Object.assign(row, { thereMs: 20, backMs: 1 });
    answers.push(await read(object));
    answers.push(await object.get());
  });
  object.at(1, async () => {
    object.replace();
    row.thereMs = 1;
    await object.get();
  });
  object.at(10, async () => {
    row.backMs = 30;
    if (writer === 'own') await object.put('new');
    else row.item = itemOf('new');
  });
  await time.run();
  return answers;
}

describe('what an instance was about to answer when it was replaced is asked for again, so that nobody sees a write that the next one does not show yet:', () => {
  test.each([
    ['a read, and a write of the tenant', (object: ReplacedObject) => object.get(), 'own', ['old', 'old']],
    ['a strong read, and a write of the tenant', (object: ReplacedObject) => object.get({ read: 'strong' }), 'own', ['old', 'old']],
    ['a query, and a write of the tenant', (object: ReplacedObject) => object.query(), 'own', ['new', 'new']],
    ['a read, and a write that bypasses the store', (object: ReplacedObject) => object.get(), 'other', ['old', 'old']],
  ] as const)('%s', async (_, read, writer, seen) => {
    expect(await readBeside(read, writer)).toEqual(seen);
    vi.spyOn(ShardRole.prototype, 'isStillOpen').mockReturnValue(true);
    expect(await readBeside(read, writer)).toEqual(['new', 'old']);
  });
});

/** As long as a call in the background may wait while an object is busy. */
let longTurn = () => Promise.resolve();

/**
 * Some reads and a write of the row within a tenth of a second, half of them in the background, and in the middle of it another instance that takes over.
 * A third of the requests are slow, there or back.
 */
async function replaceAtRandom(seed: number): Promise<{ violations: readonly unknown[]; operations: number }> {
  const random = seededRandom(seed);
  const object = new ReplacedObject();
  const history = new RecordedHistory();
  longTurn = () => object.time.sleep(random() * 60);
  const setPace = () => {
    const slow = () => (random() < 0.3 ? random() * 60 : 2);
    Object.assign(object.row, { thereMs: slow(), backMs: slow() });
  };
  const read = async () => {
    setPace();
    const startedAt = history.begin();
    const value = await object.get(random() < 0.5 ? { priority: 'batch' } : {});
    if (value === 'old' || value === 'new') history.saw('row', startedAt, value);
  };
  const write = async () => {
    setPace();
    const startedAt = history.begin();
    if ((await object.put('new')) === 'written') history.wrote('row', startedAt, 'new');
    else history.wroteMaybe('row', startedAt, 'new');
  };
  for (let reads = 0; reads < 30; reads++) object.at(random() * 100, read);
  object.at(random() * 40, async () => object.replace());
  object.at(20 + random() * 60, write);
  await object.time.run();
  return { violations: history.violations(() => object.row.applied), operations: history.size };
}

describe('whatever a replaced instance and the next one are doing, and however long it takes,', () => {
  test('each read can be explained', async () => {
    for (let seed = 1; seed <= Math.ceil(300 * inject('testScale')); seed++) expect((await replaceAtRandom(seed)).violations).toEqual([]);
  });

  test('the checker sees a replaced instance that answers what it has read', async () => {
    vi.spyOn(ShardRole.prototype, 'isStillOpen').mockReturnValue(true);
    expect(await isFoundBy(replaceAtRandom)).toBe(true);
  });

  test('the checker sees one that answers from memory what has waited for its turn in the background', async () => {
    vi.spyOn(BackgroundTurns.prototype, 'take').mockReturnValue(null);
    const execute = Reflect.get(StoreShard.prototype, 'execute');
    vi.spyOn(StoreShard.prototype, 'execute').mockImplementation(async function (this: StoreShard, request, reply) {
      if (request.includes('"priority":"batch"')) await longTurn();
      return execute.call(this, request, reply);
    });
    expect(await isFoundBy(replaceAtRandom)).toBe(true);
  });
});

test('what is in memory is answered without a look at storage', async () => {
  const object = new ReplacedObject();
  const look = vi.spyOn(ShardRole.prototype, 'isStillOpen');
  object.at(0, async () => {
    for (let reads = 0; reads < 3; reads++) await object.get();
  });
  await object.time.run();
  expect(look).toHaveBeenCalledTimes(1);
});

test('a write of an instance that was replaced is of unknown outcome, and its key held by the next one', async () => {
  const object = new ReplacedObject();
  const answers: (string | undefined)[] = [];
  object.at(0, async () => {
    object.row.backMs = 20;
    answers.push(await object.put('new'));
  });
  object.at(5, async () => {
    object.replace();
    object.row.backMs = 1;
    answers.push(await object.get());
    object.row.item = itemOf('later');
    answers.push(await object.get());
  });
  await object.time.run();
  expect(answers).toEqual(['new', 'later', 'outcome_unknown']);
});

test('an object that another division closes answers the writes that have left and sends no others, and what it has read is asked for again', async () => {
  const object = new ReplacedObject();
  object.row.thereMs = 20;
  const answers = new Map<string, string | undefined>();
  object.at(0, async () => void answers.set('read', await object.get()));
  object.at(0, async () => void answers.set('first', await object.put('first')));
  object.at(1, async () => void answers.set('second', await object.put('second')));
  object.at(5, () => object.close());
  await object.time.run();
  expect(Object.fromEntries(answers)).toEqual({ read: 'moved', first: 'written', second: 'moved' });
  expect(object.row.item).toEqual(itemOf('first'));
});
