import fc from 'fast-check';
import { expect, inject, test, vi } from 'vitest';
import type { QueriedRows } from '../../../src/dynamo/expressions/parse-query.ts';
import type { AttributeMap, QueryInput, QueryOutput } from '../../../src/dynamo/types.ts';
import { answerOf, BesideDynamoDb, GSI1, ITERATION, TABLE } from './beside-dynamodb.ts';

const scale = inject('testScale');
vi.setConfig({ testTimeout: 60_000 * Math.max(1, scale) });
const dynamoDb = new BesideDynamoDb();

const KEYS = 12;
// In UTF-16 the last two characters come before the one in front of them; in UTF-8 and DynamoDB behind it.
const CHARACTERS = ['a', 'b', 'é', '\u{ffff}', '\u{1f680}', '\u{10ffff}'];
const keys = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 3 }), {
  minLength: KEYS,
  maxLength: KEYS,
});
const question = fc.record({
  sort: fc.constantFrom('', '#sk = :x', '#sk < :x', '#sk <= :x', '#sk > :x', ':x >= #sk', '#sk BETWEEN :x AND :y', 'begins_with(#sk, :x)'),
  x: fc.nat(KEYS - 1),
  y: fc.nat(KEYS - 1),
  limit: fc.option(fc.integer({ min: 1, max: KEYS + 2 }), { nil: undefined }),
  isForward: fc.boolean(),
  isCount: fc.boolean(),
  isFiltered: fc.boolean(),
});
type Question = typeof question extends fc.Arbitrary<infer Value> ? Value : never;

function rowsOf(partition: string, sortKeys: readonly string[]): AttributeMap[] {
  return sortKeys.map((key, at) => ({
    _pk: { S: partition },
    _sk: { S: key },
    _gsi1_pk: { S: partition },
    _gsi1_sk: { S: key },
    // some rows are not in this index
    ...(at % 4 === 0 ? {} : { _iter_pk: { S: partition }, _iter_sk: { S: key } }),
    n: { N: String(at) },
  }));
}

function inputOf(
  partition: string,
  indexName: string | undefined,
  kind: QueriedRows,
  sortKeys: readonly string[],
  asked: Question,
): QueryInput {
  const { sort, x, y, limit, isForward, isCount, isFiltered } = asked;
  const operands = Object.entries({ ':x': sortKeys[x], ':y': sortKeys[y] }).filter(([name]) => sort.includes(name));
  const filtered = kind.projection === 'KEYS_ONLY' ? '_sk' : 'n';
  return {
    TableName: dynamoDb.tableName,
    ...(indexName === undefined ? {} : { IndexName: indexName }),
    KeyConditionExpression: sort === '' ? '#pk = :pk' : `#pk = :pk AND ${sort}`,
    ...(limit === undefined ? {} : { Limit: limit }),
    ScanIndexForward: isForward,
    ...(isCount ? { Select: 'COUNT' } : {}),
    ...(isFiltered ? { FilterExpression: '#filtered > :filter' } : {}),
    ExpressionAttributeNames: {
      '#pk': kind.key.partitionKey,
      ...(sort === '' ? {} : { '#sk': kind.key.sortKey }),
      ...(isFiltered ? { '#filtered': filtered } : {}),
    },
    ExpressionAttributeValues: {
      ':pk': { S: partition },
      ...Object.fromEntries(operands.map(([name, S = '']) => [name, { S }])),
      ...(isFiltered ? { ':filter': filtered === 'n' ? { N: '4' } : { S: 'b' } } : {}),
    },
  };
}

/** Without the key of the last row of all: DynamoDB may or may not answer with it, and nothing follows either way. */
function withoutNeedlessKey(output: QueryOutput | null, input: QueryInput, kind: QueriedRows, rows: readonly AttributeMap[]) {
  if (output?.LastEvaluatedKey === undefined) return output;
  const next = answerOf({ ...input, ExclusiveStartKey: output.LastEvaluatedKey }, kind, rows);
  return next?.ScannedCount === 0 ? { ...output, LastEvaluatedKey: undefined } : output;
}

test.each([
  ['the table', undefined, TABLE],
  ['an index', 'gsi1', GSI1],
  ['an index of keys', 'iter_index', ITERATION],
])('pages of %s hold the rows that DynamoDB puts on them', async (_name, indexName, kind) => {
  let pages = 0;
  const questions = fc.array(question, { minLength: 12, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(keys, questions, async (sortKeys, someQuestions) => {
      const partition = crypto.randomUUID();
      const rows = rowsOf(partition, sortKeys);
      await dynamoDb.put(rows);
      for (const asked of someQuestions) {
        const first = inputOf(partition, indexName, kind, sortKeys, asked);
        for (let input: QueryInput | null = first; input !== null;) {
          const real = await dynamoDb.query(input);
          const answer = answerOf(input, kind, rows);
          // bounds that are no range are DynamoDB's to refuse
          if (answer === null) break;
          pages++;
          const [expected, actual] = [real, answer].map((output) => withoutNeedlessKey(output, first, kind, rows));
          expect({ input, ...actual }).toEqual({ input, ...expected });
          input = expected?.LastEvaluatedKey === undefined ? null : { ...first, ExclusiveStartKey: expected.LastEvaluatedKey };
        }
      }
    }),
    { numRuns: Math.ceil(8 * scale) },
  );
  expect(pages).toBeGreaterThan(80 * scale);
});

test('a page ends with the row that makes it 1 MB large', () => {
  const rows = Array.from({ length: 5 }, (_, at): AttributeMap => ({
    _pk: { S: 'p' },
    _sk: { S: `r${at}` },
    text: { S: 'x'.repeat(300_000) },
  }));
  const input = dynamoDb.partitionQuery('p', { Select: 'COUNT' });
  const first = answerOf(input, TABLE, rows);
  expect(first).toEqual({ Count: 4, ScannedCount: 4, LastEvaluatedKey: { _pk: { S: 'p' }, _sk: { S: 'r3' } } });
  expect(answerOf({ ...input, ExclusiveStartKey: { _pk: { S: 'p' }, _sk: { S: 'r3' } } }, TABLE, rows)).toEqual({
    Count: 1,
    ScannedCount: 1,
  });
});

test('rows whose keys are no text are not answered', () => {
  const row: AttributeMap = { _pk: { S: 'p' }, _sk: { S: 'r' }, _gsi1_pk: { S: 'p' }, _gsi1_sk: { N: '1' } };
  const input: QueryInput = {
    TableName: 'table',
    IndexName: 'gsi1',
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: { '#pk': '_gsi1_pk' },
    ExpressionAttributeValues: { ':pk': { S: 'p' } },
  };
  expect(answerOf(input, GSI1, [row])).toBeNull();
});
