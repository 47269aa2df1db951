import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../harness/command-line.ts';

const parse = (line: string) => parseCommand(line.split(' '), ['skeleton']);

test('measures five rounds of three seconds unless told otherwise', () => {
  const settings = { rounds: 5, durationMs: 3000, warmUpMs: 1000, latencyMs: 5 };
  assert.deepEqual(parse('skeleton'), { benchmark: 'skeleton', settings, kept: true, submitTo: null });
  assert.deepEqual(parse('skeleton --rounds 3 --latency-ms 50').settings, { ...settings, rounds: 3, latencyMs: 50 });
});

test('keeps no results of a quick run, however long it is made', () => {
  const { settings, kept } = parse('skeleton --quick --seconds 1');
  assert.deepEqual([settings.rounds, settings.durationMs, kept], [1, 1000, false]);
});

test('submits the figures of a run to a leaderboard, and none of a quick one', () => {
  assert.equal(parse('skeleton --submit http://127.0.0.1/v1/demo').submitTo, 'http://127.0.0.1/v1/demo');
  assert.throws(() => parse('skeleton --quick --submit http://127.0.0.1/v1/demo'), /a quick run has no figures/);
});

test('says what is wrong with a command', () => {
  assert.throws(() => parse('skeletons'), /no benchmark "skeletons"; there is skeleton/);
  assert.throws(() => parse('skeleton --rounds none'), /--rounds: expected a number above 0, got "none"/);
  assert.throws(() => parse('skeleton --fast'), /--fast/);
});
