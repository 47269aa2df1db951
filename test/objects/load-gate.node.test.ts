import { describe, expect, test } from 'vitest';
import type { StoreErrorCode } from '../../src/dynamo/item-store.ts';
import type { Load, LoadOutcome } from '../../src/objects/tenant-store/batch-loader.ts';
import { noCost } from '../../src/objects/tenant-store/cost.ts';
import { COMMON_SHARE } from '../../src/objects/tenant-store/request-scheduler.ts';
import { LoadGate } from '../../src/objects/tenant-store/load-gate.ts';

const FOUND: LoadOutcome = { ok: true, text: '{}' };
const failure = (code: StoreErrorCode): LoadOutcome => ({ ok: false, error: { code, message: code } });

/** A gate in front of a loader that ends loads when told to. */
class Harness {
  nowMs = 1_000;
  /** what the loader has been given and has not ended */
  readonly asked: Load[] = [];
  /** how loads ended, by name */
  readonly ended = new Map<string, LoadOutcome | 'dropped'>();
  readonly cancelled = new Set<string>();
  readonly gate = new LoadGate({ loader: { add: (load) => void this.asked.push(load) }, nowMs: () => this.nowMs, random: () => 0.5 });

  add(name: string, { partition = 'one', deadlineMs = 10_000 } = {}): void {
    const { cancelled, ended } = this;
    this.gate.add({
      key: { id: `table/${partition}${name}`, table: 'table', partition, attributes: {}, model: undefined },
      strong: false,
      deadlineAtMs: this.nowMs + deadlineMs,
      get isCancelled() {
        return cancelled.has(name);
      },
      isSent: false,
      share: COMMON_SHARE,
      shares: [],
      sent() {},
      dropped: () => void ended.set(name, 'dropped'),
      landed: (outcome) => void ended.set(name, outcome),
    });
  }

  /** Ends what was asked, all in one turn, as a batch ends. */
  async land(outcome: LoadOutcome, afterMs = 5): Promise<void> {
    const batch = this.asked.splice(0);
    for (const load of batch) if (!load.isCancelled) load.sent();
    this.nowMs += afterMs;
    for (const load of batch) {
      if (load.isCancelled) load.dropped();
      else load.landed(outcome, noCost());
    }
    await Promise.resolve();
  }

  async fail(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      this.add(`failed ${time}`);
      await this.land(failure('throttled'));
    }
  }
}

describe('a circuit', () => {
  test('opens after three requests in a row have failed, for the keys of its range alone', async () => {
    const harness = new Harness();
    await harness.fail(3);
    expect(harness.gate.openCircuits).toBe(1);
    harness.add('refused');
    harness.add('other', { partition: 'two' });
    await Promise.resolve();
    expect(harness.ended.get('refused')).toMatchObject({ ok: false, error: { code: 'unavailable', retryAfterMs: 1_000 } });
    expect(harness.asked).toHaveLength(1);
  });

  test('stays closed when answers come in between, or all failures are of one batch', async () => {
    const harness = new Harness();
    await harness.fail(2);
    harness.add('found');
    await harness.land(FOUND);
    await harness.fail(2);
    for (let key = 0; key < 50; key++) harness.add(`batch ${key}`, { partition: 'two' });
    await harness.land(failure('unavailable'));
    expect(harness.gate.openCircuits).toBe(0);
  });

  test.each([
    ['a caller that had little time', 'deadline_exceeded', 900],
    ['a request that DynamoDB refuses', 'invalid_request', 5],
    ['a table that is not there', 'table_not_found', 5],
  ] as const)('is not opened by %s', async (_, code, afterMs) => {
    const harness = new Harness();
    for (let time = 0; time < 9; time++) {
      harness.add(`failed ${time}`);
      await harness.land(failure(code), afterMs);
    }
    expect(harness.gate.openCircuits).toBe(0);
  });

  test('is opened by requests that get no answer for a second', async () => {
    const harness = new Harness();
    for (let time = 0; time < 3; time++) {
      harness.add(`failed ${time}`);
      await harness.land(failure('deadline_exceeded'), 1_000);
    }
    expect(harness.gate.openCircuits).toBe(1);
  });

  test('asks with one strong read when its time is up, while others wait for it', async () => {
    const harness = new Harness();
    await harness.fail(3);
    harness.nowMs += 1_000;
    for (const name of ['probe', 'b', 'c']) harness.add(name);
    expect(harness.asked.map(({ strong, deadlineAtMs }) => [strong, deadlineAtMs - harness.nowMs])).toEqual([[true, 2_000]]);
    await harness.land(FOUND);
    expect(harness.ended.get('probe')).toEqual(FOUND);
    expect(harness.asked.map(({ strong }) => strong)).toEqual([false, false]);
    await harness.land(FOUND);
    expect(['b', 'c'].map((name) => harness.ended.get(name))).toEqual([FOUND, FOUND]);
  });

  test('stays open twice as long each time that the probe fails, and then refuses those that waited', async () => {
    const harness = new Harness();
    await harness.fail(3);
    const openMs: number[] = [];
    for (let probe = 0; probe < 7; probe++) {
      harness.nowMs += probe === 0 ? 1_000 : (openMs.at(-1) ?? 0);
      harness.add(`probe ${probe}`);
      harness.add(`waiting ${probe}`);
      await harness.land(failure('unavailable'));
      const outcome = harness.ended.get(`waiting ${probe}`);
      if (outcome === undefined || outcome === 'dropped' || outcome.ok) throw new Error('expected a refusal');
      openMs.push(outcome.error.retryAfterMs ?? 0);
    }
    expect(openMs).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect([...harness.ended.keys()].filter((name) => name.startsWith('probe'))).toHaveLength(7);
  });

  test('lets those that waited follow in growing numbers, until all may', async () => {
    const harness = new Harness();
    await harness.fail(3);
    harness.nowMs += 1_000;
    for (let key = 0; key < 1_000; key++) harness.add(`${key}`);
    const together: number[] = [];
    while (harness.asked.length > 0) {
      together.push(harness.asked.length);
      await harness.land(FOUND);
    }
    expect(together.slice(0, 3)).toEqual([1, 4, 64]);
    expect(together.reduce((sum, count) => sum + count)).toBe(1_000);
    expect(harness.gate.openCircuits).toBe(0);
  });

  test('opens again when what follows the probe fails', async () => {
    const harness = new Harness();
    await harness.fail(3);
    harness.nowMs += 1_000;
    for (let key = 0; key < 10; key++) harness.add(`${key}`);
    await harness.land(FOUND);
    await harness.land(failure('throttled'));
    expect(harness.gate.openCircuits).toBe(1);
    expect([...harness.ended.values()].filter((outcome) => outcome !== 'dropped' && !outcome.ok)).toHaveLength(3 + 9);
  });

  test('has another probe when a write overtakes the first, and no load is lost', async () => {
    const harness = new Harness();
    await harness.fail(3);
    harness.nowMs += 1_000;
    for (const name of ['overtaken', 'next', 'also overtaken', 'last']) harness.add(name);
    harness.cancelled.add('overtaken').add('also overtaken');
    await harness.land(FOUND);
    expect(harness.asked).toHaveLength(1);
    await harness.land(FOUND);
    await harness.land(FOUND);
    expect(['overtaken', 'next', 'also overtaken', 'last'].map((name) => harness.ended.get(name))).toEqual([
      'dropped',
      FOUND,
      'dropped',
      FOUND,
    ]);
  });

  test('forgets none that wait when those before them end without an answer', async () => {
    const harness = new Harness();
    await harness.fail(3);
    harness.nowMs += 1_000;
    for (let key = 0; key < 12; key++) harness.add(`${key}`);
    await harness.land(FOUND);
    for (const name of ['1', '2', '3', '4']) harness.cancelled.add(name);
    while (harness.asked.length > 0) await harness.land(FOUND);
    expect(harness.ended.size).toBe(3 + 12);
  });
});
