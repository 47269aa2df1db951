import { describe, expect, test } from 'vitest';
import type { AttributeMap, QueryInput } from '../../src/dynamo/types.ts';
import { Tenant, useTable } from './tenant-store-fixture.ts';

const table = useTable();

/** Rows of one tenant: `group` is a partition of the table, `list` one of the index `gsi1`. */
class Rows extends Tenant {
  row(group: string, id: string, list: string | null, more: AttributeMap = {}): AttributeMap {
    const position = list === null ? {} : { _gsi1_pk: { S: this.text(list) }, _gsi1_sk: { S: id } };
    return { ...this.rowKey(group, id), ...position, n: { N: '1' }, ...more };
  }

  rowKey(group: string, id: string): AttributeMap {
    return { _pk: { S: this.text(group) }, _sk: { S: id } };
  }

  text(name: string): string {
    return `[${this.name}]#t#${name}`;
  }

  putRow(row: AttributeMap) {
    return this.execute('PutItem', { TableName: table.name, Item: row });
  }

  async putRowDirectly(row: AttributeMap) {
    await this.direct.execute('PutItem', { TableName: table.name, Item: row });
  }

  deleteRow(key: AttributeMap) {
    return this.execute('DeleteItem', { TableName: table.name, Key: key });
  }

  list(list: string, more: Partial<QueryInput> = {}) {
    return this.#query(list, '_gsi1_pk', { IndexName: 'gsi1', ...more });
  }

  group(group: string, more: Partial<QueryInput> = {}) {
    return this.#query(group, '_pk', more);
  }

  async #query(name: string, attribute: string, more: Partial<QueryInput>) {
    const result = await this.newClient().execute('Query', {
      TableName: table.name,
      KeyConditionExpression: '#p = :p',
      ...more,
      ExpressionAttributeNames: { '#p': attribute, ...more.ExpressionAttributeNames },
      ExpressionAttributeValues: { ':p': { S: this.text(name) }, ...more.ExpressionAttributeValues },
    });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    const ids = result.output.Items?.map((row) => (row['_sk'] as { S: string }).S).join('');
    return { ids, count: result.output.Count, cache: result.meta.cache, calls: result.meta.calls, output: result.output };
  }
}

const newRows = () => new Rows(table);

describe('answers from memory', () => {
  test('a query that was asked before costs no call, of a table and of an index', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    for (const ask of [() => rows.group('g'), () => rows.list('l')]) {
      expect(await ask()).toMatchObject({ ids: 'a', cache: 'miss', calls: 1 });
      expect(await ask()).toMatchObject({ ids: 'a', cache: 'hit', calls: 0 });
    }
    expect(await rows.group('g', { ConsistentRead: true })).toMatchObject({ cache: 'hit' });
    expect(await rows.proxy.counts()).toEqual({ Query: 2 });
  });

  test('1,000 simultaneous callers of one query make one call', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => rows.list('l')));
    expect(new Set(answers.map(({ ids }) => ids))).toEqual(new Set(['a']));
    expect(answers.reduce((sum, { calls }) => sum + calls, 0)).toBe(1);
    expect(await rows.proxy.counts()).toEqual({ Query: 1 });
  });

  test('a write drops the answers of the partitions that its row leaves and comes to, and no others', async () => {
    const rows = newRows();
    for (const id of ['a', 'b', 'c']) await rows.putRow(rows.row(id, id, `from-${id}`));
    const lists = ['from-a', 'from-b', 'from-c', 'to'];
    const states = async () => Promise.all([...lists.map((list) => rows.list(list)), ...['a', 'b'].map((group) => rows.group(group))]);
    await states();
    expect((await states()).map(({ cache }) => cache)).toEqual(Array.from({ length: 6 }, () => 'hit'));
    await rows.putRow(rows.row('a', 'a', 'to'));
    const after = await states();
    expect(after.map(({ ids, cache }) => `${ids} ${cache}`)).toEqual([' miss', 'b hit', 'c hit', 'a miss', 'a miss', 'b hit']);
  });

  test('an update that leaves the keys of an index alone drops the answers of one partition of it, whether or not the row is cached', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('a', 'a', 'l'));
    await rows.putRowDirectly(rows.row('b', 'b', 'other'));
    await Promise.all([rows.list('l'), rows.list('other')]);
    await rows.execute('UpdateItem', {
      TableName: table.name,
      Key: rows.rowKey('a', 'a'),
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '2' } },
    });
    expect((await rows.list('l')).output.Items?.[0]).toMatchObject({ n: { N: '2' } });
    expect(await rows.list('other')).toMatchObject({ ids: 'b', cache: 'hit' });
  });

  test('a write of a row whose old place nobody knows drops the answers of the whole index', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('a', 'a', 'from'));
    await rows.putRowDirectly(rows.row('b', 'b', 'other'));
    expect((await rows.list('from')).ids).toBe('a');
    expect((await rows.list('other')).ids).toBe('b');
    await rows.execute('BatchWriteItem', { RequestItems: { [table.name]: [{ PutRequest: { Item: rows.row('a', 'a', 'to') } }] } });
    expect(await rows.list('from')).toMatchObject({ ids: '', cache: 'miss' });
    expect(await rows.list('to')).toMatchObject({ ids: 'a', cache: 'miss' });
    expect(await rows.list('other')).toMatchObject({ ids: 'b', cache: 'miss' });
  });

  test('a write that is refused drops nothing', async () => {
    const rows = newRows();
    await rows.putRow(rows.row('a', 'a', 'l'));
    await rows.list('l');
    const refused = await rows.execute('PutItem', {
      TableName: table.name,
      Item: rows.row('a', 'a', 'elsewhere'),
      ConditionExpression: 'attribute_not_exists(#p)',
      ExpressionAttributeNames: { '#p': '_pk' },
    });
    expect(refused).toMatchObject({ ok: false, error: { code: 'condition_failed' } });
    expect(await rows.list('l')).toMatchObject({ ids: 'a', cache: 'hit' });
  });

  test('that there is nothing is remembered, and seen to be wrong at once when a row is created', async () => {
    const rows = newRows();
    expect(await rows.list('l')).toMatchObject({ ids: '', cache: 'miss' });
    expect(await rows.list('l')).toMatchObject({ ids: '', cache: 'hit' });
    await rows.putRow(rows.row('g', 'a', 'l'));
    expect(await rows.list('l')).toMatchObject({ ids: 'a' });
  });

  test('rows of no tenant are asked for every time, in an index too', async () => {
    const rows = newRows();
    const shared = { ...rows.row('g', 'a', 'l'), _pk: { S: `shared#${rows.name}` } };
    await rows.putRowDirectly(shared);
    expect(await rows.list('l')).toMatchObject({ ids: 'a', cache: 'miss' });
    expect(await rows.list('l')).toMatchObject({ ids: 'a', cache: 'miss' });
    expect(await rows.list('l', { Select: 'COUNT' })).toMatchObject({ count: 1 });
    await rows.deleteRow({ _pk: shared._pk, _sk: { S: 'a' } });
    expect(await rows.list('l', { Select: 'COUNT' })).toMatchObject({ count: 0 });
  });

  test('what a caller asks of DynamoDB itself is neither taken from memory nor kept', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    const past = () =>
      rows.execute(
        'Query',
        {
          TableName: table.name,
          KeyConditionExpression: '#p = :p',
          ExpressionAttributeNames: { '#p': '_pk' },
          ExpressionAttributeValues: { ':p': { S: rows.text('g') } },
        },
        { bypassCache: true },
      );
    expect((await past()).meta).toMatchObject({ cache: 'bypass', calls: 1 });
    expect(await rows.group('g')).toMatchObject({ cache: 'miss' });
    expect((await past()).meta).toMatchObject({ cache: 'bypass', calls: 1 });
  });
});

describe('an index that lags behind', () => {
  /** Makes the index show `row` although another one was written through the object: as if it had not heard of it. */
  const lag = (rows: Rows, row: AttributeMap) => rows.putRowDirectly(row);

  test('shows what was created', async () => {
    const rows = newRows();
    await rows.putRow(rows.row('g', 'b', 'l'));
    await lag(rows, rows.row('g', 'b', null));
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    await rows.putRowDirectly(rows.row('g', 'c', 'l'));
    expect(await rows.list('l')).toMatchObject({ ids: 'abc', count: 3 });
    expect(await rows.list('l', { ScanIndexForward: false })).toMatchObject({ ids: 'cba' });
    expect(await rows.list('l', { Limit: 2 })).toMatchObject({ ids: 'ab', output: { LastEvaluatedKey: { _sk: { S: 'b' } } } });
    expect(await rows.list('l', { Select: 'COUNT' })).toMatchObject({ ids: undefined, count: 3 });
  });

  test('does not show what was deleted, or has moved', async () => {
    const rows = newRows();
    for (const id of ['a', 'b', 'c']) await rows.putRow(rows.row('g', id, 'l'));
    await rows.deleteRow(rows.rowKey('g', 'a'));
    await rows.putRow(rows.row('g', 'b', 'other'));
    await lag(rows, rows.row('g', 'a', 'l'));
    await lag(rows, rows.row('g', 'b', 'l'));
    expect(await rows.list('l')).toMatchObject({ ids: 'c', count: 1 });
    expect(await rows.list('other')).toMatchObject({ ids: 'b', count: 1 });
  });

  test('shows rows as they are now, filtered and projected by what they are now', async () => {
    const rows = newRows();
    for (const id of ['a', 'b']) await rows.putRow(rows.row('g', id, 'l'));
    await rows.putRow(rows.row('g', 'a', 'l', { n: { N: '2' } }));
    await lag(rows, rows.row('g', 'a', 'l', { n: { N: '1' } }));
    const filter = { FilterExpression: 'n = :n', ProjectionExpression: '#s, n', ExpressionAttributeNames: { '#s': '_sk' } };
    const two = await rows.list('l', { ...filter, ExpressionAttributeValues: { ':n': { N: '2' } } });
    expect(two.output).toEqual({ Items: [{ _sk: { S: 'a' }, n: { N: '2' } }], Count: 1, ScannedCount: 2 });
    const one = await rows.list('l', { ...filter, ExpressionAttributeValues: { ':n': { N: '1' } } });
    expect(one).toMatchObject({ ids: 'b', output: { ScannedCount: 2 } });
  });

  test('that holds keys alone shows no more of a row', async () => {
    const rows = newRows();
    const position = { _iter_pk: { S: rows.text('all') }, _iter_sk: { S: 'a' } };
    await rows.putRow({ ...rows.row('g', 'a', null), ...position });
    await lag(rows, rows.row('g', 'a', null));
    const result = await rows.execute('Query', {
      TableName: table.name,
      IndexName: 'iter_index',
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_iter_pk' },
      ExpressionAttributeValues: { ':p': { S: rows.text('all') } },
    });
    expect(result.output?.Items).toEqual([{ ...rows.rowKey('g', 'a'), ...position }]);
  });

  test.each([
    ['not been applied is asked every time', 'before', { l: 'a', other: '' }, 'miss'],
    ['been applied is answered from memory again, since that shows', 'after', { l: '', other: 'a' }, 'hit'],
  ] as const)('under a write of unknown outcome that has %s', async (_title, moment, expected, cache) => {
    const rows = newRows();
    await rows.putRow(rows.row('g', 'a', 'l'));
    await rows.proxy.inject({ kind: 'drop', moment, operation: 'PutItem' });
    expect(await rows.putRow(rows.row('g', 'a', 'other'))).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
    await rows.proxy.reset();
    // What shows that the write was applied is not kept itself: a row that was looked up before it would look the same.
    for (const list of ['l', 'l', 'other'] as const) expect(await rows.list(list)).toMatchObject({ ids: expected[list], cache: 'miss' });
    for (const list of ['l', 'other'] as const) expect(await rows.list(list)).toMatchObject({ ids: expected[list], cache });
  });
});

describe('other writers', () => {
  test('are seen as soon as the stream of the table tells of them, in both partitions of an index that a row moves between', async () => {
    const rows = newRows();
    for (const id of ['a', 'b']) await rows.putRow(rows.row('g', id, id));
    const [moved, lists] = [rows.row('g', 'a', 'c'), ['a', 'b', 'c'] as const];
    const ask = () => Promise.all(lists.map((list) => rows.list(list)));
    await ask();
    await rows.putRowDirectly(moved);
    expect((await ask()).map(({ ids, cache }) => `${ids} ${cache}`)).toEqual(['a hit', 'b hit', ' hit']);
    const change = { table: table.name, key: rows.rowKey('g', 'a'), row: moved };
    expect(await rows.stub.invalidate(JSON.stringify({ tenant: rows.name, changes: [change] }))).toMatchObject({ dropped: 1 });
    expect((await ask()).map(({ ids, cache }) => `${ids} ${cache}`)).toEqual([' miss', 'b hit', 'a miss']);
  });

  test('are seen by lists after a flush', async () => {
    const rows = newRows();
    await rows.putRow(rows.row('g', 'a', 'l'));
    await rows.list('l');
    await rows.putRowDirectly(rows.row('g', 'b', 'l'));
    expect(await rows.list('l')).toMatchObject({ ids: 'a', cache: 'hit' });
    expect(await rows.stub.flush({ tenant: rows.name, scope: { kind: 'tenant' } })).toEqual({ dropped: 1 });
    expect(await rows.list('l')).toMatchObject({ ids: 'ab', cache: 'miss' });
  });
});

describe('queries and writes that meet', () => {
  test('an old answer is given until the write is acknowledged, and then never again', async () => {
    const rows = newRows();
    await rows.putRow(rows.row('g', 'a', 'l'));
    await rows.list('l');
    await rows.proxy.inject({ kind: 'hold', moment: 'after', operation: 'DeleteItem' });
    const write = rows.deleteRow(rows.rowKey('g', 'a'));
    await rows.proxy.whenHeld();
    expect(await rows.list('l')).toMatchObject({ ids: 'a', cache: 'hit' });
    await rows.proxy.release();
    await write;
    expect(await rows.list('l')).toMatchObject({ ids: '' });
  });

  test('a query that a write has overtaken answers with what the write left', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    await rows.proxy.inject({ kind: 'hold', moment: 'after', operation: 'Query' });
    const overtaken = rows.list('l');
    await rows.proxy.whenHeld();
    await rows.putRow(rows.row('g', 'b', 'l'));
    const late = rows.list('l');
    await rows.proxy.release();
    expect([(await overtaken).ids, (await late).ids]).toEqual(['ab', 'ab']);
  });

  test('one that asks for less than whole rows is asked once more then', async () => {
    const rows = newRows();
    await rows.putRowDirectly(rows.row('g', 'a', 'l'));
    await rows.proxy.inject({ kind: 'hold', moment: 'after', operation: 'Query' });
    const overtaken = rows.list('l', { Select: 'COUNT' });
    await rows.proxy.whenHeld();
    await rows.putRow(rows.row('g', 'b', 'l'));
    await rows.proxy.release();
    expect(await overtaken).toMatchObject({ count: 2, calls: 2 });
  });
});
