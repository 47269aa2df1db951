import { describe, expect, test } from 'vitest';
import type { TableProfile } from '../../../src/dynamo/table-profile.ts';
import type { AttributeMap, QueryInput } from '../../../src/dynamo/types.ts';
import type { LoadOutcome } from '../../../src/objects/tenant-store/batch-loader.ts';
import { noCost } from '../../../src/objects/tenant-store/cost.ts';
import { KeySpace } from '../../../src/objects/tenant-store/item-key.ts';
import { correctedAnswer } from '../../../src/objects/tenant-store/queries/corrected-answer.ts';
import { knownQuery } from '../../../src/objects/tenant-store/queries/known-query.ts';
import { Places } from '../../../src/objects/tenant-store/queries/places.ts';
import { QueryFlight } from '../../../src/objects/tenant-store/queries/query-flight.ts';
import { touchOf, type Images } from '../../../src/objects/tenant-store/queries/row-touch.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { UnsettledRows } from '../../../src/objects/tenant-store/queries/unsettled-rows.ts';
import { COMMON_SHARE } from '../../../src/objects/tenant-store/request-scheduler.ts';

const KEYS = { partitionKey: '_pk', sortKey: '_sk' };
const INDEX_KEYS = { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk' };
const PROFILE: TableProfile = {
  key: KEYS,
  indexes: { whole: { ...INDEX_KEYS, projection: 'ALL' }, keys: { ...INDEX_KEYS, projection: 'KEYS_ONLY' } },
  ttlAttribute: 'ttl',
  models: {},
};
const SPACE = new KeySpace(PROFILE, 'acme');
const PLACES = new Places(SPACE);

const keyOf = (id: string): AttributeMap => ({ _pk: { S: '[acme]#g' }, _sk: { S: id } });
const rowOf = (id: string, list: string, sort = id): AttributeMap => ({
  ...keyOf(id),
  _gsi1_pk: { S: `[acme]#${list}` },
  _gsi1_sk: { S: sort },
  n: { N: '1' },
});

interface Case {
  answered: AttributeMap[];
  lastKey?: AttributeMap;
  /** rows written lately: what is known of them */
  written: Record<string, Images>;
  /** what they are */
  now: Record<string, AttributeMap | null>;
  input?: Partial<QueryInput>;
}

/** Corrects the answer to a query of the list "a", and tells which rows were looked up for it. */
async function correct({ answered, lastKey, written, now, input = {} }: Case) {
  const query = knownQuery(SPACE, PLACES, {
    TableName: 'table',
    IndexName: 'whole',
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': '_gsi1_pk' },
    ExpressionAttributeValues: { ':p': { S: '[acme]#a' } },
    ...input,
  });
  if (query === null) throw new Error('expected a query that is understood');
  const reader = { query, strong: false, deadlineAtMs: 1, share: COMMON_SHARE, cost: noCost(), settle: () => {} };
  const flight = new QueryFlight(reader, true);
  const unsettled = new UnsettledRows({ nowMs: () => 0, memory: new MemoryBudget(1_000_000), maxRows: 100 });
  for (const [id, images] of Object.entries(written)) {
    const known = SPACE.classifyItem('table', keyOf(id));
    if (known.kind === 'own')
      flight.touch(unsettled.remember(touchOf(PLACES, known.key, images), { laggingUntilMs: 1, heldUntilMs: 0 }), 0);
  }
  const lookedUp: string[] = [];
  const output = { Items: answered, Count: answered.length, ScannedCount: answered.length, ...(lastKey && { LastEvaluatedKey: lastKey }) };
  const answer = await correctedAnswer(flight, output, async ({ attributes }): Promise<LoadOutcome> => {
    const id = (attributes['_sk'] as { S: string }).S;
    lookedUp.push(id);
    const row = now[id];
    if (row === undefined) return { ok: false, error: { code: 'unavailable', message: 'no answer' } };
    return { ok: true, text: row && JSON.stringify(row) };
  });
  return { answer, lookedUp: lookedUp.toSorted() };
}

describe('an answer is corrected', () => {
  const moved = { before: [rowOf('2', 'a')], after: rowOf('2', 'b') };
  const created = { before: [null], after: rowOf('3', 'a') };

  test('by looking up the rows that it shows, and those that it should', async () => {
    const { answer, lookedUp } = await correct({
      answered: [rowOf('1', 'a'), rowOf('2', 'a')],
      written: { 2: moved, 3: created, 4: { before: [rowOf('4', 'a')], after: null } },
      now: { 2: rowOf('2', 'b'), 3: rowOf('3', 'a') },
    });
    expect(answer).toEqual({ output: { Items: [rowOf('1', 'a'), rowOf('3', 'a')], Count: 2, ScannedCount: 2 } });
    expect(lookedUp).toEqual(['2', '3']);
  });

  test('without those that stand beyond its page', async () => {
    const onPage = [rowOf('1', 'a')];
    const { answer, lookedUp } = await correct({
      answered: onPage,
      lastKey: { ...keyOf('1'), _gsi1_pk: { S: '[acme]#a' }, _gsi1_sk: { S: '1' } },
      written: { 3: created },
      now: {},
      input: { Limit: 1 },
    });
    expect([answer, lookedUp]).toEqual([{ output: expect.objectContaining({ Items: onPage, LastEvaluatedKey: expect.anything() }) }, []]);
  });

  test('not at all when a row cannot be looked up: that is its failure', async () => {
    const { answer } = await correct({ answered: [], written: { 3: created }, now: {} });
    expect(answer).toEqual({ error: { code: 'unavailable', message: 'no answer' } });
  });

  test('not when the index holds more than its profile says: DynamoDB is asked as it is', async () => {
    const { answer, lookedUp } = await correct({
      answered: [rowOf('1', 'a')],
      written: { 3: created },
      now: { 3: rowOf('3', 'a') },
      input: { IndexName: 'keys' },
    });
    expect([answer, lookedUp]).toEqual([{ error: null }, []]);
  });
});
