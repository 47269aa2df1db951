import { expect, test } from 'vitest';
import type { ItemStore, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations, QueryOutput } from '../../src/dynamo/types.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const KEY: AttributeMap = { _pk: { S: '[t]#k#1' }, _sk: { S: 'k' } };
const META = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;
const HOLD_DOWN_MS = 30_000;

/** A table of one row. The write of "lost" is given up at once and applied when the hold is nearly over; all else happens at once and is answered after `answerMs`, queries sooner. */
class OneRow implements ItemStore {
  #item: AttributeMap = itemOf('old');
  readonly #time: VirtualTime;
  readonly #answerMs: number;

  constructor(time: VirtualTime, answerMs: number) {
    this.#time = time;
    this.#answerMs = answerMs;
  }

  async execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> {
    const output = this.#perform(operation, input);
    if (output === null) return { ok: false, error: { code: 'outcome_unknown', message: 'no answer' }, meta: META };
    await this.#time.sleep(operation === 'Query' ? 1 : this.#answerMs);
    return { ok: true, output, meta: META };
  }

  #perform(operation: OperationName, input: unknown): object | null {
    if (operation === 'BatchGetItem') return { Responses: { table: [this.#item] } };
    if (operation === 'Query') return { Items: [this.#item], Count: 1, ScannedCount: 1 };
    const { Item } = input as Operations['PutItem']['input'];
    if (valueOf(Item) === 'lost') {
      this.#time.after(HOLD_DOWN_MS - 1, () => void (this.#item = Item));
      return null;
    }
    this.#item = Item;
    return {};
  }
}

function itemOf(value: string): AttributeMap {
  return { ...KEY, value: { S: value } };
}

function valueOf(item: AttributeMap | undefined): string | undefined {
  const value = item?.['value'];
  return value !== undefined && 'S' in value ? value.S : undefined;
}

/** Something is done 10 ms before the hold of a lost write is over. @returns what is read once it has its answer, and long after */
async function readAfter(doneBefore: 'put' | 'query', answerMs: number): Promise<(string | undefined)[]> {
  const time = new VirtualTime();
  const core = isolatedCore(new OneRow(time, answerMs), time, { holdDownMs: HOLD_DOWN_MS });
  const call = async (operation: 'PutItem' | 'GetItem' | 'Query', input: object) => {
    const reply = await core.execute({ operation, input: { TableName: 'table', ...input }, context: {} });
    return JSON.parse(reply) as { output: { Item?: AttributeMap } & Partial<QueryOutput> }; // written by the core
  };
  const put = (value: string) => call('PutItem', { Item: itemOf(value) });
  const query = () =>
    call('Query', {
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':p': KEY['_pk'] },
    });
  const seen: (string | undefined)[] = [];
  const read = async () => {
    const { output } = doneBefore === 'put' ? await call('GetItem', { Key: KEY }) : await query();
    seen.push(valueOf(output.Item ?? output.Items?.[0]));
  };
  time.after(0, () => void put('lost')); // it ends at once, and holds the key
  time.after(HOLD_DOWN_MS - 10, () => void (doneBefore === 'put' ? put('next') : query()).then(read));
  time.after(2 * HOLD_DOWN_MS, () => void read());
  await time.run();
  return seen;
}

test('what a write leaves is not cached when its key was held as it left, though its answer comes after the hold', async () => {
  expect(await readAfter('put', 1_000)).toEqual(['lost', 'lost']);
});

test('a write that is answered while its key is held may be overwritten by the one in doubt', async () => {
  expect(await readAfter('put', 5)).toEqual(['next', 'lost']);
});

test('the answer to a query is not kept when one of its rows was held as it was looked up, though that takes longer than the hold', async () => {
  expect(await readAfter('query', 1_000)).toEqual(['lost', 'lost']);
});
