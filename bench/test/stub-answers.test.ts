import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unmarshallItem } from '../../src/dynamo/codec.ts';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { answerTo } from '../harness/stub-answers.ts';

const key = (id: string) => ({ _pk: { S: `[bench]#it#item-${id}` }, _sk: { S: 'it' } });

test('answers a GetItem with an item of 12 attributes and about 490 characters under that key', () => {
  const { status, keys, body } = answerTo('GetItem', JSON.stringify({ TableName: 'bench', Key: key('1') }));
  const item = unmarshallItem(JSON.parse(body).Item);
  assert.deepEqual([status, keys, item['_pk']], ['200 OK', 1, '[bench]#it#item-1']);
  assert.deepEqual([Object.keys(item).length, Math.round(JSON.stringify(item).length / 10)], [12, 49]);
});

test('answers a BatchGetItem with every item and counts its keys', () => {
  const answer = answerTo('BatchGetItem', JSON.stringify({ RequestItems: { bench: { Keys: [key('1'), key('2')] } } }));
  const { Responses, UnprocessedKeys, ConsumedCapacity } = JSON.parse(answer.body);
  assert.equal(answer.keys, 2);
  assert.deepEqual(
    Responses.bench.map((item: AttributeMap) => item['_pk']),
    [key('1')._pk, key('2')._pk],
  );
  assert.deepEqual([UnprocessedKeys, ConsumedCapacity], [{}, [{ TableName: 'bench', CapacityUnits: 1 }]]);
});

test('answers a Query with the one item of its partition, and a PutItem with nothing but its cost', () => {
  const query = answerTo('Query', JSON.stringify({ TableName: 'bench', ExpressionAttributeValues: { ':p': key('1')._pk } }));
  assert.deepEqual(
    JSON.parse(query.body).Items.map(({ _pk, _sk }: AttributeMap) => ({ _pk, _sk })),
    [key('1')],
  );
  assert.deepEqual(JSON.parse(answerTo('PutItem', JSON.stringify({ TableName: 'bench', Item: key('1') })).body), {
    ConsumedCapacity: { TableName: 'bench', CapacityUnits: 1 },
  });
});

test('refuses more than 100 keys, and operations it cannot answer', () => {
  const keys = Array.from({ length: 101 }, (_, index) => key(String(index)));
  assert.equal(answerTo('BatchGetItem', JSON.stringify({ RequestItems: { bench: { Keys: keys } } })).status, '400 Bad Request');
  assert.equal(answerTo('DeleteItem', '{}').status, '400 Bad Request');
});
