import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isRunning } from '../../src/cli/is-running.ts';

it('a process is running that is alive and of that program: its id may be of another one by now', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); // waits-for-its-end']);
  const pid = child.pid ?? 0;
  expect([isRunning(pid, 'waits-for-its-end'), isRunning(pid, 'steamer.ts')]).toEqual([true, false]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(pid, 'waits-for-its-end')).toBe(false);
});
