import { expect, test } from 'vitest';
import type { ItemStore, OperationContext, OperationResult } from '../../src/dynamo/item-store.ts';
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import type { AttributeMap, OperationName } from '../../src/dynamo/types.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

/** Models of which rows are kept for ten minutes and for ten seconds; rows of another prefix are of no model. */
const MODELS: TableProfile['models'] = Object.fromEntries(
  [
    { name: 'Slow', prefix: 'sl', cacheSec: 600 },
    { name: 'Quick', prefix: 'qu', cacheSec: 10 },
  ].map((model) => [model.prefix, { ...model, changes: false, hasTenantPrefix: true, fields: {}, indexes: [] }]),
);
const PROFILE: TableProfile = { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: MODELS };

const META = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;

/** A table that somebody else writes: all rows are there with the value of the moment, or none is. */
class OthersTable implements ItemStore {
  value: string | null = null;
  isSilent = false;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  async execute<Op extends OperationName>(
    _operation: Op,
    input: unknown,
    { deadlineMs = 0 }: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    if (this.isSilent) {
      await this.#time.sleep(deadlineMs);
      return { ok: false, error: { code: 'deadline_exceeded', message: 'no answer' }, meta: META };
    }
    const { RequestItems } = input as { RequestItems: Record<string, { Keys: AttributeMap[] }> }; // nothing else is asked here
    const rows = (RequestItems['table']?.Keys ?? []).map((key) => ({ ...key, value: { S: this.value ?? '' } }));
    const output = { Responses: { table: this.value === null ? [] : rows } };
    return { ok: true, output, meta: META };
  }
}

/** What is read at these seconds of a row that was `before` when it was read first, and is `after` from then on by another writer. */
async function readAt(prefix: string, before: string | null, after: string | null, seconds: readonly number[]): Promise<(string | null)[]> {
  const time = new VirtualTime();
  const table = new OthersTable(time);
  const core = isolatedCore(table, time, { profile: PROFILE });
  const values: (string | null)[] = [];
  const read = async () => {
    const Key = { _pk: { S: `[t]#${prefix}#1` }, _sk: { S: prefix } };
    const reply = await core.execute({ operation: 'GetItem', input: { TableName: 'table', Key }, context: {} });
    const { output } = JSON.parse(reply) as { output: { Item?: { value: { S: string } } } }; // written by the core
    values.push(output.Item?.value.S ?? null);
  };
  table.value = before;
  await read();
  table.value = after;
  for (const second of seconds) time.after(second * 1_000, () => void read()); // ends with the run
  await time.run();
  return values.slice(1);
}

test.each([
  ['for 300 seconds when it is of no model', 'xx', [299, 301]],
  ['for as long as its model says, if that is longer', 'sl', [599, 601]],
  ['for as long as its model says, if that is shorter', 'qu', [9, 11]],
])('a row that another writer has changed is served as it was %s, and no longer', async (_, prefix, seconds) => {
  expect(await readAt(prefix, 'old', 'new', seconds)).toEqual(['old', 'new']);
  expect(await readAt(prefix, 'old', null, seconds)).toEqual(['old', null]);
});

test.each([
  ['30 seconds', 'xx', [29, 31]],
  ['30 seconds, however long rows of its model are kept', 'sl', [29, 31]],
  ['no longer than rows of its model', 'qu', [9, 11]],
])('that there is no such row is remembered for %s', async (_, prefix, seconds) => {
  expect(await readAt(prefix, null, 'new', seconds)).toEqual([null, 'new']);
});

test.each([
  [20_000, 2_000],
  [300, 150],
])('who has %i ms, and may have an item whose time is up, has it after %i when DynamoDB is silent', async (deadlineMs, tookMs) => {
  const time = new VirtualTime();
  const table = new OthersTable(time);
  const core = isolatedCore(table, time, { profile: PROFILE });
  const input = { TableName: 'table', Key: { _pk: { S: '[t]#xx#1' }, _sk: { S: 'xx' } } };
  table.value = 'old';
  await core.execute({ operation: 'GetItem', input, context: {} });
  table.isSilent = true;
  let answeredAtMs = 0;
  const read = async () => {
    const reply = await core.execute({ operation: 'GetItem', input, context: { deadlineMs } });
    answeredAtMs = time.nowMs;
    expect(JSON.parse(reply)).toMatchObject({ ok: true, output: { Item: { value: { S: 'old' } } }, meta: { staleMs: 10_000 + tookMs } });
  };
  const startedAtMs = time.nowMs + 310_000;
  time.after(310_000, () => void read()); // ends with the run
  await time.run();
  expect(answeredAtMs - startedAtMs).toBe(tookMs);
});
