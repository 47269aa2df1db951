/** The accounts database from the command line: SQL through `wrangler d1 execute`, on this machine or on Cloudflare. */
import { runWrangler, type WranglerOutcome } from './wrangler.ts';

/** A row of an answer: column names and what SQLite holds. */
export type Row = Record<string, string | number | null>;

export interface AccountsDatabase {
  /**
   * Runs statements in their order.
   *
   * @returns the rows of each
   * @throws CommandError with the database's own words when one fails; the ones before it may have been applied
   */
  run(...statements: string[]): Promise<Row[][]>;
}

export interface DatabaseLocation {
  /** true: the database on Cloudflare, with the credentials of wrangler */
  isRemote: boolean;
  /** the environment of wrangler.toml; null: the top level */
  environment: string | null;
  /** the folder of the local database */
  persistTo: string;
}

/** A failure whose message is all that the user needs: the command prints it and ends with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The current time in SQL, in Unix milliseconds: one clock for keys made on many machines. */
export const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/**
 * The accounts database of the Worker in the current folder (binding `DB` in its wrangler.toml).
 *
 * @param run runs `wrangler <args>` to its end; default `runWrangler`
 */
export function accountsDatabase(
  location: DatabaseLocation,
  run: (args: readonly string[]) => Promise<WranglerOutcome> = runWrangler,
): AccountsDatabase {
  const where = location.isRemote ? ['--remote'] : ['--local', '--persist-to', location.persistTo];
  const environment = location.environment === null ? [] : ['--env', location.environment];
  return {
    async run(...statements) {
      // One argument without a shell in between: `--file` would keep the rows of a remote query to itself.
      const command = `--command=${statements.join(';\n')}`;
      const outcome = await run(['d1', 'execute', 'DB', ...where, ...environment, '--json', '--yes', command]);
      const rows = rowsOf(outcome.stdout);
      if (outcome.exitCode === 0 && rows !== null) return rows;
      throw new CommandError(explained(errorText(outcome.stdout) ?? (outcome.stderr.trim() || outcome.stdout.trim()), location));
    },
  };
}

/**
 * `text` as an SQL string literal.
 *
 * @throws TypeError for control characters: nothing that is stored here has any
 */
export function sqlText(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new TypeError('expected text without control characters');
  return `'${text.replaceAll("'", "''")}'`;
}

/** The rows of each statement out of `[{ results, success, meta }, …]`, or null for anything else. */
function rowsOf(stdout: string): Row[][] | null {
  const answers = parsedJson(stdout);
  if (!Array.isArray(answers)) return null;
  return answers.map((answer: { results?: Row[] }) => answer.results ?? []);
}

function errorText(stdout: string): string | null {
  const answer = parsedJson(stdout);
  const isError = typeof answer === 'object' && answer !== null && 'error' in answer;
  if (!isError || typeof answer.error !== 'object' || answer.error === null || !('text' in answer.error)) return null;
  return String(answer.error.text);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function explained(message: string, { isRemote, environment }: DatabaseLocation): string {
  if (!message.includes('no such table')) return message;
  if (!isRemote) return 'The local accounts database has no tables yet: run npm start once, it makes them.';
  const flags = environment === null ? '--remote' : `--remote --env ${environment}`;
  return `The accounts database has no tables yet: run npx wrangler d1 migrations apply DB ${flags}`;
}
