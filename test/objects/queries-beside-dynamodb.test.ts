/** Random writes and queries through the object, and the same queries asked of DynamoDB itself: their answers are equal. */
import fc from 'fast-check';
import { expect, inject, test, vi } from 'vitest';
import type { OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, QueryInput, QueryOutput } from '../../src/dynamo/types.ts';
import { Tenant, useTable } from './tenant-store-fixture.ts';

const scale = inject('testScale');
vi.setConfig({ testTimeout: 120_000 * Math.max(1, scale) });
const table = useTable();

const GROUPS = ['g1', 'g2'];
const LISTS = ['l1', 'l2', 'l3'];
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

type Write = {
  kind: 'put' | 'update' | 'delete' | 'batch' | 'transact' | 'create';
  rows: { group: string; id: string; list: string | null; n: number }[];
};

const row = fc.record({
  group: fc.constantFrom(...GROUPS),
  id: fc.constantFrom(...IDS),
  list: fc.option(fc.constantFrom(...LISTS)),
  n: fc.nat(9),
});
const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constantFrom('put', 'put', 'update', 'update', 'delete', 'batch', 'transact', 'create'),
  rows: fc.uniqueArray(row, { minLength: 1, maxLength: 3, selector: ({ group, id }) => group + id }),
});
const query = fc.record({
  index: fc.constantFrom(undefined, 'gsi1', 'gsi1', 'iter_index'),
  place: fc.nat(2),
  sort: fc.constantFrom('', ' AND #s > :s', ' AND #s <= :s', ' AND begins_with(#s, :s)'),
  from: fc.constantFrom(...IDS),
  isFiltered: fc.boolean(),
  select: fc.constantFrom('', '', 'COUNT', 'narrow'),
  limit: fc.option(fc.integer({ min: 1, max: 4 })),
  isForward: fc.boolean(),
  consistent: fc.boolean(),
});
type Query = typeof query extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  { weight: 1, arbitrary: write.map((one) => ({ write: one })) },
  { weight: 3, arbitrary: query.map((one) => ({ query: one })) },
);

class Scenario extends Tenant {
  text(name: string): string {
    return `[${this.name}]#t#${name}`;
  }

  rowOf({ group, id, list, n }: Write['rows'][number]): AttributeMap {
    return { ...this.rowKey(group, id), n: { N: String(n) }, ...this.position(group, id, list) };
  }

  rowKey(group: string, id: string): AttributeMap {
    return { _pk: { S: this.text(group) }, _sk: { S: id } };
  }

  /** No two rows have the same sort key in an index: in which order DynamoDB keeps those is its own. */
  position(group: string, id: string, list: string | null): AttributeMap {
    if (list === null) return {};
    const [place, sort] = [{ S: this.text(list) }, { S: id + group }];
    return { _gsi1_pk: place, _gsi1_sk: sort, _iter_pk: place, _iter_sk: sort };
  }

  async write({ kind, rows }: Write): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const TableName = table.name;
    const creation = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': '_pk' } };
    switch (kind) {
      case 'put':
        return this.#send('PutItem', { TableName, Item: this.rowOf(first) });
      case 'create':
        return this.#send('PutItem', { TableName, Item: this.rowOf(first), ...creation });
      case 'delete':
        return this.#send('DeleteItem', { TableName, Key: this.rowKey(first.group, first.id) });
      case 'batch':
        return this.#send('BatchWriteItem', {
          RequestItems: {
            [TableName]: rows.map((one) =>
              one.n < 3 ? { DeleteRequest: { Key: this.rowKey(one.group, one.id) } } : { PutRequest: { Item: this.rowOf(one) } },
            ),
          },
        });
      case 'transact':
        return this.#send('TransactWriteItems', {
          TransactItems: rows.map((one) => ({ Put: { TableName, Item: this.rowOf(one), ...(one.n < 3 ? creation : {}) } })),
        });
      case 'update':
        return this.#send('UpdateItem', this.#update(first));
    }
  }

  /** Half of the updates move the row in the indexes, or out of them. */
  #update({ group, id, list, n }: Write['rows'][number]): OperationInput<'UpdateItem'> {
    const moved = n % 2 === 0 ? Object.entries(this.position(group, id, list)) : [];
    const sets = [['n', { N: String(n) }] as const, ...moved];
    const isRemoved = n % 2 === 0 && list === null;
    return {
      TableName: table.name,
      Key: this.rowKey(group, id),
      UpdateExpression: `SET ${sets.map((_set, at) => `#n${at} = :v${at}`).join(', ')}${isRemoved ? ' REMOVE #p, #q' : ''}`,
      ExpressionAttributeNames: {
        ...Object.fromEntries(sets.map(([name], at) => [`#n${at}`, name])),
        ...(isRemoved ? { '#p': '_gsi1_pk', '#q': '_iter_sk' } : {}),
      },
      ExpressionAttributeValues: Object.fromEntries(sets.map(([, value], at) => [`:v${at}`, value])),
    };
  }

  /** Refusals are answers too. */
  async #send<Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<void> {
    const result = await this.execute(operation, input);
    if (!result.ok && !['condition_failed', 'transaction_cancelled'].includes(result.error.code)) throw new Error(result.error.message);
  }

  query({ index, place, sort, from, isFiltered, select, limit, isForward, consistent }: Query): QueryInput {
    const key = { undefined: '', gsi1: '_gsi1', iter_index: '_iter' }[String(index)] ?? '';
    const isOfKeys = index === 'iter_index';
    const partition = index === undefined ? GROUPS[place % 2] : LISTS[place];
    return {
      TableName: table.name,
      KeyConditionExpression: `#p = :p${sort}`,
      ...(index === undefined ? { ConsistentRead: consistent } : { IndexName: index }),
      ...(isFiltered ? { FilterExpression: isOfKeys ? 'contains(#f, :f)' : 'n >= :f' } : {}),
      ...(select === 'COUNT' ? { Select: 'COUNT' } : {}),
      ...(select === 'narrow' ? { ProjectionExpression: '#k, #l' } : {}),
      ...(limit === null ? {} : { Limit: limit }),
      ScanIndexForward: isForward,
      ExpressionAttributeNames: {
        '#p': `${key}_pk`,
        ...(sort === '' ? {} : { '#s': `${key}_sk` }),
        ...(isFiltered && isOfKeys ? { '#f': '_pk' } : {}),
        ...(select === 'narrow' ? { '#k': '_pk', '#l': '_sk' } : {}),
      },
      ExpressionAttributeValues: {
        ':p': { S: this.text(partition ?? '') },
        ...(sort === '' ? {} : { ':s': { S: from } }),
        ...(isFiltered ? { ':f': isOfKeys ? { S: 'g1' } : { N: '4' } } : {}),
      },
    };
  }

  /** Asks for all pages of a query, each of them twice. @returns how many answers cost no call */
  async compare(first: QueryInput): Promise<number> {
    let hits = 0;
    for (let input: QueryInput | null = first; input !== null;) {
      const past: OperationResult<'Query'> = await this.direct.execute('Query', input);
      if (!past.ok) throw new Error(past.error.message);
      const expected = await this.#withoutNeedlessKey(past.output, first);
      for (let time = 0; time < 2; time++) {
        const through = await this.execute('Query', input);
        if (!through.ok) throw new Error(through.error.message);
        expect(await this.#withoutNeedlessKey(through.output, first)).toEqual(expected);
        if (through.meta.cache === 'hit') hits++;
      }
      input = past.output.LastEvaluatedKey === undefined ? null : { ...first, ExclusiveStartKey: past.output.LastEvaluatedKey };
    }
    return hits;
  }

  /** DynamoDB may or may not answer with the key of the last row of all: nothing follows either way. */
  async #withoutNeedlessKey(output: QueryOutput, input: QueryInput): Promise<QueryOutput> {
    if (output.LastEvaluatedKey === undefined) return output;
    const next = await this.direct.execute('Query', { ...input, ExclusiveStartKey: output.LastEvaluatedKey });
    const { LastEvaluatedKey: _key, ...rest } = output;
    return next.output?.ScannedCount === 0 ? rest : output;
  }
}

test('queries through the object are answered as DynamoDB answers them', async () => {
  let hits = 0;
  let queries = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (steps) => {
      const scenario = new Scenario(table);
      for (const one of steps) {
        if ('write' in one) await scenario.write(one.write);
        else {
          queries++;
          hits += await scenario.compare(scenario.query(one.query));
        }
      }
    }),
    { numRuns: Math.ceil(3 * scale), endOnFailure: true },
  );
  expect(queries).toBeGreaterThan(60);
  expect(hits).toBeGreaterThan(queries * 0.9);
});
