/** What a transaction or batch throws: the error of each of its actions. */
import { isServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { BaoError } from './errors.ts';
import { nameOfModel } from './naming.ts';

/**
 * Some actions of a transaction or batch failed. `code` and message are those of the first one that did; issues of fields have the
 * action's position before the field ("/2/name"). Of a transaction nothing was written.
 */
export class ActionsError extends BaoError {
  /** by action, in their order; null for those that are not at fault */
  readonly errors: readonly (Error | null)[];

  constructor(errors: readonly (Error | null)[], describe: (position: number) => string) {
    const position = errors.findIndex((error) => error !== null);
    const first = errors[position] ?? null;
    const code = isServiceError(first) ? first.code : 'internal';
    const retryAfterMs = isServiceError(first) ? first.retryAfterMs : undefined;
    const message = isServiceError(first) ? `Action ${position + 1} (${describe(position)}): ${first.message}` : 'An action failed';
    super(message, code, { cause: first, issues: issuesOf(errors), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    this.name = 'ActionsError';
    this.errors = errors;
  }
}

function issuesOf(errors: readonly (Error | null)[]): FieldIssue[] {
  return errors.flatMap((error, position) =>
    isServiceError(error) ? error.issues.map(({ path, reason }) => ({ path: `/${position}${path}`, reason })) : [],
  );
}

/**
 * The results of all actions.
 *
 * @throws ActionsError when any of them failed
 */
export async function settleActions<Result>(
  actions: readonly { readonly kind: string; readonly model: { readonly name: string; readonly modelName: string | null } }[],
  run: (position: number) => Promise<Result>,
): Promise<Result[]> {
  const errors: (Error | null)[] = [];
  const results: Result[] = [];
  for (const position of actions.keys()) {
    try {
      results.push(await run(position));
      errors.push(null);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push(error);
    }
  }
  if (errors.some((error) => error !== null)) throw actionsError(actions, errors);
  return results;
}

/** The error of these actions. */
export function actionsError(
  actions: readonly { readonly kind: string; readonly model: { readonly name: string; readonly modelName: string | null } }[],
  errors: readonly (Error | null)[],
): ActionsError {
  return new ActionsError(errors, (position) => {
    const action = actions[position];
    return action ? `${action.kind} of ${nameOfModel(action.model)}` : 'action of a model';
  });
}
