import { expect, test } from 'vitest';
import { demandsAbsence } from '../../../src/dynamo/expressions/absence.ts';

const KEYS = ['_pk', '_sk'];
const names = { ExpressionAttributeNames: { '#pk': '_pk', '#n': 'n', '#m': 'm' } };

test.each([
  'attribute_not_exists(#pk)',
  'attribute_not_exists(#pk) AND #n = #m',
  'size(#n) > #m AND (attribute_not_exists(#pk) AND #n <> #m)',
])('%s: there is no item', (ConditionExpression) => {
  expect(demandsAbsence({ ...names, ConditionExpression }, KEYS)).toBe(true);
});

test.each([
  'attribute_exists(#pk)',
  'attribute_not_exists(#n)',
  'attribute_not_exists(#pk.#n)',
  'attribute_not_exists(#pk) OR #n = #m',
  'NOT attribute_not_exists(#pk)',
  'attribute_not_exists(#pk',
])('%s: there may be one', (ConditionExpression) => {
  expect(demandsAbsence({ ...names, ConditionExpression }, KEYS)).toBe(false);
});

test('a write without a condition may find one', () => {
  expect(demandsAbsence({}, KEYS)).toBe(false);
});
