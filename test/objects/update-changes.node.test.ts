import { expect, test } from 'vitest';
import { mayChange } from '../../src/objects/tenant-store/update-changes.ts';

test.each([
  ['names it', { UpdateExpression: 'SET owner = :o' }, true],
  ['names it among others', { UpdateExpression: 'SET n = :n REMOVE owner, x' }, true],
  ['gives it an alias', { UpdateExpression: 'SET #a = :o', ExpressionAttributeNames: { '#a': 'owner' } }, true],
  ['has a longer name in it', { UpdateExpression: 'SET ownership = :o' }, true],
  ["is written in DynamoDB's first language", { ExpressionAttributeNames: {}, AttributeUpdates: { n: { Action: 'DELETE' } } }, true],
  ['names others', { UpdateExpression: 'SET #n = #n + :one', ExpressionAttributeNames: { '#n': 'n' } }, false],
  ['changes nothing', {}, false],
])('an update that %s', (_title, update, expected) => {
  expect(mayChange(update, 'owner')).toBe(expected);
});
