/** CPU time from the kernel's own accounting: it stays meaningful on a busy machine, where wall-clock figures do not. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * Adds up `/proc/<pid>/task/<thread>/schedstat`, which counts nanoseconds; `/proc/<pid>/stat` counts hundredths of a second, too coarse
 * for a few hundred requests. A thread that ended is no longer counted; workerd keeps its own.
 *
 * @returns what all threads of a process have used since it started, user and system, in milliseconds
 * @throws Error where there is no such file: elsewhere than on Linux, or when the process has ended
 */
export function processCpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce((sumMs, thread) => sumMs + threadCpuMs(`${tasks}/${thread}/schedstat`), 0);
}

/** @returns the same of a process and of those that it has started and that run now */
export function processesCpuMs(pid: number): number {
  return [pid, ...childPids(pid)].reduce((sumMs, each) => sumMs + processCpuMs(each), 0);
}

/** @returns the processes that this one has started and that run now */
export function childPids(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).flatMap((thread) =>
    readFileSync(`${tasks}/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
}

function threadCpuMs(file: string): number {
  try {
    return Number(readFileSync(file, 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return 0; // it ended after it was listed
  }
}

/** @returns what everything on the machine has used since it started, in milliseconds over all cores */
export function machineCpuMs(): number {
  return cpus().reduce((sumMs, { times }) => sumMs + times.user + times.nice + times.sys + times.irq, 0);
}
