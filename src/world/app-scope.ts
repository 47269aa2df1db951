/** Whose runs the code that runs now works with. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AppScope } from '../runs/run-address.ts';

const scopes = new AsyncLocalStorage<AppScope>();

/** Runs work for an app: the runs that it starts, the hooks that it finds, are that app's. */
export function runInApp<Result>({ tenant, app }: AppScope, work: () => Result): Result {
  return scopes.run({ tenant, app }, work);
}

/** Undefined outside of `runInApp`. */
export function currentApp(): AppScope | undefined {
  return scopes.getStore();
}
