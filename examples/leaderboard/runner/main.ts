/**
 * Takes queued submissions of a leaderboard, executes their benchmarks and hands in the scores. Its commands stand in a file:
 * `{ "get-ops": ["node", "get-ops.mjs"] }`.
 *
 *     STEAMER_KEY=stm_live_… npm run runner -- --benchmarks benchmarks.json
 */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { createClient } from 'steamer/client';
import { executeCommand, readCommands } from './command.ts';
import { run } from './runner.ts';
import type { BoardModels } from './submissions.ts';

try {
  const { STEAMER_KEY: key = '' } = process.env;
  const values = readOptions();
  if (key === '') throw new Error('Expected an API key in STEAMER_KEY: one with the scopes models:read, models:write and workflows:write');
  if (values.benchmarks === undefined) throw new Error('Expected --benchmarks: a file with the command of each benchmark');
  const commands = readCommands(await readFile(values.benchmarks, 'utf8'));
  const client = createClient<BoardModels>({ url: values.url, headers: { authorization: `Bearer ${key}` } });

  const stop = new AbortController();
  // The second time, the signal does what it does by itself: it ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  console.log(`Waits for submissions of ${Object.keys(commands).join(', ')} at ${values.url}`);
  await run({
    client,
    runner: `${hostname()}/${process.pid}`,
    benchmarks: Object.keys(commands),
    leaseMs: numberOf('lease-sec', values) * 1_000,
    idleMs: numberOf('idle-sec', values) * 1_000,
    maxAttempts: numberOf('attempts', values),
    now: Date.now,
    execute: (submission, signal) => executeCommand(commands[submission.benchmarkId] ?? [], submission, signal),
    signal: stop.signal,
    log: console.log,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      benchmarks: { type: 'string' },
      url: { type: 'string', default: 'http://127.0.0.1:8787/v1/demo' },
      'lease-sec': { type: 'string', default: '60' },
      'idle-sec': { type: 'string', default: '5' },
      attempts: { type: 'string', default: '3' },
    },
  });
  return values;
}

function numberOf<Name extends string>(name: Name, values: Record<Name, string>): number {
  const value = Number(values[name]);
  if (value > 0 && value < 1_000_000) return value;
  throw new Error(`Expected a number above 0 in --${name}, got "${values[name]}"`);
}
