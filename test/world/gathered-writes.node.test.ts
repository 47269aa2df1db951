import { describe, expect, it } from 'vitest';
import { STREAM_MESSAGE_MAX_BYTES } from '../../src/wire/limits.ts';
import {
  gatheredWrites,
  nextFlushMs,
  storedBefore,
  withGatheredWrites,
  writeChunks,
  type GatheredWrites,
} from '../../src/world/gathered-writes.ts';

/** A stream whose appends end when the test says so. */
class Stream {
  readonly appends: number[][] = [];
  readonly #ends: PromiseWithResolvers<void>[] = [];

  readonly append = (chunks: readonly Uint8Array[]): Promise<void> => {
    this.appends.push(chunks.map((chunk) => chunk[0] ?? -1));
    const end = Promise.withResolvers<void>();
    this.#ends.push(end);
    return end.promise;
  };

  readonly write = (value: number, length = 1, writes: GatheredWrites = ofDelivery()): Promise<void> =>
    writes.write('stream', [new Uint8Array(length).fill(value)], this.append);

  async end(failure?: Error): Promise<void> {
    const next = this.#ends.shift();
    if (failure) next?.reject(failure);
    else next?.resolve();
    await turn();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const ofDelivery = () => gatheredWrites() ?? expect.fail('there is no delivery');
const state = async (promise: Promise<unknown>) => {
  let is = 'waits';
  promise.then(
    () => (is = 'done'),
    (error: unknown) => (is = String(error)),
  );
  await turn();
  return is;
};

describe('what a delivery writes to a stream', () => {
  it('goes at once, and what is written meanwhile goes as one, in its order', async () => {
    const stream = new Stream();
    const delivery = withGatheredWrites(async () => {
      for (const value of [1, 2, 3]) await stream.write(value);
      expect(stream.appends).toEqual([[1]]);
      await stream.end();
      expect(stream.appends).toEqual([[1], [2, 3]]);
      await stream.write(4);
      await stream.end();
      expect(stream.appends).toEqual([[1], [2, 3], [4]]);
    });
    expect(await state(delivery)).toBe('waits');
    await stream.end();
    expect(await state(delivery)).toBe('done');
  });

  it('begins with a write of nothing, and loses none of those that follow', async () => {
    const stream = new Stream();
    await withGatheredWrites(async () => {
      await ofDelivery().write('stream', [], stream.append);
      await stream.write(1);
      expect(stream.appends).toEqual([[1]]);
      await stream.end();
    });
  });

  it('waits when much has gathered: chunks or bytes', async () => {
    const stream = new Stream();
    const delivery = withGatheredWrites(async () => {
      for (let value = 0; value < 64; value++) await stream.write(value);
      const last = stream.write(64);
      expect(await state(last)).toBe('waits');
      await stream.end();
      await stream.end();
      await last;
      expect(stream.appends.map(({ length }) => length)).toEqual([1, 64]);
      await stream.write(1);
      const large = stream.write(2, 64 * 1024);
      expect(await state(large)).toBe('waits');
      await stream.end();
      await stream.end();
      await large;
    });
    await delivery;
  });

  it('is waited for by who asks, and each stream by itself', async () => {
    const [stream, other] = [new Stream(), new Stream()];
    await withGatheredWrites(async () => {
      await stream.write(1);
      await ofDelivery().write('other', [Uint8Array.of(1)], other.append);
      const [one, all] = [ofDelivery().written('stream'), ofDelivery().written()];
      await stream.end();
      expect(await state(one)).toBe('done');
      expect(await state(all)).toBe('waits');
      await other.end();
      expect(await state(all)).toBe('done');
      await ofDelivery().written('unwritten');
    });
  });

  it('has failed for who writes and who waits, and nothing goes after it', async () => {
    const stream = new Stream();
    await withGatheredWrites(async () => {
      await stream.write(1);
      await stream.write(2);
      await stream.end(new Error('no answer'));
      await expect(stream.write(3)).rejects.toThrow('no answer');
      await expect(ofDelivery().written()).rejects.toThrow('no answer');
    });
    expect(stream.appends).toEqual([[1]]);
  });

  it('is not stored when a chunk was too large: a step cannot be completed, and can fail', async () => {
    const stream = new Stream();
    await withGatheredWrites(async () => {
      await stream.write(1);
      const large = writeChunks('stream', [new Uint8Array(STREAM_MESSAGE_MAX_BYTES + 1)], stream.append);
      await expect(large).rejects.toMatchObject({ name: 'WorkflowWorldError', status: 413 });
      const refusals = [stream.write(2), storedBefore('step_completed')].map((refused) =>
        expect(refused).rejects.toMatchObject({ status: 413 }),
      );
      await stream.end();
      await Promise.all(refusals);
      await Promise.all(['step_failed', 'step_retrying', 'step_started'].map(async (type) => storedBefore(type)));
      await expect(writeChunks('new', ['x'.repeat(STREAM_MESSAGE_MAX_BYTES + 1)], stream.append)).rejects.toMatchObject({ status: 413 });
    });
    expect(stream.appends).toEqual([[1]]);
  });

  it('is waited for when the SDK is about to write it', async () => {
    const stream = new Stream();
    await withGatheredWrites(async () => {
      expect(nextFlushMs()).toBe(0);
      setTimeout(() => void stream.write(1), 1);
      const completed = storedBefore('step_completed') ?? expect.fail('it waits');
      await expect.poll(() => stream.appends).toEqual([[1]]);
      expect(await state(completed)).toBe('waits');
      await stream.end();
      await completed;
    });
  });

  it('after its end waits until it is stored', async () => {
    const stream = new Stream();
    const writes = await withGatheredWrites(async () => ofDelivery());
    const late = stream.write(1, 1, writes);
    expect(await state(late)).toBe('waits');
    await stream.end();
    expect(await state(late)).toBe('done');
  });
});
