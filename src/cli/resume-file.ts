/** Where a command that walks a table has come to, in a file, so that the next run goes on there. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How far a walk has come. */
export interface Progress {
  /** goes on after what was done */
  cursor: string;
  seen: number;
  changed: number;
  failed: number;
}

/** Notes the progress of one walk. */
export interface ResumeFile {
  /** what an earlier run of the same walk left; null when there is none */
  read(): Promise<Progress | null>;
  write(progress: Progress): Promise<void>;
  /** when the walk is at its end */
  remove(): Promise<void>;
}

/**
 * @param identity everything that makes it the same walk: an earlier run of another one is not gone on with
 */
export function resumeFile(path: string, identity: object): ResumeFile {
  const walk = JSON.stringify(identity);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => null);
      const kept = text === null ? null : parsed(text);
      return kept?.walk === walk ? kept.progress : null;
    },
    async write(progress) {
      await mkdir(dirname(path), { recursive: true });
      const draft = `${path}.${process.pid}.draft`;
      await writeFile(draft, `${JSON.stringify({ walk, progress })}\n`);
      await rename(draft, path); // so that who is killed here leaves the one before whole
    },
    remove: () => rm(path, { force: true }),
  };
}

function parsed(text: string): { walk?: string; progress: Progress } | null {
  try {
    return JSON.parse(text) as { walk?: string; progress: Progress }; // only `write` makes these files
  } catch {
    return null;
  }
}
