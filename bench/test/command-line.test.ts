import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../harness/command-line.ts';

const parse = (line: string) => parseCommand(line.split(' '), ['skeleton']);

test('measures five rounds of three seconds unless told otherwise', () => {
  const settings = { rounds: 5, durationMs: 3000, warmUpMs: 1000, latencyMs: 5 };
  assert.deepEqual(parse('skeleton'), { benchmark: 'skeleton', settings, kept: true });
  assert.deepEqual(parse('skeleton --rounds 3 --latency-ms 50').settings, { ...settings, rounds: 3, latencyMs: 50 });
});

test('keeps no results of a quick run, however long it is made', () => {
  const { settings, kept } = parse('skeleton --quick --seconds 1');
  assert.deepEqual([settings.rounds, settings.durationMs, kept], [1, 1000, false]);
});

test('says what is wrong with a command', () => {
  assert.throws(() => parse('skeletons'), /no benchmark "skeletons"; there is skeleton/);
  assert.throws(() => parse('skeleton --rounds none'), /--rounds: expected a number above 0, got "none"/);
  assert.throws(() => parse('skeleton --fast'), /--fast/);
});
