import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/wire/stream-frames.ts';
import { isServiceStream, whyNotAStreamName } from '../../src/wire/stream-name.ts';
import { formatOffset, parseOffset } from '../../src/wire/stream-offset.ts';

const POSITION = fc.record({ epoch: fc.integer({ min: 1, max: 2 ** 45 }), position: fc.nat(2 ** 45) });

describe('offsets', () => {
  test('are read back as they were written, and sort as their positions do', () => {
    fc.assert(
      fc.property(POSITION, fc.nat(1000), (position, more) => {
        expect(parseOffset(formatOffset(position))).toEqual(position);
        expect(formatOffset({ ...position, position: position.position + more }) >= formatOffset(position)).toBe(true);
      }),
    );
  });

  test.each([
    '',
    '0',
    '-2',
    '1_2',
    ' 0000000000000000_0000000000000000',
    '0000000000000000_000000000000000x',
    '0000000000000000_0000000000000001',
    'NOW',
  ])('%j is no offset', (text) => {
    expect(parseOffset(text)).toBeNull();
  });

  test('have names for the beginning and the end', () => {
    expect(['-1', '0000000000000000_0000000000000000', 'now'].map(parseOffset)).toEqual(['start', 'start', 'now']);
  });
});

describe('names', () => {
  test.each(['a', 'runs', 'orders/2026-11/eu', 'A.b_c~d:e@f-g', 'a/..b', 'x'.repeat(255)])('%j is one', (name) => {
    expect(whyNotAStreamName(name)).toBeNull();
  });

  test.each(['', '/', 'a/', '/a', 'a//b', '.', 'a/../b', 'a b', 'a\0', 'ä', 'a%2fb', 'x'.repeat(256)])('%j is none', (name) => {
    expect(whyNotAStreamName(name)).toMatch(/^expected/);
  });

  test('of the service itself are known', () => {
    expect(['changes', 'changes/orders', 'runs/1', 'metrics/live'].every(isServiceStream)).toBe(true);
    expect(['change', 'my/changes', 'runner'].some(isServiceStream)).toBe(false);
  });
});

test('frames carry text and bytes as they are', () => {
  const header = { type: 'data', next: formatOffset({ epoch: 1, position: 2 }), upToDate: true } as const;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
      expect(decodeFrame(encodeFrame({ header, data: text }) as string)).toEqual({ header, data: text });
      const frame = encodeFrame({ header, data: bytes }) as Uint8Array<ArrayBuffer>;
      expect(decodeFrame(frame.buffer)).toEqual({ header, data: bytes });
    }),
  );
});
