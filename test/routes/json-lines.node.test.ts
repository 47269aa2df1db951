import { describe, expect, it } from 'vitest';
import { jsonLines } from '../../src/routes/json-lines.ts';
import type { LinesPart, LinesSource } from '../../src/routes/json-lines.ts';

const part = (n: number, isLast = false): LinesPart => ({ text: `${n}\n`, isLast });

/** A source of `count` parts after the first, which counts how often it was asked. */
function counted(count: number): LinesSource & { asked: number; signal: AbortSignal | null } {
  return {
    asked: 0,
    signal: null,
    async next(signal) {
      this.signal = signal;
      this.asked += 1;
      return part(this.asked, this.asked === count);
    },
    failed: (error) => `failed: ${String(error)}\n`,
  };
}

const textOf = (body: ReadableStream<Uint8Array>): Promise<string> => new Response(body).text();

describe('a body of JSON lines', () => {
  it('is the first part and those that follow, to the last', async () => {
    expect(await textOf(jsonLines(part(0), counted(3)))).toBe('0\n1\n2\n3\n');
    expect(await textOf(jsonLines(part(0, true), counted(3)))).toBe('0\n');
  });

  it('is made no faster than it is read: one part ahead', async () => {
    const source = counted(100);
    const reader = jsonLines(part(0), source).getReader();
    for (let read = 1; read <= 10; read += 1) {
      await reader.read();
      await new Promise(setImmediate);
      expect(source.asked).toBe(read);
    }
  });

  it('goes on over parts without lines', async () => {
    const parts = [{ text: '', isLast: false }, part(1), { text: '', isLast: true }];
    const source: LinesSource = { next: async () => parts.shift() ?? part(9, true), failed: String };
    expect(await textOf(jsonLines(part(0), source))).toBe('0\n1\n');
  });

  it('ends with what the source says of a failure', async () => {
    const source: LinesSource = { next: () => Promise.reject(new Error('no')), failed: (error) => `failed: ${String(error)}\n` };
    expect(await textOf(jsonLines(part(0), source))).toBe('0\nfailed: Error: no\n');
  });

  it('of a client that has gone away is not made any more, and what was on its way is ended', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<LinesPart>();
    let signalled = false;
    let asked = 0;
    const source: LinesSource = {
      next(signal) {
        asked += 1;
        signal.addEventListener('abort', () => (signalled = true));
        return held;
      },
      failed: () => 'nobody reads this',
    };
    const reader = jsonLines(part(0), source).getReader();
    await reader.read();
    await new Promise(setImmediate);
    await reader.cancel('gone');
    expect(signalled).toBe(true);
    release(part(1));
    await new Promise(setImmediate);
    expect(asked).toBe(1);
  });
});
