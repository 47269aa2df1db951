import { parseArgs } from 'node:util';
import type { Settings } from './run-benchmark.ts';

/** What the person asked for. `kept` is false for a run that only shows that all of it works. */
export interface Command {
  benchmark: string;
  settings: Settings;
  kept: boolean;
  /** the leaderboard that gets the figures; null: none */
  submitTo: string | null;
}

/** A mistake on the command line; its message is all that the person needs to see. */
export class UsageError extends Error {}

/** @returns how the command is used */
export function usage(benchmarks: readonly string[]): string {
  return `npm run bench -- <benchmark> [options]

benchmarks: ${benchmarks.join(', ')}

--rounds <n>        how often each entry is measured under each load (5)
--seconds <n>       how long a load lasts (3)
--latency-ms <n>    how long the DynamoDB stub takes to answer (5)
--quick             one round of half a second, to see that all of it works; the results are not written
--submit <url>      submits the figures to a leaderboard, http://127.0.0.1:8787/v1/demo for one, with the API key STEAMER_KEY`;
}

/**
 * @param args what follows the file on the command line
 * @param benchmarks the names there are
 * @throws UsageError when no benchmark is named, or an option is not understood
 */
export function parseCommand(args: readonly string[], benchmarks: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [benchmark] = positionals;
  if (benchmark === undefined || positionals.length > 1) throw new UsageError(usage(benchmarks));
  if (!benchmarks.includes(benchmark)) throw new UsageError(`there is no benchmark "${benchmark}"; there is ${benchmarks.join(', ')}`);
  if (values.quick && values.submit !== undefined) throw new UsageError('--submit: a quick run has no figures to submit');
  const durationMs = positive('--seconds', values.seconds ?? (values.quick ? '0.5' : '3')) * 1000;
  return {
    benchmark,
    settings: {
      rounds: positive('--rounds', values.rounds ?? (values.quick ? '1' : '5')),
      durationMs,
      warmUpMs: durationMs / 3,
      latencyMs: positive('--latency-ms', values['latency-ms'] ?? '5'),
    },
    kept: !values.quick,
    submitTo: values.submit ?? null,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        'latency-ms': { type: 'string' },
        quick: { type: 'boolean', default: false },
        submit: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option}: expected a number above 0, got "${text}"`);
  return value;
}
