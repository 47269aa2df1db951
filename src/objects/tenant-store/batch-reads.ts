/** BatchGetItem: from memory what is there, the rest loaded, or passed through. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput } from '../../dynamo/types.ts';
import type { BatchAnswer } from './batch-answer.ts';
import type { LoadOutcome } from './batch-loader.ts';
import { BatchLookUp, type BatchLookUpOptions, type Miss } from './batch-look-up.ts';
import { boundsOf, type CallBounds } from './call-bounds.ts';
import { isTableName } from './item-key.ts';
import type { ItemSizes } from './item-sizes.ts';
import type { PassThrough } from './pass-through.ts';
import type { ReadsPastCache } from './reads-past-cache.ts';
import { ARN_REFUSED, FOREIGN_KEY, NOT_OF_SHARD, refusal } from './refusals.ts';
import type { StoreCounters } from './store-counters.ts';
import { isWholeBatch } from './whole-reads.ts';

export interface BatchReadsOptions extends BatchLookUpOptions {
  itemSizes: ItemSizes;
  passThrough: PassThrough;
  pastCache: ReadsPastCache;
  counters: StoreCounters;
}

export class BatchReads {
  readonly #options: BatchReadsOptions;

  constructor(options: BatchReadsOptions) {
    this.#options = options;
  }

  batchGetItem(input: BatchGetItemInput, context: OperationContext): string | Promise<string> {
    if (context.bypassCache === true) return this.#batchPastCache(input, this.#bounds(context));
    const isAtomic = context.atomic === true;
    const found = new BatchLookUp(input.RequestItems, isAtomic, this.#options);
    if (found.refused !== null) return refusal(found.refused);
    if (isAtomic) return this.#atomicBatch(found, input, context);
    if (!found.isSound) return this.#options.pastCache.batchGetItem(input, new Map(), this.#bounds(context));
    return this.#batch(found, context);
  }

  #batch({ answer, hits, missing, rest, hasRest }: BatchLookUp, context: OperationContext): string | Promise<string> {
    const { counters, itemSizes } = this.#options;
    for (const text of hits) counters.hit(text);
    // What would not fit is not loaded: it would only drive out of memory what the next call asks for.
    const loads = missing.filter(({ key }) => {
      const isPromised = answer.promise(itemSizes.expect(key));
      if (!isPromised) answer.leave(key);
      return isPromised;
    });
    counters.misses += loads.length;
    if (loads.length === 0 && !hasRest) return answer.reply();
    return this.#complete(answer, loads, hasRest ? rest : null, this.#bounds(context));
  }

  async #complete(answer: BatchAnswer, loads: readonly Miss[], rest: BatchLookUp['rest'] | null, bounds: CallBounds): Promise<string> {
    const { keySpace, passThrough } = this.#options;
    const loaded = this.#load(answer, loads, bounds);
    const passed = rest === null ? null : passThrough.read('BatchGetItem', { RequestItems: rest }, bounds);
    await loaded;
    if (rest !== null && passed !== null) answer.addPassed(await passed, rest, (row) => keySpace.keyOfRow(row));
    return answer.reply();
  }

  /** Resolves when the last of them is in the answer. */
  #load(answer: BatchAnswer, loads: readonly Miss[], { deadlineAtMs, share, strong }: CallBounds): Promise<void> {
    const { lines, counters } = this.#options;
    let left = loads.length;
    return new Promise((resolve) => {
      if (left === 0) resolve();
      for (const { key, isConsistent } of loads) {
        const settle = (outcome: LoadOutcome) => {
          if (outcome.ok && outcome.staleMs !== undefined) counters.staleAnswers++;
          answer.addLoaded(key, outcome);
          if (--left === 0) resolve();
        };
        const isStrong = isConsistent || strong;
        lines.read({ key, strong: isStrong, acceptsStale: !isStrong, deadlineAtMs, share, cost: answer.cost, settle });
      }
    });
  }

  #batchPastCache(input: BatchGetItemInput, bounds: CallBounds): string | Promise<string> {
    const { keySpace, pastCache } = this.#options;
    const tables = Object.entries(input.RequestItems);
    if (!tables.every(([table]) => isTableName(table))) return refusal(ARN_REFUSED);
    const classes = tables.map(([table, { Keys }]) => Keys.map((key) => keySpace.classify(table, key)));
    if (classes.flat().some(({ kind }) => kind === 'foreign')) return refusal(FOREIGN_KEY);
    if (classes.flat().some(({ kind }) => kind === 'neighbour')) return refusal(NOT_OF_SHARD);
    const whole = tables.flatMap(([table, request], index) => (isWholeBatch(request) ? [[table, classes[index] ?? []] as const] : []));
    return pastCache.batchGetItem(input, new Map(whole), bounds);
  }

  /** All from the cache, where a transaction appears in one turn; else all from one transaction of DynamoDB. */
  #atomicBatch(found: BatchLookUp, input: BatchGetItemInput, context: OperationContext): string | Promise<string> {
    // In parts it would not be atomic.
    const isHit = found.isSound && !found.hasRest && found.missing.length === 0 && found.answer.isWhole;
    return isHit ? found.answer.reply() : this.#options.passThrough.reply('BatchGetItem', input, this.#bounds(context));
  }

  #bounds(context: OperationContext): CallBounds {
    return boundsOf(context, this.#options.nowMs());
  }
}
