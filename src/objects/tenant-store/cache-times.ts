/** How long what was read may be served without asking again: the bound on not seeing writers that bypass the object. */
import type { ModelProfile } from '../../dynamo/table-profile.ts';
import type { ItemKey } from './item-key.ts';

export interface CacheTimesOptions {
  /** for rows of no model; default 300. Models say it in the table profile */
  defaultCacheSec?: number;
  /** the longest that "there is no such item" is remembered; default 30 */
  missingCacheSec?: number;
}

const DEFAULT_CACHE_SEC = 300;
const DEFAULT_MISSING_CACHE_SEC = 30;

export class CacheTimes {
  readonly #defaultMs: number;
  readonly #missingMs: number;

  constructor({ defaultCacheSec = DEFAULT_CACHE_SEC, missingCacheSec = DEFAULT_MISSING_CACHE_SEC }: CacheTimesOptions = {}) {
    this.#defaultMs = defaultCacheSec * 1000;
    this.#missingMs = missingCacheSec * 1000;
  }

  /** In milliseconds; 0: not at all. */
  keepMs({ model }: Pick<ItemKey, 'model'>, exists: boolean): number {
    return this.keepRowsMs([model], exists);
  }

  /**
   * As long as all of them may be kept.
   *
   * @param models of the rows; undefined for rows of no model
   */
  keepRowsMs(models: readonly (ModelProfile | undefined)[], exist: boolean): number {
    const rowsMs = Math.min(...models.map((model) => (model === undefined ? this.#defaultMs : model.cacheSec * 1000)));
    return exist ? rowsMs : Math.min(rowsMs, this.#missingMs);
  }
}
