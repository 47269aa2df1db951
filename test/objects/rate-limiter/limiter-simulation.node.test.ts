import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';
import { DEADLINE_MS, LimiterSimulation, mostUsedWithin } from './limiter-simulation.ts';

const ISOLATES = 20;
/** A twentieth of a million: `npm run test:long` runs them all. */
const SCHEDULES = 50_000;

const SECOND = 1_000;
const LIMITS = [1, 7, 40, 100, 200];
const WINDOWS_MS = [1, 2, 10].map((seconds) => seconds * SECOND);

/**
 * A schedule as numbers, each an event: who, when, how many permits, how long the way is, and what else happens. Costs are what saturates the limit
 * in few events.
 */
const schedule = fc.array(fc.nat(0x7fffffff), { minLength: 5, maxLength: 40, size: 'max' });

function play(simulation: LimiterSimulation, events: readonly number[], limit: number, windowMs: number): void {
  for (const event of events) {
    const isolate = event % ISOLATES;
    const [kind, wait, size, there, back] = [5, 9, 12, 17, 22].map((shift) => event >>> shift) as [number, number, number, number, number];
    // Leases are a tenth of a window long.
    const waits = [0, 0, 1, 20, 49, windowMs / 10 + 20, windowMs - 80, windowMs - 20];
    simulation.advance(waits[wait % waits.length]!);
    if (kind % 16 === 0) simulation.evictObject();
    if (kind % 16 === 1) simulation.evictIsolate(isolate);
    const permits = Math.max(1, [1, 1, 1, Math.floor(limit / 8), Math.floor(limit / 2)][size % 5]!);
    simulation.ask(isolate, permits, [there % 30, back % 30], size % 3 === 0 ? DEADLINE_MS : 0);
  }
  simulation.advance(windowMs);
}

const RUNS_PER_TURN = 5_000;

/** What a turn of the event loop holds weakly is kept until it ends (KeepDuringJob): a million simulations in one would fill the memory. */
async function assertInTurns<Values>(property: fc.IProperty<Values>, runs: number): Promise<void> {
  for (let left = runs; left > 0; left -= RUNS_PER_TURN) {
    fc.assert(property, { numRuns: Math.min(left, RUNS_PER_TURN) });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an exact limit is never exceeded at the moment of use, with leases, lost objects and lost isolates', async () => {
  const property = fc.property(fc.constantFrom(...LIMITS), fc.constantFrom(...WINDOWS_MS), schedule, (limit, windowMs, events) => {
    const rate = { algorithm: 'sliding-log', limit, window: `${windowMs}ms` } as const;
    const simulation = new LimiterSimulation({ policies: { p: { limits: { rate }, durability: 'strict' } } }, ISOLATES);
    play(simulation, events, limit, windowMs);
    expect(mostUsedWithin(simulation.uses, windowMs)).toBeLessThanOrEqual(limit);
  });
  await assertInTurns(property, Math.ceil(SCHEDULES * inject('testScale')));
}, 600_000);

test('a token bucket keeps its bound at the moment of use, but for what refills while an answer is under way', async () => {
  const property = fc.property(
    fc.constantFrom(...LIMITS),
    fc.constantFrom(...WINDOWS_MS),
    schedule,
    fc.nat(3),
    (limit, windowMs, events, spans) => {
      const rate = { algorithm: 'token-bucket', limit, window: `${windowMs}ms`, burst: limit } as const;
      const simulation = new LimiterSimulation({ policies: { p: { limits: { rate }, durability: 'strict' } } }, ISOLATES);
      play(simulation, events, limit, windowMs);
      const spanMs = [DEADLINE_MS, windowMs / 2, windowMs, windowMs * 3][spans]!;
      expect(mostUsedWithin(simulation.uses, spanMs)).toBeLessThanOrEqual(limit + ((spanMs + DEADLINE_MS) * limit) / windowMs);
    },
  );
  await assertInTurns(property, Math.ceil((SCHEDULES / 10) * inject('testScale')));
}, 600_000);

test('a lease that an isolate uses late, as it sees the time late, is within the limit', () => {
  const rate = { algorithm: 'sliding-log', limit: 40, window: '1s' } as const;
  const simulation = new LimiterSimulation({ policies: { p: { limits: { rate } } } }, 2);
  const atOnce = [0, 0] as const;
  simulation.ask(0, 1, atOnce);
  simulation.advance(1);
  simulation.ask(0, 1, atOnce);
  simulation.advance(140);
  simulation.ask(0, 1, atOnce, DEADLINE_MS);
  simulation.ask(1, 37, atOnce);
  simulation.advance(920);
  simulation.ask(1, 2, atOnce);
  simulation.advance(60);
  simulation.ask(1, 1, atOnce);
  simulation.advance(SECOND);
  expect(simulation.calls).toBe(5);
  expect(mostUsedWithin(simulation.uses, SECOND)).toBe(40);
});

test('a caller within its token bucket is not refused, with questions and a lease under way', () => {
  const rate = { algorithm: 'token-bucket', limit: 500, window: '1s', burst: 2_000 } as const;
  const simulation = new LimiterSimulation({ policies: { p: { limits: { rate } } } }, 1);
  for (let turn = 0; turn < 20; turn++) {
    for (let ask = 0; ask < 100; ask++) simulation.ask(0, 1, [2, 2]);
    simulation.advance(1);
  }
  simulation.advance(10);
  expect(simulation.uses).toHaveLength(2_000);
  // What has come back since the first of them, and one more.
  for (let ask = 0; ask < 20; ask++) simulation.ask(0, 1, [0, 0]);
  simulation.advance(0);
  expect(simulation.uses.length).toBeGreaterThanOrEqual(2_000 + 30 / 2 - 1);
  expect(simulation.uses.length).toBeLessThanOrEqual(2_000 + 30 / 2);
});

describe.each([500, 1_000, 10_000])('20 isolates with a limit of %d a second', (limit) => {
  const document: LimitsDocument = { policies: { p: { limits: { rate: { algorithm: 'token-bucket', limit, window: '1s' } } } } };
  /** long enough that what is out on lease at the beginning and at the end makes no difference */
  const SECONDS = 60;

  /** Even traffic of all isolates together, at a multiple of the limit. */
  function run(load: number): { callsPerDecision: number; admitted: number } {
    const simulation = new LimiterSimulation(document, ISOLATES);
    const perTick = (limit * load) / SECOND;
    let owed = 0;
    let turn = 0;
    for (let tick = 0; tick < SECONDS * SECOND; tick++) {
      for (owed += perTick; owed >= 1; owed -= 1) simulation.ask((turn = (turn * 31 + 7) % 1_009) % ISOLATES, 1, [2, 2]);
      simulation.advance(1);
    }
    // Of what came in the second half, when the burst is over: what is out on lease at the end is as much as at its beginning.
    const halfMs = simulation.nowMs - (SECONDS * SECOND) / 2;
    const admitted = simulation.uses.filter(({ atMs }) => atMs > halfMs).length / ((limit * SECONDS) / 2);
    return { callsPerDecision: simulation.calls / simulation.decisions, admitted };
  }

  test.each([0.25, 0.5, 0.9])(
    'asks the object for at most 0.07 of the decisions at %d of it',
    (load) => {
      const { callsPerDecision } = run(load);
      expect(callsPerDecision).toBeLessThanOrEqual(0.07);
    },
    60_000,
  );

  test.each([2, 5])(
    'asks the object for at most 0.25 of the decisions at %d times it, and admits all that it allows',
    (load) => {
      const { callsPerDecision, admitted } = run(load);
      expect(callsPerDecision).toBeLessThanOrEqual(0.25);
      expect(admitted).toBeGreaterThanOrEqual(0.999);
    },
    60_000,
  );
});
