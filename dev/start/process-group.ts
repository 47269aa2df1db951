/** Child processes that may start others: each leads a process group of its own, so that ending it ends all of them. */
import { spawn, spawnSync } from 'node:child_process';

export interface GroupCommand {
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface ProcessGroup {
  readonly pid: number;
  /** resolves when the leader has ended and its group with it: with its exit code, null when it was killed or could not start */
  readonly ended: Promise<number | null>;
  readonly hasEnded: () => boolean;
  /** what it wrote to standard output and standard error, the last 64 kB of each */
  readonly output: () => { stdout: string; stderr: string };
  /** from now until it is stopped, each line that it writes goes to `sink` too */
  readonly forwardLines: (sink: (line: string) => void) => void;
  /** asks it to end, and kills the whole group when it has not within 5 s; resolves when nothing of it is left */
  readonly stop: () => Promise<void>;
}

const TERMINATE_GRACE_MS = 5_000;
const MAX_OUTPUT_LENGTH = 65_536;
const IS_WINDOWS = process.platform === 'win32';

/**
 * Starts a command as a process group. A Node command also ends when this process is killed outright; others end on `stop` only.
 *
 * @throws Error when it cannot be started
 */
export function startProcessGroup({ command, args, cwd, env }: GroupCommand): ProcessGroup {
  const preload = command === process.execPath ? ['--import', new URL('end-with-parent.ts', import.meta.url).href] : [];
  const child = spawn(command, [...preload, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own also keeps a terminal's Ctrl-C from reaching it before we end things in their order.
    detached: !IS_WINDOWS,
    windowsHide: true,
  });
  const { pid } = child;
  let hasEnded = false;
  const texts = { stdout: '', stderr: '' };
  let sink: ((line: string) => void) | null = null;
  for (const name of ['stdout', 'stderr'] as const) {
    const lines = lineSplitter((line) => sink?.(line));
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] = (texts[name] + text).slice(-MAX_OUTPUT_LENGTH);
      lines(text);
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', () => pid !== undefined && killGroup(pid));
    child.once('close', (exitCode) => {
      hasEnded = true;
      resolve(exitCode);
    });
  });
  if (pid === undefined) {
    // The reason comes as an event, after the throw has told all that matters.
    child.once('error', () => {});
    throw new Error(`${command} could not be started`);
  }
  return {
    pid,
    ended,
    hasEnded: () => hasEnded,
    output: () => ({ ...texts }),
    forwardLines: (to) => (sink = to),
    stop: async () => {
      if (hasEnded) return;
      // What it says about being ended is nobody's news.
      sink = null;
      child.kill('SIGTERM');
      const force = setTimeout(() => killGroup(pid), TERMINATE_GRACE_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

/** Kills every process of the group at once; does nothing when none is left. */
function killGroup(leaderPid: number): void {
  if (IS_WINDOWS) {
    spawnSync('taskkill', ['/pid', String(leaderPid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-leaderPid, 'SIGKILL');
  } catch {
    // ESRCH: the group is empty.
  }
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
