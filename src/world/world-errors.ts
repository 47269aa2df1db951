import type { Outcome, WorldErrorData } from '../runs/world-error.ts';

/** An error as the SDK knows it: by its name, and by the members that go with that. */
export function worldError({ name, message, ...members }: WorldErrorData): Error {
  return Object.assign(new Error(message), { name, ...members });
}

/** The value of an outcome. @throws what `worldError` makes of a refusal */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw worldError(outcome.error);
  return outcome.value;
}
