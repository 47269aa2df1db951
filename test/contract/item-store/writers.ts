/** Several writers at once on one row. */
import { expect, inject, test } from 'vitest';
import type { StoreFixture } from './fixture.ts';

/** Declares the tests of concurrent writers; their number grows with the scale of the run. */
export function describeWriters(fixture: StoreFixture): void {
  const writers = Math.min(500, Math.ceil(20 * inject('testScale')));

  test('lets exactly one of many writers with the same condition win', async () => {
    const row = fixture.newKey();
    await fixture.put({ ...row, version: { N: '0' } });
    const results = await Promise.all(
      Array.from({ length: writers }, (_, index) =>
        fixture.execute('UpdateItem', {
          TableName: fixture.tableName,
          Key: row,
          UpdateExpression: 'SET version = :next, winner = :me',
          ConditionExpression: 'version = :current',
          ExpressionAttributeValues: { ':current': { N: '0' }, ':next': { N: '1' }, ':me': { N: String(index) } },
        }),
      ),
    );
    const winners = results.flatMap((result, index) => (result.ok ? [index] : []));
    expect(winners).toHaveLength(1);
    for (const result of results) if (!result.ok) expect(result.error.code).toBe('condition_failed');
    expect(await fixture.get(row)).toEqual({ ...row, version: { N: '1' }, winner: { N: String(winners[0]) } });
  });

  test('loses no increment', async () => {
    const row = fixture.newKey();
    const addOne = {
      TableName: fixture.tableName,
      Key: row,
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    };
    await Promise.all(Array.from({ length: writers }, () => fixture.output('UpdateItem', addOne)));
    expect(await fixture.get(row)).toEqual({ ...row, n: { N: String(writers) } });
  });

  test('never answers a strong read with less than was acknowledged before it began', async () => {
    const row = fixture.newKey();
    const state = { acknowledged: 0 };
    const writer = (async () => {
      for (let n = 1; n <= writers; n++) {
        await fixture.put({ ...row, n: { N: String(n) } });
        state.acknowledged = n;
      }
    })();
    const reader = async () => {
      while (state.acknowledged < writers) {
        const atLeast = state.acknowledged;
        const n = (await fixture.get(row))?.['n'];
        expect(n !== undefined && 'N' in n ? Number(n.N) : 0).toBeGreaterThanOrEqual(atLeast);
      }
    };
    await Promise.all([writer, reader(), reader(), reader()]);
  });
}
