import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AttributeMap, AttributeValue } from '../../src/dynamo/types.ts';
import { isSameItem } from '../../src/objects/tenant-store/comparable-item.ts';

const name = fc.oneof(fc.constantFrom('SS', 'NS', 'L', 'M', '__proto__', 'a', '1'), fc.string({ maxLength: 3 }));
const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ S: fc.string({ maxLength: 3 }) }),
    fc.record({ N: fc.integer().map(String) }),
    fc.record({ SS: members }),
    fc.record({ BS: members }),
    fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ M: fc.dictionary(name, tie('value'), { maxKeys: 3 }) }),
  ),
}));
const item: fc.Arbitrary<AttributeMap> = fc.dictionary(name, value, { maxKeys: 4 });

/** The same item as another machine might write it. */
function reordered(attributes: AttributeMap): AttributeMap {
  const entries = Object.entries(attributes).map(([key, attribute]) => [key, reorderedValue(attribute)] as const);
  return Object.fromEntries(entries.toReversed());
}

function reorderedValue(attribute: AttributeValue): AttributeValue {
  if ('SS' in attribute) return { SS: attribute.SS.toReversed() };
  if ('BS' in attribute) return { BS: attribute.BS.toReversed() };
  if ('L' in attribute) return { L: attribute.L.map(reorderedValue) };
  return 'M' in attribute ? { M: reordered(attribute.M) } : attribute;
}

test('an item is the same in any order of its attributes and its sets', () => {
  fc.assert(fc.property(item, (one) => isSameItem(JSON.stringify(one), JSON.stringify(reordered(one)))));
});

test('an item with one value changed is another', () => {
  fc.assert(
    fc.property(item, fc.string(), (one, text) => {
      const changed = { ...one, a: { S: `${text}!` } };
      const before = { ...one, a: { S: text } };
      return !isSameItem(JSON.stringify(before), JSON.stringify(changed));
    }),
  );
});

test.each<[AttributeMap | null, AttributeMap | null]>([
  [{ a: { L: [{ S: '1' }, { S: '2' }] } }, { a: { L: [{ S: '2' }, { S: '1' }] } }],
  [{ a: { SS: ['1'] } }, { a: { NS: ['1'] } }],
  [{}, { a: { NULL: true } }],
  [{ a: { S: '' } }, null],
  [null, {}],
])('%j is not %j', (one, other) => {
  const text = one === null ? null : JSON.stringify(one);
  expect(isSameItem(text, other === null ? null : JSON.stringify(other))).toBe(false);
});

test('nothing is nothing', () => {
  expect(isSameItem(null, null)).toBe(true);
});
