import { expect, test } from 'vitest';
import { RequestScheduler, type Share, type Traffic } from '../../src/objects/tenant-store/request-scheduler.ts';

/** Runs requests by name and ends them when told to. */
function harness() {
  const scheduler = new RequestScheduler();
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    scheduler,
    started,
    run(traffic: Traffic, name: string, share?: Share) {
      const start = () => {
        started.push(name);
        const end = Promise.withResolvers<void>();
        ends.set(name, end);
        return end.promise;
      };
      scheduler.run(traffic, start, share);
    },
    async end(name: string, error?: Error) {
      if (error === undefined) ends.get(name)?.resolve();
      else ends.get(name)?.reject(error);
      await new Promise(setImmediate);
    },
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a request leaves at once while a connection is free', () => {
  const { run, started } = harness();
  run('read', 'r');
  run('write', 'w');
  expect(started).toEqual(['r', 'w']);
});

test('reads leave a connection to writes, and writes one to reads', () => {
  const reads = harness();
  for (const index of range(9)) reads.run('read', `r${index}`);
  expect(reads.started).toHaveLength(5);
  reads.run('write', 'w');
  expect(reads.started.at(-1)).toBe('w');
  const writes = harness();
  for (const index of range(9)) writes.run('write', `w${index}`);
  writes.run('read', 'r');
  expect(writes.started).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'r']);
  expect(writes.scheduler.inFlight).toBe(6);
});

test('who has waited longest goes next, whether it reads or writes, and after a failure too', async () => {
  const { run, started, end } = harness();
  for (const index of range(3)) run('read', `r${index}`);
  for (const index of range(3)) run('write', `w${index}`);
  run('write', 'w3');
  run('read', 'r3');
  await end('r0', new Error('failed'));
  expect(started.slice(6)).toEqual(['w3']);
  await end('w0');
  expect(started.slice(6)).toEqual(['w3', 'r3']);
});

const batch = (caller: string): Share => ({ caller, priority: 'batch' });

test('batches leave two connections to what somebody waits for, and go on when nobody does', async () => {
  const { run, started, end, scheduler } = harness();
  for (const index of range(9)) run('read', `b${index}`, batch('export'));
  expect(started).toEqual(['b0', 'b1', 'b2', 'b3']);
  run('read', 'r');
  run('write', 'w');
  expect(started.slice(4)).toEqual(['r', 'w']);
  await end('r');
  await end('w');
  await end('b0');
  expect(started.slice(6)).toEqual(['b4']);
  expect(scheduler.inFlight).toBe(4);
});

test('what somebody waits for goes before batches, and those before prefetches, but none is stopped', async () => {
  const { run, started, end } = harness();
  for (const index of range(3)) run('read', `b${index}`, batch('export'));
  for (const index of range(40)) run('read', `r${index}`);
  for (const index of range(3)) run('read', `p${index}`, { caller: 'p', priority: 'prefetch' });
  run('read', 'b3', batch('export'));
  for (const index of range(3)) await end(`b${index}`);
  for (const index of range(20)) await end(`r${index}`);
  expect(started.indexOf('b3')).toBeGreaterThan(started.indexOf('r5'));
  expect(started).toContain('b3');
  expect(started.indexOf('p0')).toBeGreaterThan(started.indexOf('b3'));
  expect(started).not.toContain('p1');
});

test('callers of one kind of traffic have turns', async () => {
  const { run, started, end } = harness();
  for (const index of range(50)) run('read', `a${index}`, { caller: 'a', priority: 'interactive' });
  for (const index of range(2)) run('read', `b${index}`, { caller: 'b', priority: 'interactive' });
  for (const index of range(4)) await end(`a${index}`);
  expect(started).toEqual(expect.arrayContaining(['b0', 'b1']));
});
