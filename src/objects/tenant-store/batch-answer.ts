/** Puts the answer to one BatchGetItem together from what was cached, what was loaded, and what DynamoDB answered past the cache. */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap } from '../../dynamo/types.ts';
import type { LoadOutcome } from './batch-loader.ts';
import { addCost, noCost, type Cost } from './cost.ts';
import type { ItemKey } from './item-key.ts';
import type { PassedResult } from './pass-through.ts';
import { batchOutput, failureReply, hitReply, successReply } from './replies.ts';

/**
 * The most characters of one answer. The runtime carries 32 MiB in a call, two bytes for each character of a text that has a wide one;
 * DynamoDB itself answers at most 16 MB and leaves the rest of the keys, and so does this.
 */
const MAX_ANSWER_LENGTH = 12 * 1024 * 1024;
const TOO_LARGE: StoreError = {
  code: 'throttled',
  message: 'the answer would be over 12 MB; ask for the other keys again',
  retryAfterMs: 0,
};

export class BatchAnswer {
  /** readers add what they caused */
  readonly cost: Cost = noCost();
  readonly #texts: Map<string, string[]>;
  readonly #unread: AttributeMap[] = [];
  #error: StoreError | null = null;
  #hits = 0;
  #misses = 0;
  #length = 0;

  constructor(tables: readonly string[]) {
    this.#texts = new Map(tables.map((table) => [table, []]));
  }

  addHit(table: string, text: string | null): void {
    this.#hits++;
    this.#length += text?.length ?? 0;
    if (text !== null) this.#texts.get(table)?.push(text);
  }

  addLoaded(key: ItemKey, outcome: LoadOutcome): void {
    this.#misses++;
    if (!outcome.ok) this.#fail(outcome.error, [key.attributes]);
    else if (outcome.text === null) return;
    else if (this.#length + outcome.text.length > MAX_ANSWER_LENGTH) this.#fail(TOO_LARGE, [key.attributes]);
    else {
      this.#length += outcome.text.length;
      this.#texts.get(key.table)?.push(outcome.text);
    }
  }

  /** @param keys all that DynamoDB was asked for; when it fails without saying which, none was read */
  addPassed(result: PassedResult<'BatchGetItem'>, keys: readonly AttributeMap[]): void {
    this.#misses++;
    addCost(this.cost, result.cost);
    for (const [table, items] of Object.entries(result.output?.Responses ?? {})) {
      for (const item of items) this.#texts.get(table)?.push(JSON.stringify(item));
    }
    if (!result.ok) this.#fail(result.error, result.error.keys ?? keys);
  }

  reply(): string {
    const output = batchOutput(this.#texts);
    if (this.#misses === 0) return hitReply(output);
    const state = this.#hits === 0 ? 'miss' : 'partial';
    return this.#error === null
      ? successReply(output, state, this.cost)
      : failureReply({ ...this.#error, keys: this.#unread }, state, this.cost, output);
  }

  /** The first failure names the code; the keys of all are told. */
  #fail(error: StoreError, keys: readonly AttributeMap[]): void {
    this.#error ??= error;
    this.#unread.push(...keys);
  }
}
