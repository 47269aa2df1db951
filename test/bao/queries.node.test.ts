import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { initModels, QueryError, TenantContext, ValidationError } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName } });
  const { Task } = manager.models;
  const day = (at: number) => new Date(Date.UTC(2026, 0, at));
  await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      Task.create({
        taskId: `q${at}`,
        kind: 'page',
        rank: (at - 6) * 1.5,
        weight: at - 6,
        ownerId: 'o1',
        dueAt: day(at + 1),
        title: `Title ${String.fromCharCode(97 + at)}`,
        tags: at % 2 === 0 ? ['even'] : ['odd', 'x'],
        isDone: at > 8,
      }),
    ),
  );
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const ids = ({ items }: { items: { getPrimaryId(): string }[] }) => items.map((item) => item.getPrimaryId());
const tasks = (...numbers: number[]) => numbers.map((number) => `q${number}`);

describe('queryByIndex', () => {
  it('lists in order of numbers, negative ones and fractions too, in both directions', async () => {
    const { Task } = manager.models;
    const ranks = async (direction: 'ASC' | 'DESC') =>
      (await Task.queryByIndex('tasksByKind', 'page', null, { direction })).items.map((task) => task.get('rank'));
    const expected = Array.from({ length: 12 }, (_, at) => (at - 6) * 1.5);
    expect(await ranks('ASC')).toEqual(expected);
    expect(await ranks('DESC')).toEqual(expected.toReversed());
    expect((await Task.queryByIndex('allTasks')).items.map((task) => task.get('weight'))).toEqual(
      Array.from({ length: 12 }, (_, at) => at - 6),
    );
  });

  it.each([
    [{ weight: -2 }, [4]],
    [{ weight: { $eq: -2 } }, [4]],
    [{ weight: { $gt: 3 } }, [10, 11]],
    [{ weight: { $gte: 4 } }, [10, 11]],
    [{ weight: { $lt: -4 } }, [0, 1]],
    [{ weight: { $lte: -5 } }, [0, 1]],
    [{ weight: { $gte: -1, $lt: 2 } }, [5, 6, 7]],
    [{ weight: { $gt: -1, $lte: 2 } }, [6, 7, 8]],
    [{ weight: { $gt: -1, $lt: 2 } }, [6, 7]],
    [{ weight: { $between: [-1, 1] } }, [5, 6, 7]],
    [{ weight: { $gt: 2, $lt: 2 } }, []],
    [{ weight: { $between: [3, 1] } }, []],
  ])('takes the sort condition %j', async (condition, expected) => {
    expect(ids(await manager.models.Task.queryByIndex('allTasks', undefined, condition as never))).toEqual(tasks(...expected));
  });

  it('takes dates, in every form and with two ends', async () => {
    const { Task } = manager.models;
    const page = await Task.queryByIndex('tasksForOwner', 'o1', {
      dueAt: { $gte: new Date('2026-01-03T00:00:00Z'), $lt: '2026-01-05T00:00:00Z' },
    });
    expect(ids(page)).toEqual(tasks(2, 3));
    expect(ids(await Task.queryByIndex('tasksForOwner', 'o1', { dueAt: new Date('2026-01-03T00:00:00Z') }))).toEqual(tasks(2));
  });

  it('takes prefixes and ranges of text', async () => {
    const { Task } = manager.models;
    expect(ids(await Task.queryByIndex('tasksByTitle', true, { title: { $beginsWith: 'Title ' } }))).toEqual(tasks(9, 10, 11));
    expect(ids(await Task.queryByIndex('tasksByTitle', true, { title: { $gt: 'Title j', $lt: 'Title l' } }))).toEqual(tasks(10));
  });

  it.each([
    [{ weight: { $gt: 1, $gte: 2 } }, 'one lower and one upper end'],
    [{ weight: { $eq: 1, $lt: 2 } }, '$eq goes with no other operator'],
    [{ weight: { $ne: 1 } }, 'Invalid operator $ne'],
    [{ weight: {} }, 'needs an operator'],
    [{ weight: 1, kind: 'x' }, 'names one field'],
    [{ kind: 'x' }, 'is not the sort key of index allTasks'],
    [{ weight: { $between: [1] } }, '$between expects two values'],
    [{ weight: null }, 'needs a value'],
    [{ weight: { $beginsWith: '5' } }, 'weight: $beginsWith never holds for a field of kind integer'],
  ])('refuses the sort condition %j', async (condition, message) => {
    await expect(manager.models.Task.queryByIndex('allTasks', undefined, condition as never)).rejects.toThrow(QueryError);
    await expect(manager.models.Task.queryByIndex('allTasks', undefined, condition as never)).rejects.toThrow(message);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('refuses an unknown index, a partition of another kind, limits that are none, and consistent reads of a secondary index', async () => {
    const { Task } = manager.models;
    await expect(Task.queryByIndex('nope' as never, 1 as never)).rejects.toMatchObject({ name: 'QueryError', code: 'unknown_index' });
    await expect(Task.queryByIndex('tasksByKind', 5 as never)).rejects.toThrow(ValidationError);
    await expect(Task.queryByIndex('tasksByKind')).rejects.toThrow('expected a value');
    await expect(Task.queryByIndex('allTasks', 'other')).rejects.toThrow('lists the whole model');
    for (const limit of [-1, 1.5, 10_001]) await expect(Task.queryByIndex('tasksByKind', 'page', null, { limit })).rejects.toThrow('limit');
    await expect(Task.queryByIndex('tasksByKind', 'page', null, { consistent: true })).rejects.toThrow('no consistent reads');
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('gives every object once over its pages, whatever their size', async () => {
    const { Task } = manager.models;
    for (const limit of [1, 5, 12, 100]) {
      const seen: string[] = [];
      let startKey = null;
      do {
        const page: Awaited<ReturnType<typeof Task.queryByIndex>> = await Task.queryByIndex('tasksByKind', 'page', null, {
          limit,
          startKey,
        });
        seen.push(...ids(page));
        startKey = page.lastEvaluatedKey ?? null;
      } while (startKey);
      expect(seen).toEqual(tasks(...Array(12).keys()));
    }
  });

  it('refuses a start key of another partition, tenant or shape', async () => {
    const { Task } = manager.models;
    const { lastEvaluatedKey } = await Task.queryByIndex('tasksByKind', 'page', null, { limit: 1 });
    const bad = [
      { _pk: 'x' },
      { ...lastEvaluatedKey, _gsi2_pk: 'ta#gsi2#other' },
      { ...lastEvaluatedKey, _pk: '[acme]#ta#q1' },
      { ...lastEvaluatedKey, more: 'x' },
    ];
    for (const startKey of bad)
      await expect(Task.queryByIndex('tasksByKind', 'page', null, { startKey })).rejects.toMatchObject({ code: 'invalid_cursor' });
    const other = TenantContext.runWithTenant('acme', () =>
      Task.queryByIndex('tasksByKind', 'page', null, { startKey: lastEvaluatedKey ?? null }),
    );
    await expect(other).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('counts, and reads a part of the fields', async () => {
    const { Task } = manager.models;
    expect(await Task.queryByIndex('tasksByKind', 'page', null, { countOnly: true })).toMatchObject({
      items: [],
      count: 12,
      scannedCount: 12,
    });
    const [first] = (await Task.queryByIndex('tasksByKind', 'page', null, { limit: 1, fields: ['title'] })).items;
    expect(first?.toJSON()).toEqual({ taskId: 'q0', title: 'Title a' });
    await expect(first?.save()).rejects.toThrow('read in part');
    // @ts-expect-error no such field
    await expect(Task.queryByIndex('tasksByKind', 'page', null, { fields: ['nope'] })).rejects.toThrow('Unknown field in fields');
  });
});

describe('sort conditions on text', () => {
  it('select what code-point order selects, with any two ends', async () => {
    const { Task } = manager.models;
    const letters = ['a', 'b', 'A', '~', '\u0001', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'];
    const titles = letters.flatMap((letter) => [letter, `a${letter}`, `${letter}a`]);
    await Promise.all(titles.map((title, at) => Task.create({ taskId: `text${at}`, title, isDone: false, weight: null })));
    const stored = (await Task.queryByIndex('tasksByTitle', false)).items.map((task) => task.get('title') as string);
    const order = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));
    expect(stored).toEqual(stored.toSorted(order));
    const text = fc.constantFrom(...titles);
    await fc.assert(
      fc.asyncProperty(text, text, fc.constantFrom('$gt', '$gte'), fc.constantFrom('$lt', '$lte'), async (low, high, lower, upper) => {
        const { items } = await Task.queryByIndex('tasksByTitle', false, { title: { [lower]: low, [upper]: high } });
        const isAbove = (title: string) => order(title, low) > (lower === '$gt' ? 0 : -1);
        const isBelow = (title: string) => order(title, high) < (upper === '$lt' ? 0 : 1);
        expect(items.map((task) => task.get('title'))).toEqual(stored.filter((title) => isAbove(title) && isBelow(title)));
      }),
      { numRuns: Math.round(100 * inject('testScale')) },
    );
  });
});

describe('the primary key', () => {
  it('is listed like an index, consistently if asked to', async () => {
    const { Vote } = manager.models;
    for (const round of [-2, -1, 0, 1, 10]) await Vote.create({ topic: 'lunch', round });
    const page = await Vote.queryByIndex('primary', 'lunch', { round: { $gte: -1, $lt: 10 } }, { consistent: true });
    expect(page.items.map((vote) => vote.get('round'))).toEqual([-1, 0, 1]);
    expect((await Vote.queryByPrimaryKey('lunch', { round: { $lt: 0 } })).count).toBe(2);
  });

  it("of one partition for all objects is each tenant's own in the ordered encoding", async () => {
    const { Setting } = manager.models;
    for (const tenant of ['t1', 't2']) await TenantContext.runWithTenant(tenant, () => Setting.create({ name: 'theme', value: tenant }));
    const values = await TenantContext.runWithTenant('t1', async () =>
      (await Setting.queryByPrimaryKey()).items.map((setting) => setting.get('value')),
    );
    expect(values).toEqual(['t1']);
    expect(await table.row('[t1]#se', 'theme')).toMatchObject({ value: { S: 't1' } });
  });
});

describe('filters', () => {
  const filtered = async (filter: object) => ids(await manager.models.Task.queryByIndex('allTasks', undefined, null, { filter }));

  it.each([
    [{ title: 'Title c' }, [2]],
    [{ dueAt: null }, []],
    [{ note: null, weight: { $gte: 4 } }, [10, 11]],
    [{ weight: { $gte: 1, $lt: 3 } }, [7, 8]],
    [{ weight: { $between: [-6, -5] } }, [0, 1]],
    [{ title: { $in: ['Title a', 'Title l', 'nope'] } }, [0, 11]],
    [{ title: { $in: [] } }, []],
    [{ tags: { $contains: 'odd' }, weight: { $lt: -3 } }, [1]],
    [{ title: { $beginsWith: 'Title b' } }, [1]],
    [{ title: { $contains: 'le b' } }, [1]],
    [{ tags: { $size: 2 }, weight: { $gt: 2 } }, [9, 11]],
    [{ tags: { $size: { $gt: 1 } }, weight: { $gt: 2 } }, [9, 11]],
    [{ isDone: true, $not: { title: 'Title j', weight: 3 } }, [10, 11]],
    [{ $not: { $or: [{ isDone: false }, { weight: 4 }] } }, [9, 11]],
    [{ $or: [{ weight: -6 }, { $and: [{ weight: 5 }, { isDone: true }] }] }, [0, 11]],
    [{ dueAt: { $lt: new Date('2026-01-03T00:00:00Z') } }, [0, 1]],
    [{ updatedAt: { $gt: new Date('2000-01-01T00:00:00Z') }, weight: 0 }, [6]],
    [{ updatedAt: new Date('2000-01-01T00:00:00Z') }, []],
    [{ note: { $exists: true } }, []],
    [{ title: { $exists: true }, rank: 0 }, [6]],
    [{}, [...Array(12).keys()]],
  ])('%j', async (filter, expected) => {
    expect(await filtered(filter)).toEqual(tasks(...expected));
  });

  it.each([
    [{ nope: 1 }, 'Unknown field in filter: nope'],
    [{ title: { $like: 'x' } }, 'Invalid operator $like for field title'],
    [{ $nor: [] }, 'Invalid operator $nor'],
    [{ $and: { title: 'x' } }, '$and must be an array'],
    [{ $or: [] }, '$or must be an array'],
    [{ $not: {} }, 'empty filter'],
    [{ title: {} }, 'is empty'],
    [{ title: { $in: 'x' } }, '$in expects an array'],
    [{ title: { $exists: 1 } }, '$exists expects true or false'],
    [{ title: { $size: 'x' } }, '$size expects'],
    [{ title: { $between: ['a'] } }, '$between expects two values'],
    [{ weight: '5' }, 'weight: expected a whole number, got "5"'],
    [{ hits: '+1' }, 'hits: expected a whole number, got "+1"'],
    [{ weight: { $beginsWith: '5' } }, 'weight: $beginsWith never holds for a field of kind integer'],
    [{ rank: { $contains: '5' } }, 'rank: $contains never holds for a field of kind float'],
    [{ dueAt: { $size: 1 } }, 'dueAt: $size never holds for a field of kind date-time'],
    [{ isDone: { $gt: false } }, 'isDone: $gt never holds for a field of kind boolean'],
    [{ isDone: { $between: [false, true] } }, 'isDone: $between never holds'],
    [{ tags: { $lte: ['a'] } }, 'tags: $lte never holds for a field of kind string-set'],
    [{ blob: { $beginsWith: 'a' } }, 'blob: $beginsWith never holds for a field of kind binary'],
    ['x', 'expected a filter object'],
    [Object.create({ title: 'x' }), 'expected a filter object, got an object with a prototype of its own'],
    [JSON.parse('{"__proto__":{"title":"x"}}'), 'Unknown field in filter: __proto__'],
  ])('refuse %j before the store is asked', async (filter, message) => {
    const querying = manager.models.Task.queryByIndex('allTasks', undefined, null, { filter: filter as never });
    await expect(querying).rejects.toThrow(message);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('are limited in depth and operands, without recursion', async () => {
    const nest = (depth: number) => Array.from({ length: depth }).reduce<object>((inner) => ({ $not: inner }), { title: 'x' });
    await expect(filtered(nest(15))).resolves.toBeDefined();
    await expect(filtered(nest(16))).rejects.toThrow('at most 16 levels');
    await expect(filtered(nest(10_000))).rejects.toThrow('at most 16 levels');
    await expect(filtered({ title: { $in: Array.from({ length: 100 }, String) } })).resolves.toBeDefined();
    await expect(filtered({ title: { $in: Array.from({ length: 101 }, String) } })).rejects.toThrow('at most 100 operands');
  });

  it('select what the same predicate selects in memory', async () => {
    const all = (await manager.models.Task.queryByIndex('allTasks')).items;
    const comparison = fc.record({
      operator: fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'),
      value: fc.integer({ min: -8, max: 8 }),
    });
    const filters = fc.letrec<{ filter: object }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3 },
        comparison.map(({ operator, value }) => ({ weight: { [operator]: value } })),
        fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((parts) => ({ $and: parts })),
        fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((parts) => ({ $or: parts })),
        tie('filter').map((part) => ({ $not: part })),
      ),
    })).filter;
    const holds = (filter: Record<string, unknown>, weight: number): boolean =>
      Object.entries(filter).every(([name, operand]) => {
        if (name === '$and') return (operand as Record<string, unknown>[]).every((part) => holds(part, weight));
        if (name === '$or') return (operand as Record<string, unknown>[]).some((part) => holds(part, weight));
        if (name === '$not') return !holds(operand as Record<string, unknown>, weight);
        const [[operator, value]] = Object.entries(operand as Record<string, number>) as [[string, number]];
        return {
          $eq: weight === value,
          $ne: weight !== value,
          $gt: weight > value,
          $gte: weight >= value,
          $lt: weight < value,
          $lte: weight <= value,
        }[operator];
      });
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = all
          .filter((task) => holds(filter as Record<string, unknown>, task.get('weight') as number))
          .map((task) => task.getPrimaryId());
        expect(await filtered(filter)).toEqual(expected);
      }),
      { numRuns: Math.round(60 * inject('testScale')) },
    );
  });
});
