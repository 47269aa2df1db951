/** How npm is run: the one that runs this, or the first on the PATH. */
import type { GroupCommand } from './process-group.ts';

/** What to run for `npm <args>`. */
export function npmCommand(args: readonly string[]): GroupCommand {
  const npm = process.env['npm_execpath'];
  return npm === undefined ? { command: 'npm', args } : { command: process.execPath, args: [npm, ...args] };
}
