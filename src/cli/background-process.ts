/** A background process that ends when this one does. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface BackgroundProcess {
  /** -1 when it could not be started */
  pid: number;
  /** how it ended ("code 1", "SIGTERM", or why it could not be started); null while it runs */
  ending(): string | null;
  /** resolves when it has ended, whoever ended it */
  exited: Promise<void>;
  /** the last 2,000 characters of its output */
  output(): string;
  /** asks it to end, after five seconds makes it, and waits for its end; a second call does nothing more */
  stop(): Promise<void>;
}

const TERMINATE_GRACE_MS = 5_000;
const OUTPUT_CHARACTERS = 2_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Starts a command. It ends with this process: on exit, and on SIGINT, SIGTERM and SIGHUP. */
export function startInBackground(command: string, args: readonly string[]): BackgroundProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const unbind = endWithThisProcess(child);
  let ending: string | null = null;
  const exited = new Promise<void>((resolve) => {
    const settle = (how: string) => {
      ending ??= how;
      unbind();
      resolve();
    };
    child.once('exit', (code, signal) => settle(signal ?? `code ${code}`));
    child.once('error', (error) => settle(error.message));
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARACTERS);
    });
  }
  const stop = async () => {
    if (ending !== null) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), TERMINATE_GRACE_MS);
    await exited;
    clearTimeout(force);
  };
  return { pid: child.pid ?? -1, ending: () => ending, exited, output: () => output, stop };
}

const running = new Set<ChildProcess>();

/** Has `child` end with this process; returns what undoes it. */
function endWithThisProcess(child: ChildProcess): () => void {
  if (running.size === 0) {
    process.on('exit', killAll);
    for (const signal of SIGNALS) process.on(signal, endBySignal);
  }
  running.add(child);
  return () => {
    running.delete(child);
    if (running.size > 0) return;
    process.off('exit', killAll);
    for (const signal of SIGNALS) process.off(signal, endBySignal);
  };
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A listener takes away Node's default of ending the process: given back, unless someone else has taken over what the signal does. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  process.off(signal, endBySignal);
  process.kill(process.pid, signal);
}
