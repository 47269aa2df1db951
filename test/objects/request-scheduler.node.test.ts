import { expect, test } from 'vitest';
import { RequestScheduler, type Traffic } from '../../src/objects/tenant-store/request-scheduler.ts';

/** Runs requests by name and ends them when told to. */
function harness() {
  const scheduler = new RequestScheduler();
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    scheduler,
    started,
    run(traffic: Traffic, name: string) {
      scheduler.run(traffic, () => {
        started.push(name);
        const end = Promise.withResolvers<void>();
        ends.set(name, end);
        return end.promise;
      });
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
