import fc from 'fast-check';
import { expect, inject, test, vi } from 'vitest';
import { reservedWords } from '../../../dev/words/reserved-words.ts';
import { isPerhapsReserved } from '../../../src/dynamo/expressions/reserved-words.ts';
import type { QueryInput } from '../../../src/dynamo/types.ts';
import { attributes, conditions, projections } from './arbitraries.ts';
import { answerOf, BesideDynamoDb, TABLE } from './beside-dynamodb.ts';

const scale = inject('testScale');
vi.setConfig({ testTimeout: 60_000 * Math.max(1, scale) });
const dynamoDb = new BesideDynamoDb();
const items = fc.array(attributes, { minLength: 40, maxLength: 40 });

/**
 * Asks DynamoDB and the engine about random items.
 *
 * @returns how many of the questions that DynamoDB answers the engine answers too
 */
async function compare<Question>(
  questions: fc.Arbitrary<Question[]>,
  inputOf: (question: Question) => Partial<QueryInput>,
  numRuns: number,
) {
  const counts = { accepted: 0, answered: 0 };
  await fc.assert(
    fc.asyncProperty(items, questions, async (someItems, someQuestions) => {
      const partition = crypto.randomUUID();
      const rows = await dynamoDb.putPartition(partition, someItems);
      for (const question of someQuestions) {
        const input = dynamoDb.partitionQuery(partition, inputOf(question));
        const real = await dynamoDb.query(input);
        const answer = answerOf(input, TABLE, rows);
        if (real !== null) counts.accepted++;
        if (answer === null) continue;
        counts.answered++;
        expect({ question, ...answer }).toEqual({ question, ...real });
      }
    }),
    { numRuns },
  );
  return counts.answered / counts.accepted;
}

test('conditions hold for the items for which DynamoDB says so, and what it refuses is not answered', async () => {
  const questions = fc.array(conditions, { minLength: 30, maxLength: 30 });
  const share = await compare(
    questions,
    ({ expression, names, values }) => ({
      FilterExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    }),
    Math.ceil(15 * scale),
  );
  expect(share).toBeGreaterThan(0.6);
});

test('projections leave what DynamoDB leaves', async () => {
  const questions = fc.array(projections, { minLength: 20, maxLength: 20 });
  const share = await compare(questions, (ProjectionExpression) => ({ ProjectionExpression }), Math.ceil(10 * scale));
  expect(share).toBeGreaterThan(0.95);
});

test('all reserved words are known, and hardly any other word is taken for one', () => {
  expect(reservedWords()).toHaveLength(573);
  expect(reservedWords().filter((word) => !isPerhapsReserved(word.toUpperCase()))).toEqual([]);
  const others = Array.from({ length: 10_000 }, (_, index) => `attribute${index}`);
  expect(others.filter(isPerhapsReserved).length).toBeLessThan(60);
});

test('a reserved word needs an alias, in any case', async () => {
  const partition = crypto.randomUUID();
  await dynamoDb.putPartition(partition, [{}]);
  for (const word of ['abort', 'Name', 'STATUS', 'ttl', 'users', 'zone']) {
    const input = dynamoDb.partitionQuery(partition, { FilterExpression: `attribute_not_exists(${word})` });
    expect([await dynamoDb.query(input), answerOf(input, TABLE, [])]).toEqual([null, null]);
    const alias = { FilterExpression: 'attribute_not_exists(#word)', ExpressionAttributeNames: { '#word': word } };
    expect(answerOf(dynamoDb.partitionQuery(partition, alias), TABLE, [])).not.toBeNull();
  }
});
