/** Reads that DynamoDB answers because their caller wants so. They fill no cache, but what they see is not contradicted by it afterwards. */
import type { BatchGetItemInput, GetItemInput } from '../../dynamo/types.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { CallBounds } from './call-bounds.ts';
import type { ItemKey, KeyClass, KeySpace } from './item-key.ts';
import type { KeyLines } from './key-lines.ts';
import type { PassedResult, PassThrough } from './pass-through.ts';
import { failureReply, successReply } from './replies.ts';

export interface ReadsPastCacheOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  passThrough: PassThrough;
}

export class ReadsPastCache {
  readonly #options: ReadsPastCacheOptions;

  constructor(options: ReadsPastCacheOptions) {
    this.#options = options;
  }

  /** @param key of the whole item that is asked for; undefined when the answer is a part of it, or nobody's to cache */
  async getItem(input: GetItemInput, key: ItemKey | undefined, bounds: CallBounds): Promise<string> {
    const result = await this.#options.passThrough.read('GetItem', input, bounds);
    if (!result.ok) return failureReply(result.error, 'bypass', result.cost);
    const { Item } = result.output;
    if (key !== undefined) this.#options.lines.compare(key, Item === undefined ? null : JSON.stringify(Item));
    return successReply(JSON.stringify(result.output), 'bypass', result.cost);
  }

  /**
   * As much of the batch as fits one answer.
   *
   * @param whole the keys of which whole items are asked for, by table
   */
  async batchGetItem(input: BatchGetItemInput, whole: ReadonlyMap<string, readonly KeyClass[]>, bounds: CallBounds): Promise<string> {
    const { keySpace, passThrough } = this.#options;
    const result = await passThrough.read('BatchGetItem', input, bounds);
    if (!result.ok && result.output === undefined) return failureReply(result.error, 'bypass', result.cost);
    for (const [table, classes] of whole) this.#compare(table, classes, result);
    const answer = new BatchAnswer(input.RequestItems);
    answer.addPassed(result, input.RequestItems, (row) => keySpace.keyOfRow(row));
    return answer.reply('bypass');
  }

  #compare(table: string, classes: readonly KeyClass[], result: PassedResult<'BatchGetItem'>): void {
    const { keySpace, lines } = this.#options;
    const texts = new Map<string, string>();
    for (const row of result.output?.Responses[table] ?? []) {
      const rowClass = keySpace.classifyItem(table, row);
      if (rowClass.kind === 'own') texts.set(rowClass.key.id, JSON.stringify(row));
    }
    for (const keyClass of classes) {
      if (keyClass.kind !== 'own') continue;
      const text = texts.get(keyClass.key.id);
      // Of a batch that failed, a key without a row may not have been read.
      if (text !== undefined || result.ok) lines.compare(keyClass.key, text ?? null);
    }
  }
}
