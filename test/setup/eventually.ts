/** What comes when it does: on a busy machine later. */
import { vi } from 'vitest';

/** Checks until it passes, for longer than any machine needs; vitest's own time is a second. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 20_000 });
}
