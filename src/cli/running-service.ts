/** A service that runs, on this machine or elsewhere, and is asked by its operator's routes. */
import { existsSync, readFileSync } from 'node:fs';
import { CommandError } from './accounts-database.ts';

export interface RunningService {
  url: string;
  /** an operator's */
  key: string;
}

const KEY_FILE = '.steamer/operator-key';

/** @throws CommandError where there is no operator's key */
export function runningService(url: string): RunningService {
  const key = process.env['STEAMER_OPERATOR_KEY'] ?? (existsSync(KEY_FILE) ? readFileSync(KEY_FILE, 'utf8').trim() : '');
  if (key === '')
    throw new CommandError(
      `Expected an operator's key in STEAMER_OPERATOR_KEY, or the one of npm start in ${KEY_FILE}; steamer keys create --operator makes one`,
    );
  return { url, key };
}

/** Calls a route. @returns the JSON of its answer. @throws CommandError with what the service says, or when it says nothing */
export async function callService({ url, key }: RunningService, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(new URL(path, url), init).catch((cause: unknown) => {
    throw new CommandError(`Expected a service at ${url} (npm start, or --url), which does not answer`, { cause });
  });
  const answer = await jsonOf(response);
  if (response.ok) return answer;
  const { detail, title, code } = answer as Partial<Record<string, string>>;
  throw new CommandError(`${url} answers ${response.status}: ${detail ?? title ?? code ?? 'no message'}`);
}

/** Has a service do, by one of its routes, what a command has written into its database: else it counts when the service looks there again. @returns why it does not; null: it does */
export async function tellService(url: string, path: string): Promise<string | null> {
  try {
    await callService(runningService(url), 'POST', path);
    return null;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

/** The JSON of an answer; {} of one that has none. What it is, is looked at member by member. */
export async function jsonOf(response: Response): Promise<object> {
  return (await response.json().catch(() => ({}))) as object;
}
