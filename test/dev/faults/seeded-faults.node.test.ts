import { expect, test } from 'vitest';
import { NO_FAULTS, SeededFaults, type FaultProfile } from '../../../dev/faults/seeded-faults.ts';

const PROFILE: FaultProfile = {
  seed: 7,
  throttled: 0.1,
  unprocessed: 0.1,
  failedReads: 0.1,
  slow: 0.1,
  slowMs: 100,
  unknownWrites: 0.3,
  lateMs: 1_000,
};
const BATCH = JSON.stringify({ RequestItems: { t: { Keys: Array.from({ length: 10 }, (_, index) => ({ k: index })) } } });

function draw(profile: FaultProfile, operation: string, count: number, body = '{}') {
  const faults = new SeededFaults(profile);
  return Array.from({ length: count }, () => faults.next(operation, body));
}

test('the same seed gives the same faults, another seed others', () => {
  expect(draw(PROFILE, 'PutItem', 200)).toEqual(draw(PROFILE, 'PutItem', 200));
  expect(draw({ ...PROFILE, seed: 8 }, 'PutItem', 200)).not.toEqual(draw(PROFILE, 'PutItem', 200));
});

test('a share is what it says', () => {
  const faults = draw({ ...NO_FAULTS, throttled: 0.2 }, 'GetItem', 10_000);
  expect(faults.filter((fault) => fault !== null).length / 10_000).toBeCloseTo(0.2, 1);
  expect(draw(NO_FAULTS, 'PutItem', 1_000, '{}').every((fault) => fault === null)).toBe(true);
});

test('a write of unknown outcome is not applied, applied, or applied late, each a third of the time', () => {
  const kinds = draw({ ...NO_FAULTS, unknownWrites: 1, lateMs: 1_000 }, 'UpdateItem', 3_000).map((fault) =>
    fault?.kind === 'drop' ? fault.moment : fault?.kind,
  );
  for (const kind of ['before', 'after', 'late']) expect(kinds.filter((one) => one === kind).length / 3_000).toBeCloseTo(1 / 3, 1);
});

test('reads are never ambiguous, and requests about tables meet no faults', () => {
  expect(draw({ ...NO_FAULTS, unknownWrites: 1 }, 'GetItem', 100).every((fault) => fault === null)).toBe(true);
  expect(draw({ ...PROFILE, throttled: 1 }, 'CreateTable', 100).every((fault) => fault === null)).toBe(true);
});

test('a batch is left undone somewhere before its end', () => {
  const done = draw({ ...NO_FAULTS, unprocessed: 0.1 }, 'BatchGetItem', 1_000, BATCH).map((fault) =>
    fault?.kind === 'unprocessed' ? fault.done : null,
  );
  expect(done).toContain(0);
  expect(done).toContain(9);
  expect(done.filter((count) => count === null).length / 1_000).toBeCloseTo(0.9 ** 10, 1);
});
