import { expect, test } from 'vitest';
import type { ItemStore, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations } from '../../src/dynamo/types.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const KEY: AttributeMap = { _pk: { S: '[t]#k#1' }, _sk: { S: 'k' } };
const META = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;
const HOLD_DOWN_MS = 30_000;

/** A table of one row. The write of "lost" is given up at once and applied when the hold is nearly over; other writes are applied at once and answered after `answerMs`. */
class OneRow implements ItemStore {
  item: AttributeMap | null = null;
  readonly #time: VirtualTime;
  readonly #answerMs: number;

  constructor(time: VirtualTime, answerMs: number) {
    this.#time = time;
    this.#answerMs = answerMs;
  }

  async execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> {
    if (operation === 'BatchGetItem')
      return { ok: true, output: { Responses: { table: this.item === null ? [] : [this.item] } }, meta: META };
    const { Item } = input as Operations['PutItem']['input'];
    if (JSON.stringify(Item).includes('lost')) {
      this.#time.after(HOLD_DOWN_MS - 1, () => void (this.item = Item));
      return { ok: false, error: { code: 'outcome_unknown', message: 'no answer' }, meta: META };
    }
    this.item = Item;
    await this.#time.sleep(this.#answerMs);
    return { ok: true, output: {}, meta: META };
  }
}

/** A write leaves 10 ms before the hold of an earlier one is over. @returns what is read after each had its answer */
async function readAfterBoth(answerMs: number): Promise<string[]> {
  const time = new VirtualTime();
  const core = isolatedCore(new OneRow(time, answerMs), time, { holdDownMs: HOLD_DOWN_MS });
  const put = async (value: string) =>
    core.execute({ operation: 'PutItem', input: { TableName: 'table', Item: { ...KEY, value: { S: value } } }, context: {} });
  const seen: string[] = [];
  const read = async () => {
    const reply = await core.execute({ operation: 'GetItem', input: { TableName: 'table', Key: KEY }, context: {} });
    seen.push((JSON.parse(reply) as { output: { Item?: { value: { S: string } } } }).output.Item?.value.S ?? 'none'); // written by the core
  };
  time.after(0, () => void put('lost')); // it ends at once, and holds the key
  time.after(HOLD_DOWN_MS - 10, () => void put('next').then(read));
  time.after(2 * HOLD_DOWN_MS, () => void read());
  await time.run();
  return seen;
}

test('what a write leaves is not cached when its key was held as it left, though its answer comes after the hold', async () => {
  expect(await readAfterBoth(1_000)).toEqual(['lost', 'lost']);
});

test('a write that is answered while its key is held may be overwritten by the one in doubt', async () => {
  expect(await readAfterBoth(5)).toEqual(['next', 'lost']);
});
