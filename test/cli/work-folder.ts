/** A folder of its own that a command runs in, and a terminal without a person. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Terminal } from '../../src/cli/terminal.ts';

/** The folder that the process works in, until it leaves it. */
export interface WorkFolder {
  path: string;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** goes back to where the process was, and removes the folder */
  leave(): Promise<void>;
}

export async function enterWorkFolder(): Promise<WorkFolder> {
  const before = process.cwd();
  const path = await mkdtemp(join(tmpdir(), 'bao-command-'));
  process.chdir(path);
  return {
    path,
    write: async (name, text) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    },
    read: (name) => readFile(join(path, name), 'utf8'),
    leave: async () => {
      process.chdir(before);
      await rm(path, { recursive: true });
    },
  };
}

/** What a command printed and asked. */
export interface RecordedTerminal extends Terminal {
  lines: string[];
  errors: string[];
  questions: string[];
  drawn: string;
  interrupt(): void;
}

/** @param answer what is typed in to every question; null: nobody is there */
export function recordedTerminal(answer: string | null = null): RecordedTerminal {
  const interruption = new AbortController();
  const terminal: RecordedTerminal = {
    lines: [],
    errors: [],
    questions: [],
    drawn: '',
    signal: interruption.signal,
    interrupt: () => interruption.abort(),
    out: (line) => terminal.lines.push(line),
    error: (line) => terminal.errors.push(line),
    progress: { write: (text) => (terminal.drawn += text) },
    ask: async (question) => {
      terminal.questions.push(question);
      return answer;
    },
  };
  return terminal;
}
