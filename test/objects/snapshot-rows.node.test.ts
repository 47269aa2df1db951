import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packSnapshot, unpackRow, type SnapshotEntry, type SnapshotRow } from '../../src/objects/tenant-store/snapshot-rows.ts';

const MAX_ROW_BYTES = 2_000_000;
const sizeOf = ({ head, items }: SnapshotRow) => new TextEncoder().encode(head).byteLength + items.byteLength;
const unpackAll = (rows: readonly SnapshotRow[]) => rows.flatMap((row) => [...unpackRow(row, () => true)]);
const entriesOf = (count: number, text: (at: number) => string): SnapshotEntry[] =>
  Array.from({ length: count }, (_, at) => ({ id: `table/12:[acme]#us#${at}us`, text: text(at), expiresAtMs: 1_000 + at }));

describe('a snapshot in rows', () => {
  test('is what it was made of', () => {
    const entry = fc.record({
      id: fc.string({ unit: 'binary' }),
      text: fc.string({ unit: 'binary', maxLength: 300 }),
      expiresAtMs: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        expect(unpackAll(packSnapshot(entries))).toEqual(entries);
      }),
    );
  });

  test.each([
    ['of 500 characters', 500, 10_000],
    ['of 700 characters that take three bytes each', 700, 7_000],
    ['of 400 KB', 400_000, 40],
  ])('has at most ten rows of at most 2 MB, of items %s', (name, length, atLeast) => {
    const character = name.includes('three') ? '世' : 'x';
    const rows = packSnapshot(entriesOf(12_000, () => character.repeat(length)));
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(Math.max(...rows.map(sizeOf))).toBeLessThanOrEqual(MAX_ROW_BYTES);
    const kept = unpackAll(rows);
    expect(kept.length).toBeGreaterThanOrEqual(atLeast);
    expect(kept.length).toBeLessThanOrEqual(10_000);
    expect(kept.at(-1)?.text).toBe(character.repeat(length));
  });

  test('has few rows of small items, whose ids and times are most of it', () => {
    const rows = packSnapshot(entriesOf(10_000, (at) => `{"n":${at}}`));
    expect(rows.length).toBeLessThanOrEqual(2);
    expect(Math.max(...rows.map(sizeOf))).toBeLessThanOrEqual(MAX_ROW_BYTES);
    expect(unpackAll(rows)).toHaveLength(10_000);
  });

  test('says when its last entry expires, and gives only what is wanted', () => {
    const [row] = packSnapshot(entriesOf(10, (at) => String(at)));
    if (row === undefined) throw new Error('expected a row');
    expect(row.expiresAtMs).toBe(1_009);
    expect([...unpackRow(row, (_id, expiresAtMs) => expiresAtMs > 1_007)].map(({ text }) => text)).toEqual(['8', '9']);
  });

  test('of nothing has no rows', () => {
    expect(packSnapshot([])).toEqual([]);
  });
});
