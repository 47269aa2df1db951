/** A command's conversation with a person: what it prints, how far it is, what it asks, and how it is interrupted. */
import { createInterface } from 'node:readline/promises';
import { CommandError, CONSOLE, type Output } from './command.ts';
import type { ProgressStream } from './progress-bar.ts';

export interface Terminal extends Output {
  /** what progress is drawn on */
  readonly progress: ProgressStream;
  /** aborts on the first Ctrl-C */
  readonly signal: AbortSignal;
  /** the answer to a question, without spaces around it; null where there is nobody to ask */
  ask(question: string): Promise<string | null>;
}

/** The terminal of the process. The first Ctrl-C lets the command end in good order, another one ends it where it is. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  return { ...CONSOLE, progress: process.stderr, signal: interruption.signal, ask: (question) => ask(question, interruption.signal) };
}

async function ask(question: string, signal: AbortSignal): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself.
  lines.once('SIGINT', () => process.emit('SIGINT'));
  try {
    return (await lines.question(question, { signal })).trim();
  } catch {
    throw new CommandError('interrupted');
  } finally {
    lines.close();
  }
}

/**
 * Waits, and ends the command when it is interrupted.
 *
 * @param left what goes on without the command, and how to come back to it
 * @throws CommandError when the signal aborts
 */
export function interruptible(signal: AbortSignal, left: string): (waitMs: number) => Promise<void> {
  return (waitMs) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(new CommandError(`interrupted; ${left}`));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, waitMs);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
}
