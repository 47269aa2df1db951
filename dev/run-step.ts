/** Runs commands as named steps: a line for each when it ends, with its time; the output only when it fails. */
import { spawn } from 'node:child_process';

export interface Step {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
}

export interface StepResult {
  step: Step;
  ok: boolean;
  output: string;
  elapsedMs: number;
}

/** Runs one step to its end and prints its line; the result says whether it exited with 0. */
export async function runStep(step: Step): Promise<StepResult> {
  const startedAtMs = Date.now();
  const child = spawn(step.command, step.args, { env: { ...process.env, ...step.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const result = { step, ok: code === 0, output: Buffer.concat(chunks).toString(), elapsedMs: Date.now() - startedAtMs };
  console.log(`${result.ok ? 'ok  ' : 'FAIL'} ${step.name} (${(result.elapsedMs / 1000).toFixed(1)} s)`);
  if (!result.ok) console.log(indent(result.output));
  return result;
}

/** Runs steps two at a time, as many as the smallest machine has cores; true when all are ok. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  const waiting = [...steps];
  const results: StepResult[] = [];
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await runStep(step));
  };
  await Promise.all([lane(), lane()]);
  return results.every(({ ok }) => ok);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}
