/** A line that shows how far something is: redrawn in place on a terminal, a new line now and then elsewhere. */

/** The part of a stream that progress is drawn on; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressBar {
  /**
   * Shows how far it is.
   *
   * @param done a share of `total`, or a count when the total is not known
   * @param note what is being done, "User: 3 of 10 buckets"
   */
  update(done: number, note: string): void;
  /** Ends the line; what is printed after it starts on a new one. */
  finish(): void;
}

const BAR_CHARACTERS = 24;
const REDRAW_AFTER_MS = 100;
const LINE_AFTER_MS = 5_000;
const DEFAULT_COLUMNS = 80;

/**
 * A progress bar.
 *
 * @param total what `done` counts up to; null: not known, and the line shows the count only
 * @param nowMs the time, in Unix milliseconds
 */
export function progressBar(stream: ProgressStream, total: number | null, nowMs: () => number = Date.now): ProgressBar {
  const isTerminal = stream.isTTY === true;
  const startedAtMs = nowMs();
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let hidden: string | null = null;
  let isLineOpen = false;
  const show = (line: string) => {
    shownAtMs = nowMs();
    hidden = null;
    isLineOpen = isTerminal;
    // Back to the start of the line, and clear what is longer than the new text.
    stream.write(isTerminal ? `\r${line.slice(0, (stream.columns ?? DEFAULT_COLUMNS) - 1)}\u001b[K` : `${line}\n`);
  };
  return {
    update(done, note) {
      const line = progressLine(done, total, (nowMs() - startedAtMs) / 1000, note);
      const isEnd = total !== null && done >= total;
      if (isEnd || nowMs() - shownAtMs >= (isTerminal ? REDRAW_AFTER_MS : LINE_AFTER_MS)) show(line);
      else hidden = line;
    },
    finish() {
      if (hidden !== null) show(hidden);
      if (isLineOpen) stream.write('\n');
      isLineOpen = false;
    },
  };
}

/** "[######------------------]  25 %  12 s  User: 3 of 10 buckets". */
function progressLine(done: number, total: number | null, elapsedSec: number, note: string): string {
  const elapsed = `${elapsedSec.toFixed(0)} s`;
  if (total === null) return `${done}  ${elapsed}  ${note}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_CHARACTERS);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_CHARACTERS - filled)}]`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${elapsed}  ${note}`;
}
