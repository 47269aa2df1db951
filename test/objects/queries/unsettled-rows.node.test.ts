import { describe, expect, test } from 'vitest';
import type { TableProfile } from '../../../src/dynamo/table-profile.ts';
import type { AttributeMap } from '../../../src/dynamo/types.ts';
import { KeySpace } from '../../../src/objects/tenant-store/item-key.ts';
import { Places } from '../../../src/objects/tenant-store/queries/places.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { UnsettledRows } from '../../../src/objects/tenant-store/queries/unsettled-rows.ts';
import { touchOf, type Images } from '../../../src/objects/tenant-store/queries/row-touch.ts';

const PROFILE: TableProfile = {
  key: { partitionKey: '_pk', sortKey: '_sk' },
  indexes: {
    gsi1: { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk', projection: 'ALL' },
    legacy: { partitionKey: '_l_pk', sortKey: '_l_sk', projection: 'ALL' },
  },
  ttlAttribute: 'ttl',
  models: {
    le: { name: 'Legacy', prefix: 'le', cacheSec: 5, changes: false, hasTenantPrefix: false, fields: {}, indexes: ['legacy'] },
  },
};
const SPACE = new KeySpace(PROFILE, 'acme');
const PLACES = new Places(SPACE);

function rowIn(list: string | null, id = 'r'): AttributeMap {
  const position: AttributeMap = list === null ? {} : { _gsi1_pk: { S: list }, _gsi1_sk: { S: id } };
  return { _pk: { S: '[acme]#g' }, _sk: { S: id }, ...position };
}

function touch(images: Images, id = 'r') {
  const keyClass = SPACE.classifyItem('table', rowIn(null, id));
  if (keyClass.kind !== 'own') throw new Error('expected a row of the tenant');
  return touchOf(PLACES, keyClass.key, images);
}

const A = rowIn('[acme]#a');
const B = rowIn('[acme]#b');
const OUTSIDE = rowIn(null);
const sortKey = (attribute: string) => attribute === '_gsi1_sk';
const neither = () => false;

describe('a write touches', () => {
  test.each<[string, Images, string[], boolean]>([
    ['the partition that a row leaves and the one it comes to', { before: [A], after: B }, ['a', 'b'], false],
    ['the one that a new row comes to', { before: [null], after: A }, ['a'], false],
    ['the one that a deleted row leaves', { before: [A], after: null }, ['a'], false],
    ['none when the row is in no partition of the index', { before: [OUTSIDE], after: OUTSIDE }, [], false],
    ['none of another tenant, or of nobody', { before: [rowIn('[other]#a')], after: rowIn('a') }, [], false],
    ['the whole index when nobody knows where the row was', { before: [], after: B }, ['b'], true],
    ['the whole index when nobody knows where it goes', { before: [A], after: undefined }, ['a'], true],
    ['one when the row stays where it was, as it was', { before: [A], after: undefined, mayChange: neither }, ['a'], false],
    ['one when the row stays where it is, as it is', { before: [], after: A, mayChange: neither }, ['a'], false],
    ['the whole index when its sort key may change', { before: [A], after: undefined, mayChange: sortKey }, ['a'], true],
    ['what several accounts of the row say', { before: [A, B], after: null }, ['a', 'b'], false],
  ])('%s', (_title, images, partitions, isAnywhere) => {
    const { places, anywhere } = touch(images);
    const ofIndex = places
      .filter(({ collection }) => collection === 'table/gsi1')
      .map(({ partition }) => partition.slice('[acme]#'.length));
    expect([[...new Set(ofIndex)], anywhere]).toEqual([partitions, isAnywhere ? ['table/gsi1'] : []]);
    expect(places).toContainEqual({ collection: 'table', partition: '[acme]#g', sort: 'r' });
  });

  test('no index that holds rows without a tenant: those are not kept', () => {
    expect(PLACES.collectionOf({ TableName: 'table', IndexName: 'legacy' })).toBeUndefined();
    expect(PLACES.collectionOf({ TableName: 'table', IndexName: 'unknown' })).toBeUndefined();
  });
});

describe('the rows that may be shown wrongly', () => {
  function newRows(maxRows = 1_000, memory = new MemoryBudget(64 * 1024 * 1024)) {
    const clock = { nowMs: 0 };
    return { clock, unsettled: new UnsettledRows({ nowMs: () => clock.nowMs, memory, maxRows }) };
  }
  const collection = (IndexName?: string) => {
    const found = PLACES.collectionOf(IndexName === undefined ? { TableName: 'table' } : { TableName: 'table', IndexName });
    if (found === undefined) throw new Error('expected an index of the profile');
    return found;
  };
  const ofList = (unsettled: UnsettledRows, list: string) =>
    unsettled.touching(collection('gsi1'), { collection: 'table/gsi1', partition: list });
  const ofGroup = (unsettled: UnsettledRows) => unsettled.touching(collection(), { collection: 'table', partition: '[acme]#g' });

  test('are those of writes that run, in a table and in its indexes', () => {
    const { unsettled } = newRows();
    const moved = touch({ before: [A], after: B });
    unsettled.begin(moved);
    expect(
      [ofGroup(unsettled), ofList(unsettled, '[acme]#a'), ofList(unsettled, '[acme]#b'), ofList(unsettled, '[acme]#c')].map(
        (rows) => rows.length,
      ),
    ).toEqual([1, 1, 1, 0]);
    unsettled.stop(moved.key);
    expect([ofGroup(unsettled), ofList(unsettled, '[acme]#a')].map((rows) => rows.length)).toEqual([0, 0]);
  });

  test('are, of an index alone, those of writes that have ended a short while ago', () => {
    const { unsettled, clock } = newRows();
    unsettled.remember(touch({ before: [A], after: B }), { laggingUntilMs: 5_000, heldUntilMs: 0 });
    expect([ofGroup(unsettled), ofList(unsettled, '[acme]#a')].map((rows) => rows.length)).toEqual([0, 1]);
    clock.nowMs = 5_000;
    expect(ofList(unsettled, '[acme]#a')).toEqual([]);
  });

  test('are those in doubt, and nobody knows where they stand, whatever comes after', () => {
    const { unsettled, clock } = newRows();
    unsettled.remember(touch({ before: [A], after: B }), { laggingUntilMs: 35_000, heldUntilMs: 30_000 });
    unsettled.remember(touch({ before: [B], after: A }), { laggingUntilMs: 5_000, heldUntilMs: 0 });
    clock.nowMs = 29_999;
    expect(ofGroup(unsettled)).toMatchObject([{ after: new Map() }]);
    clock.nowMs = 30_000;
    expect([ofGroup(unsettled), ofList(unsettled, '[acme]#b')].map((rows) => rows.length)).toEqual([0, 1]);
  });

  test('are no longer those in doubt when the write shows; an index may still lag', () => {
    const { unsettled, clock } = newRows();
    const moved = touch({ before: [A], after: B });
    unsettled.remember(moved, { laggingUntilMs: 35_000, heldUntilMs: 30_000 });
    clock.nowMs = 1_000;
    unsettled.settle(moved.key, 6_000);
    unsettled.settle(touch({ before: [], after: A }, 'another').key, 6_000);
    expect([ofGroup(unsettled), ofList(unsettled, '[acme]#b')].map((rows) => rows.length)).toEqual([0, 1]);
    clock.nowMs = 6_000;
    expect(ofList(unsettled, '[acme]#b')).toEqual([]);
  });

  test('are anywhere in an index when nobody knows where they were', () => {
    const { unsettled } = newRows();
    unsettled.remember(touch({ before: [], after: B }), { laggingUntilMs: 5_000, heldUntilMs: 0 });
    expect(ofList(unsettled, '[acme]#c')).toHaveLength(1);
  });

  test('are part of the memory that is shared, and make room in it as far as they are not written now', () => {
    const memory = new MemoryBudget(1_200_000);
    const { unsettled, clock } = newRows(10_000, memory);
    const running = touch({ before: [null], after: A }, 'running');
    unsettled.begin(running);
    for (let number = 0; number < 800; number++) {
      unsettled.remember(touch({ before: [null], after: A }, `r${number}`), { laggingUntilMs: 5_000, heldUntilMs: 0 });
    }
    expect([memory.usedBytes > 1_000_000, unsettled.isCompleteSince(clock.nowMs)]).toEqual([true, true]);
    const other = memory.open({ evict: () => {} });
    other.add(200_000);
    expect(memory.usedBytes).toBeLessThanOrEqual(1_200_000);
    expect(unsettled.isCompleteSince(clock.nowMs)).toBe(false);
    expect(ofGroup(unsettled)).toMatchObject([{ key: { id: running.key.id } }]);
    clock.nowMs = 5_000;
    unsettled.evict(1_200_000);
    expect(memory.usedBytes).toBe(200_000);
  });

  test('are remembered up to a bound; beyond it the list says that it is not complete until those that it lacks are over', () => {
    const { unsettled, clock } = newRows(100);
    for (let number = 0; number < 100; number++) {
      unsettled.remember(touch({ before: [null], after: A }, `r${number}`), { laggingUntilMs: 5_000 + number, heldUntilMs: 0 });
    }
    expect([unsettled.isCompleteSince(clock.nowMs), ofList(unsettled, '[acme]#a').length]).toEqual([true, 100]);
    const running = touch({ before: [null], after: A }, 'running');
    unsettled.begin(running);
    expect(unsettled.isCompleteSince(clock.nowMs)).toBe(false);
    expect(ofList(unsettled, '[acme]#a').length).toBeLessThanOrEqual(60);
    clock.nowMs = 5_000 + 60;
    expect(unsettled.isCompleteSince(clock.nowMs)).toBe(true);
    expect([...unsettled.running].map(({ key }) => key.id)).toEqual([running.key.id]);
  });
});
