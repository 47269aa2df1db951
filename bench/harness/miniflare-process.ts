/** The workerd that Miniflare runs in, and what it has in memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { childPids } from './cpu-time.ts';

/** The process that this one has started. @throws Error when there is none */
export function workerdPid(): number {
  const pid = childPids(process.pid).find((child) => readFileSync(`/proc/${child}/comm`, 'latin1').trim() === 'workerd');
  if (pid === undefined) throw new Error('expected a workerd of Miniflare, found none');
  return pid;
}

/** What it has resident, in MB of 1,000,000 bytes; `peak`: the most since `forgetPeak`. */
export function memoryMb(pid: number, which: 'now' | 'peak' = 'now'): number {
  const field = which === 'now' ? /^VmRSS:\s+(\d+) kB/m : /^VmHWM:\s+(\d+) kB/m;
  const [, kibibytes = 'NaN'] = field.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** @see proc(5), /proc/pid/clear_refs */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
