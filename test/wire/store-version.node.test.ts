import { expect, test } from 'vitest';
import { isAtLeast, joinedVersion, parseStoreVersion, storeVersionToken } from '../../src/wire/store-version.ts';

const version = (token: string) => parseStoreVersion(token) ?? { epoch: -1, states: [] };

test('a token is what it says', () => {
  for (const token of ['0:0.a1.0', '12:0.a.5,3.0m8xyz12.123456789012345']) expect(storeVersionToken(version(token))).toBe(token);
});

test.each(['', 'none', '0', '0:', '0:0.a', '0:0.a.1,', '0:0.A.1', '0:0.a.-1', ' 0:0.a.1', `0:${'0.a.1,'.repeat(400)}0.a.1`])(
  '%j is no token',
  (token) => expect(parseStoreVersion(token)).toBeNull(),
);

test('who has seen both of two versions has seen the later state of each object', () => {
  expect(joinedVersion('0:0.a.5,1.b.7', '0:1.b.6,2.c.1')).toBe('0:0.a.5,1.b.7,2.c.1');
  expect(joinedVersion('0:0.a.5', '0:0.b.1')).toBe('0:0.b.1');
  expect(joinedVersion('0:0.b.1', '0:0.a.5')).toBe('0:0.b.1');
  expect(joinedVersion('0:0.a.5', '1:3.c.1')).toBe('1:3.c.1');
  expect(joinedVersion('made up', '0:0.a.5')).toBe('0:0.a.5');
  expect(joinedVersion(undefined, 'made up')).toBeUndefined();
});

test('what was said is recent enough when it is of no earlier state of the same instance, and of the same division of the keys', () => {
  const seen = version('1:0.a.5,1.b.7');
  expect(['1:0.a.5', '1:0.a.6', '1:2.c.0'].map((asOf) => isAtLeast(asOf, seen))).toEqual([true, true, true]);
  expect(['1:0.a.4', '1:0.z.9', '0:0.a.5', '2:0.a.5', 'made up'].map((asOf) => isAtLeast(asOf, seen))).toEqual(Array(5).fill(false));
});
