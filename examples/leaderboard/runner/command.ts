/** Executes a benchmark as a command of the machine. */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import type { Score, Submission } from './submissions.ts';

/** Of output that went wrong, what is kept as the reason. */
const REASON_CHARACTERS = 500;
/** The rest is not looked at: the score is on the last line. */
const OUTPUT_CHARACTERS = 64_000;

/**
 * Runs the command with BENCHMARK_ID and SYSTEM_ID in its environment, and nothing else of the runner's but PATH and HOME: its key is not for
 * benchmarks. The last line that the command writes is the score, a number.
 *
 * @param command a program and its arguments; no shell reads them
 * @throws Error with the end of its error output when the command fails, or with what it wrote instead of a number
 */
export async function executeCommand(
  command: readonly string[],
  { benchmarkId, systemId }: Submission,
  signal: AbortSignal,
): Promise<Score> {
  const [program = '', ...args] = command;
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, BENCHMARK_ID: benchmarkId, SYSTEM_ID: systemId };
  const child = spawn(program, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = endOf(child.stdout);
  const errors = endOf(child.stderr);
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${errors().trim().slice(-REASON_CHARACTERS)}`);

  const lastLine = output().trim().split('\n').at(-1) ?? '';
  const value = lastLine === '' ? Number.NaN : Number(lastLine);
  if (!Number.isFinite(value))
    throw new Error(`Expected a number on the last line of ${program}, got ${JSON.stringify(lastLine.slice(0, 100))}`);
  return { value, machine: `${cpus().length} x ${cpus()[0]?.model ?? process.arch}`, measuredAt: new Date().toISOString() };
}

/**
 * The command of each benchmark, out of a file `{ "get-ops": ["node", "get-ops.mjs"] }`.
 *
 * @throws Error that says which is none
 */
export function readCommands(text: string): Record<string, string[]> {
  const commands = JSON.parse(text) as Record<string, string[]>; // checked below
  for (const [benchmarkId, command] of Object.entries(commands)) {
    const isCommand = Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === 'string');
    if (!isCommand) throw new Error(`Expected a program and its arguments for "${benchmarkId}", got ${JSON.stringify(command)}`);
  }
  return commands;
}

function endOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-OUTPUT_CHARACTERS)));
  return () => text;
}
