import { afterEach, describe, expect, it } from 'vitest';
import { WorldCaller } from '../../src/remote-world/caller.ts';
import { StreamWriters } from '../../src/remote-world/stream-writer.ts';
import type { WriteStamp } from '../../src/runs/chunk-store.ts';
import { startCallServer, type Answer, type CallServer, type ReceivedCall } from './call-server.ts';

let server: CallServer;
afterEach(() => server.stop());

/** Answers each call with what it is called with. */
const echo = (calls: ReceivedCall[]): Answer => ({ outcomes: calls.map(({ args }) => ({ ok: true, value: args[0] })) });

async function callerOf(answer: (calls: ReceivedCall[], at: number) => Answer): Promise<WorldCaller> {
  server = await startCallServer(answer);
  return new WorldCaller(async () => ({ url: server.url, key: 'key' }));
}

describe('calls of the World', () => {
  it('go in one request when they are made in one tick, reads and writes apart, and are answered each', async () => {
    const caller = await callerOf(echo);
    const values = [1, new Uint8Array([0, 255]), new Date(5), { nested: [new Date(1.5e12)] }, undefined];
    const answers = await Promise.all([
      ...values.map((value) => caller.call('write', 'events.create', [value])),
      caller.call('read', 'runs.get', ['run']),
    ]);
    expect(answers).toEqual([...values, 'run']);
    expect(new Map(server.received.map(({ path, calls }) => [path, calls.length]))).toEqual(
      new Map([
        ['/read', 1],
        ['/write', 5],
      ]),
    );
    expect(server.received).toHaveLength(2);
  });

  it('are as many to a request as the service takes', async () => {
    const caller = await callerOf(echo);
    const numbers = Array.from({ length: 120 }, (_, number) => number);
    expect(await Promise.all(numbers.map((number) => caller.call('write', 'queue', [number])))).toEqual(numbers);
    const large = new Uint8Array(7 * 1024 * 1024);
    await Promise.all([large, large].map((bytes) => caller.call('write', 'queue', [bytes])));
    expect(server.received.map(({ calls }) => calls.length).toSorted((one, other) => one - other)).toEqual([1, 1, 20, 50, 50]);
  });

  it('are made again under their names when an answer is lost or the service is busy', async () => {
    const caller = await callerOf((calls, at) => (at === 0 ? 'lost' : at === 1 ? { status: 503, detail: 'busy' } : echo(calls)));
    expect(await caller.call('write', 'events.create', ['value'])).toBe('value');
    const ids = server.received.map(({ calls }) => calls[0]?.id);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  });

  it('fail as the SDK repeats them when the service is not reached or refuses the key, and as their own fault when they are', async () => {
    const caller = await callerOf((calls) =>
      calls[0]?.method === 'queue' ? { status: 401, detail: 'The API key is not valid.' } : { status: 400, detail: 'Expected CBOR.' },
    );
    await expect(caller.call('write', 'queue', [])).rejects.toMatchObject({
      name: 'WorkflowWorldError',
      status: 503,
      message: 'Steamer: 401: The API key is not valid.',
    });
    await expect(caller.call('write', 'closeStream', [])).rejects.toMatchObject({ status: 400, message: 'Expected CBOR.' });
    const nowhere = new WorldCaller(async () => {
      throw new TypeError('STEAMER_KEY: expected an API key');
    });
    await expect(nowhere.call('read', 'runs.get', [])).rejects.toThrow('STEAMER_KEY');
  });

  it('are made one by one when the service does not take them together, so that one keeps no other from being made', async () => {
    const caller = await callerOf((calls) =>
      calls.some(({ args }) => args[0] === 'bad') ? { status: 413, detail: 'Too large.' } : echo(calls),
    );
    const outcomes = await Promise.allSettled(['one', 'bad', 'two'].map((value) => caller.call('write', 'queue', [value])));
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 'one' },
      { status: 'rejected', reason: expect.objectContaining({ name: 'WorkflowWorldError', status: 413 }) },
      { status: 'fulfilled', value: 'two' },
    ]);
  });

  it('have errors that are the SDK’s, with what goes with them', async () => {
    const error = { name: 'TooEarlyError', message: 'Not yet', status: 425, retryAfter: 3 };
    const caller = await callerOf(() => ({ outcomes: [{ ok: false, error }] }));
    await expect(caller.call('write', 'events.create', [])).rejects.toMatchObject(error);
  });
});

describe('writes to a stream', () => {
  it('go one behind the other with numbers, and under another name after one that failed', async () => {
    server = await startCallServer(echo);
    const writers = new StreamWriters();
    const stamps: WriteStamp[] = [];
    const write = async (stamp: WriteStamp): Promise<void> => {
      stamps.push(stamp);
      if (stamps.length === 2) throw new Error('nobody knows');
    };
    await writers.write('s', write);
    await expect(writers.write('s', write)).rejects.toThrow('nobody knows');
    await Promise.all([writers.write('s', write), writers.write('s', write), writers.write('t', write)]);
    const [first, , third] = stamps;
    expect(stamps.map(({ seq }) => seq)).toEqual([0, 1, 0, 0, 1]);
    expect(new Set(stamps.map(({ id }) => id)).size).toBe(3);
    expect(first?.id).not.toBe(third?.id);
  });
});
