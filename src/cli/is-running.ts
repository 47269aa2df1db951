import { execFileSync } from 'node:child_process';

/** Whether the process is alive and `word` is in its command line: after a crash its id may belong to any other program. */
export function isRunning(pid: number, word: string): boolean {
  try {
    process.kill(pid, 0);
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes(word);
  } catch {
    return false;
  }
}
