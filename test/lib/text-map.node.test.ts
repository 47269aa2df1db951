import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '../../src/lib/text-hash.ts';
import { TextMap } from '../../src/lib/text-map.ts';

/** Each two of them have one hash. */
const ALIKE = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];

test('holds what a Map holds after the same changes, texts of one hash among them', () => {
  expect(new Set(ALIKE.map(hashOf)).size).toBe(ALIKE.length / 2);
  const key = fc.constantFrom(...ALIKE, '', 'a', '__proto__', 'ключ');
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key, value: fc.nat(9) }),
    fc.record({ kind: fc.constant('delete' as const), key }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const [own, map] = [new TextMap<number>(), new Map<string, number>()];
      for (const one of changes) {
        if (one.kind === 'set') own.set(one.key, one.value);
        else own.delete(one.key);
        if (one.kind === 'set') map.set(one.key, one.value);
        else map.delete(one.key);
        expect([one.key, own.get(one.key), own.size]).toEqual([one.key, map.get(one.key), map.size]);
      }
      expect(new Map(own.entries())).toEqual(map);
    }),
  );
});

test('tells every entry once, also while those that were told are deleted', () => {
  const own = new TextMap<number>();
  for (const key of ALIKE) own.set(key, 1);
  const told: string[] = [];
  for (const [key] of own.entries()) {
    told.push(key);
    own.delete(key);
  }
  expect(told.toSorted()).toEqual(ALIKE.toSorted());
  expect(own.size).toBe(0);
});
