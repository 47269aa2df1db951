import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startProcessGroup } from '../../../dev/start/process-group.ts';

/** Starts a grandchild that ignores SIGTERM, tells its id, and waits for ever. */
const PARENT_OF_STUBBORN = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)'], { stdio: 'inherit' });
  console.log(child.pid);
  setInterval(() => {}, 1e6);
`;
const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });

describe('a process group', () => {
  it('tells its exit code and what it wrote', async () => {
    const group = startProcessGroup(node('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(await group.ended).toBe(3);
    expect(group.output()).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    await group.stop();
  });

  it('forwards whole lines', async () => {
    const lines: string[] = [];
    const group = startProcessGroup(node('process.stdout.write("a"); setTimeout(() => process.stdout.write("b\\nc\\n"), 20)'));
    group.forwardLines((line) => void lines.push(line));
    await group.ended;
    expect(lines).toEqual(['ab', 'c']);
  });

  it('leaves nothing behind when it is stopped, however stubborn the grandchildren are', async () => {
    const group = startProcessGroup(node(PARENT_OF_STUBBORN));
    const grandchild = await firstNumber(group);
    expect(isAlive(grandchild)).toBe(true);
    await group.stop();
    expect(isAlive(group.pid)).toBe(false);
    await until(() => !isAlive(grandchild));
  });

  it('ends with its parent, even when that is killed outright', async () => {
    const module = new URL('../../../dev/start/process-group.ts', import.meta.url).href;
    const script = `
      const { startProcessGroup } = await import(${JSON.stringify(module)});
      const group = startProcessGroup(${JSON.stringify(node(PARENT_OF_STUBBORN))});
      group.forwardLines((line) => console.log(line));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk]: Buffer[] = await once(parent.stdout, 'data');
    const grandchild = Number(chunk?.toString());
    expect(isAlive(grandchild)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(grandchild));
  });

  it('says so when the command does not exist', () => {
    expect(() => startProcessGroup({ command: 'steamer-no-such-command', args: [] })).toThrow(
      'steamer-no-such-command could not be started',
    );
  });
});

async function firstNumber(group: ReturnType<typeof startProcessGroup>): Promise<number> {
  await until(() => group.output().stdout.includes('\n'));
  return Number(group.output().stdout);
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineAtMs = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > deadlineAtMs) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
