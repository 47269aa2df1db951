import { expect, test } from 'vitest';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { DoubtedValues } from '../../src/objects/tenant-store/doubted-values.ts';
import { Echoes } from '../../src/objects/tenant-store/echoes.ts';
import { Freshness } from '../../src/objects/tenant-store/freshness.ts';
import type { ItemKey } from '../../src/objects/tenant-store/item-key.ts';

const KEYS = Array.from({ length: 1_000 }, (_, at) => ({ id: `key ${at}`, partition: `partition ${at}` }) as ItemKey); // as much of it as is looked at
const TEXT = JSON.stringify({ value: { S: 'x'.repeat(300) } });
const NOW_MS = 1_000_000;

/** What remembers something of each write, and whether it knows the writes of `KEYS` so that it costs nothing more than it must. */
const KINDS: [
  string,
  (memory: MemoryBudget) => { write(key: ItemKey): void; knows(key: ItemKey): boolean; isSafe(key: ItemKey): boolean },
][] = [
  [
    'records that are expected of own writes',
    (memory) => {
      const echoes = new Echoes(memory);
      echoes.start();
      const verdictOf = ({ id }: ItemKey) => echoes.judge(id, TEXT, 5n, false);
      return {
        write: ({ id }) => echoes.wrote(id, TEXT),
        knows: (key) => verdictOf(key) === 'echo',
        isSafe: (key) => verdictOf(key) !== 'echo',
      };
    },
  ],
  [
    'when a key is read strongly and not kept',
    (memory) => {
      const freshness = new Freshness({ memory });
      return {
        write: (key) => void freshness.markUnknown(key, NOW_MS),
        knows: () => !freshness.isHeld({ id: 'another key' }, NOW_MS),
        isSafe: (key) => freshness.isHeld(key, NOW_MS) && freshness.isStrong(key.partition, NOW_MS),
      };
    },
  ],
  [
    'what shows that a write in doubt was applied',
    (memory) => {
      const values = new DoubtedValues(memory);
      return {
        write: ({ id }) => values.expect(id, { leaves: TEXT, untilMs: NOW_MS + 1_000 }, null, NOW_MS),
        knows: ({ id }) => values.see(id, TEXT, NOW_MS) === 0,
        isSafe: ({ id }) => values.see(id, TEXT, NOW_MS) === null,
      };
    },
  ],
];

test.each(KINDS)('of writes is within the memory of the isolate: %s', (_, open) => {
  const memory = new MemoryBudget(10_000_000);
  const kept = open(memory);
  for (const key of KEYS) kept.write(key);
  expect(memory.usedBytes).toBeGreaterThan(100_000);
  for (const key of KEYS) expect(kept.knows(key)).toBe(true);
});

test.each(KINDS)('of writes makes room in it, and is missed in no wrong way: %s', (_, open) => {
  const memory = new MemoryBudget(100_000);
  const kept = open(memory);
  for (const key of KEYS) {
    kept.write(key);
    expect(memory.usedBytes).toBeLessThanOrEqual(100_000);
  }
  expect(kept.isSafe(KEYS[0] as ItemKey)).toBe(true); // there are a thousand
});
