import { describe, expect, test } from 'vitest';
import { HotKeys, hottestOf } from '../../src/objects/tenant-store/hot-keys.ts';
import { KeySpace } from '../../src/objects/tenant-store/item-key.ts';

const space = new KeySpace(
  {
    key: { partitionKey: '_pk', sortKey: '_sk' },
    indexes: {},
    ttlAttribute: 'ttl',
    models: { us: { name: 'User', prefix: 'us', cacheSec: 5, changes: false, hasTenantPrefix: true, fields: {}, indexes: [] } },
  },
  'acme',
);

function idOf(name: string, sortKey = 'us'): string {
  const keyClass = space.classify('table', { _pk: { S: `[acme]#us#${name}` }, _sk: { S: sortKey } });
  if (keyClass.kind !== 'own') throw new TypeError('expected a key of the tenant');
  return keyClass.key.id;
}

/** Looks random, and is the same every time. */
function steady(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe('hot keys', () => {
  test('are those that are read most, in the words of their model', () => {
    const hot = new HotKeys(steady());
    for (let round = 0; round < 2_000; round++) {
      for (let times = 0; times < 8; times++) hot.hit(idOf('ann'));
      for (let times = 0; times < 4; times++) hot.hit(idOf('bob', 'posts'));
      hot.hit(idOf(`visitor-${round % 500}`));
    }
    const [first, second] = hot.shown(space);
    expect([first, second]).toMatchObject([
      { model: 'User', key: 'ann' },
      { model: 'User', key: 'bob posts' },
    ]);
    // Of 16,000 and 8,000 reads.
    expect(first?.hits).toBeGreaterThan(14_000);
    expect(first?.hits).toBeLessThan(18_000);
    expect(second?.hits).toBeGreaterThan(7_000);
    expect(second?.hits).toBeLessThan(9_500);
  });

  test('are ten at most, also of several objects', () => {
    const [one, other] = [new HotKeys(steady()), new HotKeys(steady())];
    for (let read = 0; read < 20_000; read++) {
      one.hit(idOf(`one-${read % 40}`));
      other.hit(idOf(`other-${read % 400}`));
    }
    expect(one.shown(space)).toHaveLength(10);
    const all = hottestOf([one.shown(space), other.shown(space)]).map(({ hits }) => hits);
    expect(all).toHaveLength(10);
    expect(all).toEqual(all.toSorted((a, b) => b - a));
  });
});
