import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyIndexes, seededRandom } from '../harness/keys.ts';

test('asks for the first of a thousand Zipf keys as often as the law says', () => {
  const next = keyIndexes({ kind: 'zipf', count: 1000, exponent: 0.99 }, seededRandom(1));
  const asked = new Uint32Array(1000);
  for (let request = 0; request < 200_000; request++) asked[next()]!++;
  const total = Array.from({ length: 1000 }, (_, index) => (index + 1) ** -0.99).reduce((sum, weight) => sum + weight);
  assert.ok(Math.abs(asked[0]! / 200_000 - 1 / total) < 0.005);
  assert.ok(Math.abs(asked[9]! / 200_000 - 10 ** -0.99 / total) < 0.002);
});

test('asks for each key once before it starts again', () => {
  const next = keyIndexes({ kind: 'each', count: 3 }, Math.random);
  assert.deepEqual([next(), next(), next(), next()], [0, 1, 2, 0]);
});

test('never leaves the range of keys', () => {
  for (const random of [() => 0, () => 1 - Number.EPSILON / 2]) {
    for (const kind of ['zipf', 'uniform'] as const) {
      const index = keyIndexes({ kind, count: 10, exponent: 0.99 }, random)();
      assert.ok(index >= 0 && index < 10, `${kind}: ${index}`);
    }
  }
});

test('gives the same sequence for the same seed, spread over the whole range', () => {
  const draw = (seed: number) => Array.from({ length: 10_000 }, seededRandom(seed));
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const mean = draw(1).reduce((sum, value) => sum + value) / 10_000;
  assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
});
