import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { executeCommand, readCommands } from '../../examples/leaderboard/runner/command.ts';
import type { Submission } from '../../examples/leaderboard/runner/submissions.ts';

const SUBMISSION: Submission = {
  submissionId: 's',
  benchmarkId: 'gets',
  systemId: 'x; exit',
  state: 'claimed',
  attempts: 1,
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: '1',
};
const { signal } = new AbortController();
const execute = (code: string) => executeCommand([process.execPath, '-e', code], SUBMISSION, signal);

test('the score is the number on the last line of the command, which knows what it measures, and no key', async () => {
  const code = `console.log('about'); console.log(process.env.SYSTEM_ID === 'x; exit' && process.env.BENCHMARK_ID === 'gets' ? 1.5 : 0)`;
  expect(await execute(code)).toMatchObject({ value: 1.5, machine: expect.any(String), measuredAt: expect.any(String) });
  process.env['STEAMER_KEY'] = 'secret';
  const keyless = await execute('console.log(process.env.STEAMER_KEY === undefined ? 1 : 0)');
  delete process.env['STEAMER_KEY'];
  expect(keyless.value).toBe(1);
});

test.each([
  [`console.error('no table'); process.exit(3)`, /ended with 3: no table$/],
  [`console.log('fast')`, /^Expected a number on the last line of .*, got "fast"$/],
  ['', /got ""$/],
  ['console.log(1/0)', /got "Infinity"$/],
])('a command that runs %s has failed for that reason', async (code, reason) => {
  await expect(execute(code)).rejects.toThrow(reason);
});

test('a command that is not there fails, and one that is stopped ends', async () => {
  await expect(executeCommand(['/no/such/program'], SUBMISSION, signal)).rejects.toThrow('ENOENT');
  const stopping = new AbortController();
  const endless = executeCommand([process.execPath, '-e', 'setInterval(() => {}, 1000)'], SUBMISSION, stopping.signal);
  stopping.abort();
  await expect(endless).rejects.toThrow(/abort/);
});

test('a file of commands that are none is refused, with the benchmark', () => {
  expect(readCommands('{"gets":["node","gets.mjs"]}')).toEqual({ gets: ['node', 'gets.mjs'] });
  for (const command of ['"node gets.mjs"', '[]', '["node",1]', 'null'])
    expect(() => readCommands(`{"gets":${command}}`)).toThrow(`Expected a program and its arguments for "gets", got ${command}`);
});

test.each([
  [{}, [], 'Expected an API key in STEAMER_KEY'],
  [{ STEAMER_KEY: 'key' }, ['--benchmark', 'x'], "Unknown option '--benchmark'"],
  [{ STEAMER_KEY: 'key' }, ['--benchmarks', '/no/such/file'], 'no such file'],
])('the runner that is started with %j and %j says what it lacks', (variables, args, told) => {
  const env = { PATH: process.env['PATH'], ...variables };
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'runner', '--', ...args], { encoding: 'utf8', env });
  expect([status, stderr]).toEqual([1, expect.stringContaining(told)]);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
