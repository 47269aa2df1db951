/** The World's refusals as errors, and as data again. */
import { WORLD_ERROR_NAMES, type Outcome, type WorldErrorData } from '../runs/world-error.ts';

/** An error as the SDK knows it: by its name, and by the members that go with that. */
export function worldError({ name, message, ...members }: WorldErrorData): Error {
  return Object.assign(new Error(message), { name, ...members });
}

/** What goes with the errors' names. */
const MEMBERS = ['status', 'retryAfter', 'token', 'runId', 'runSpecVersion', 'worldSpecVersion'];

/** What an error of `worldError` was made of; null: it is another one. */
export function errorData(error: unknown): WorldErrorData | null {
  if (!(error instanceof Error) || !WORLD_ERROR_NAMES.some((name) => name === error.name)) return null;
  const members = Object.entries(error).filter(([name]) => MEMBERS.includes(name));
  return { name: error.name, message: error.message, ...Object.fromEntries(members) } as WorldErrorData; // of `worldError`
}

/** The value of an outcome. @throws what `worldError` makes of a refusal */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw worldError(outcome.error);
  return outcome.value;
}
