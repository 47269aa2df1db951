import { describe, expect, it } from 'vitest';
import { progressBar, type ProgressStream } from '../../src/cli/progress-bar.ts';

/** A stream that remembers, and a clock that is set. */
function drawing(isTTY: boolean): { stream: ProgressStream; text: () => string; at: (ms: number) => void; nowMs: () => number } {
  let text = '';
  let now = 0;
  const stream = { isTTY, columns: 60, write: (part: string) => (text += part) };
  return { stream, text: () => text, at: (ms) => (now = ms), nowMs: () => now };
}

describe('a progress bar', () => {
  it('is redrawn in place on a terminal, not too often, and ends with its last state', () => {
    const { stream, text, at, nowMs } = drawing(true);
    const bar = progressBar(stream, 4, nowMs);
    bar.update(0, 'begun');
    at(50);
    bar.update(1, 'too soon');
    at(3000);
    bar.update(2, 'half way, with a note that is longer than the terminal is wide');
    at(3001);
    bar.update(3, 'almost');
    bar.finish();
    bar.finish();
    expect(text().split('\r').slice(1)).toEqual([
      '[------------------------]   0 %  0 s  begun\u001b[K',
      '[############------------]  50 %  3 s  half way, with a not\u001b[K',
      '[##################------]  75 %  3 s  almost\u001b[K\n',
    ]);
  });

  it('is a line every few seconds elsewhere', () => {
    const { stream, text, at, nowMs } = drawing(false);
    const bar = progressBar(stream, null, nowMs);
    bar.update(1, 'rows');
    at(4999);
    bar.update(2, 'rows');
    at(5000);
    bar.update(3, 'rows');
    bar.finish();
    expect(text()).toBe('1  0 s  rows\n3  5 s  rows\n');
  });
});
