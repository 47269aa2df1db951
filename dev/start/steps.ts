/** Prints a line for each step when it ends, and shows that a slow one is still at work. */

/** Where progress goes; `process.stdout` is one. */
export interface ProgressOutput {
  write(text: string): unknown;
  /** true: the line of the running step is redrawn in place */
  isTTY?: boolean;
}

export interface Steps {
  /**
   * Runs one step.
   *
   * @param work is handed a function that says how far it is; the `detail` of what it returns, if any, stands at the end of the step's line
   * @throws whatever `work` throws, after marking the line
   */
  run<T>(title: string, work: (progress: (text: string) => void) => Promise<T> | T): Promise<T>;
}

const SLOW_AFTER_MS = 1_000;
const REMIND_EVERY_MS = 10_000;
const TITLE_WIDTH = 24;

/**
 * Steps that report to `output`. On a terminal the running step's line counts up; elsewhere a slow step gets lines of its own.
 *
 * @param isOver true once nobody waits for the steps any more: from then on they are silent
 */
export function createSteps(destination: ProgressOutput, isOver: () => boolean = () => false): Steps {
  const output: ProgressOutput = { isTTY: destination.isTTY === true, write: (text) => isOver() || destination.write(text) };
  return {
    async run(title, work) {
      const startedAtMs = performance.now();
      const elapsedMs = () => performance.now() - startedAtMs;
      let detail = '';
      const running =
        output.isTTY === true ? redraw(output, title, elapsedMs, () => detail) : remind(output, title, elapsedMs, () => detail);
      try {
        const result = await work((text) => (detail = text));
        running.end();
        output.write(line('✓', title, elapsedMs(), detailOf(result)));
        return result;
      } catch (error) {
        running.end();
        output.write(line('✗', title, elapsedMs(), ''));
        throw error;
      }
    },
  };
}

function detailOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('detail' in result)) return '';
  return typeof result.detail === 'string' ? result.detail : '';
}

function redraw(output: ProgressOutput, title: string, elapsedMs: () => number, detail: () => string) {
  const draw = () => output.write(`\r\u001b[2K${line('…', title, elapsedMs(), detail()).trimEnd()}`);
  draw();
  const timer = setInterval(draw, 200);
  return {
    end() {
      clearInterval(timer);
      output.write('\r\u001b[2K');
    },
  };
}

function remind(output: ProgressOutput, title: string, elapsedMs: () => number, detail: () => string) {
  const say = () => output.write(line('…', title, elapsedMs(), detail()));
  let every: ReturnType<typeof setInterval> | undefined;
  const first = setTimeout(() => {
    say();
    every = setInterval(say, REMIND_EVERY_MS);
  }, SLOW_AFTER_MS);
  return {
    end() {
      clearTimeout(first);
      clearInterval(every);
    },
  };
}

function line(mark: string, title: string, elapsedMs: number, detail: string): string {
  return `  ${mark} ${title.padEnd(TITLE_WIDTH)} ${(elapsedMs / 1000).toFixed(1).padStart(5)} s  ${detail}`.trimEnd() + '\n';
}
