/** The folder that keeps everything local: one start at a time may use it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isRunning } from '../../src/cli/is-running.ts';
import { StartError } from './start-error.ts';

const LOCK = 'running.json';
const MARKER = 'made-by-npm-start.txt';
const MARKER_TEXT = 'The data, logs and demo keys of npm start. npm start -- --fresh empties this folder; it may also be deleted.\n';

export interface DataFolder {
  readonly path: string;
  /**
   * Removes everything in it.
   *
   * @throws StartError when it held other things before npm start first used it
   */
  empty(): void;
  /** remembers a process that works on the folder, so that the next start ends it when this one was killed and could not */
  noteChild(pid: number): void;
  /** gives the folder up for the next start */
  release(): void;
}

/**
 * Claims the folder for this process, making it when it is missing. A claim whose process is gone counts for nothing,
 * and the processes that it noted are ended.
 *
 * @throws StartError when another start uses it
 */
export function claimDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true });
  if (basename(resolve(path)) === '.steamer' || readdirSync(path).length === 0) writeFileSync(join(path, MARKER), MARKER_TEXT);
  const lock = join(path, LOCK);
  const earlier = readClaim(lock);
  if (earlier.pid !== null && isRunning(earlier.pid, 'start.ts')) {
    throw new StartError(
      `${path} is in use by another npm start (process ${earlier.pid}); stop that, or use another folder: npm start -- --data-dir <folder>`,
    );
  }
  for (const child of earlier.children) if (isRunning(child, path)) process.kill(child, 'SIGTERM');
  rmSync(lock, { force: true });
  const claim: Claim = { pid: process.pid, children: [] };
  try {
    writeFileSync(lock, JSON.stringify(claim), { flag: 'wx' });
  } catch (cause) {
    throw new StartError(`${path} was claimed by another npm start at the same moment`, { cause });
  }
  return {
    path,
    empty() {
      const entries = readdirSync(path);
      if (!entries.includes(MARKER))
        throw new StartError(`${path} was not made by npm start, so --fresh leaves it alone; empty it by hand`);
      for (const entry of entries) if (entry !== LOCK && entry !== MARKER) rmSync(join(path, entry), { recursive: true, force: true });
    },
    noteChild(pid) {
      claim.children.push(pid);
      writeFileSync(lock, JSON.stringify(claim));
    },
    release: () => rmSync(lock, { force: true }),
  };
}

interface Claim {
  pid: number | null;
  children: number[];
}

function readClaim(lock: string): Claim {
  try {
    const { pid, children } = JSON.parse(readFileSync(lock, 'utf8')) as { pid?: unknown; children?: unknown }; // checked below
    return {
      pid: typeof pid === 'number' && pid !== process.pid ? pid : null,
      children: Array.isArray(children) ? children.filter((child) => typeof child === 'number') : [],
    };
  } catch {
    // Not there, or torn by a crash.
    return { pid: null, children: [] };
  }
}
