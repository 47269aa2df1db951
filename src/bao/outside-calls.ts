/** Operations outside of a batch context: refused where one is required, else counted, and warned of where there is a log. */
import { hasBatchContexts } from './batch-context.ts';
import { ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import { BaoError } from './errors.ts';
import type { ModelManager } from './manager.ts';

const BATCH_CONTEXT_REQUIRED =
  'Batch operations must be executed within runWithBatchContext(). Wrap your database operations in runWithBatchContext() to enable batching and caching.';

/** What one manager knows of operations outside of batch contexts. */
export class OutsideCalls {
  #count = 0;

  /** How many there were so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Counts an operation of `model`.
   *
   * @throws BaoError where the configuration requires a batch context
   */
  admit(model: object, name: string, { logger, requiresBatchContext }: ModelManager): void {
    // Where there can be none, `runWithBatchContext` says so once.
    const remedy = hasBatchContexts() ? '' : ` This Worker has no AsyncLocalStorage, which it needs: ${ENABLE_ASYNC_STORAGE}.`;
    if (requiresBatchContext) throw new BaoError(`${BATCH_CONTEXT_REQUIRED}${remedy}`, 'misconfigured');
    this.#count += 1;
    if (remedy === '') logger.warnOutside(model, name);
  }
}
