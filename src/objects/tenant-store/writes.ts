/** PutItem, UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems: which of the tenant's rows they touch, and what they leave of them. */
import type { OperationContext, StoreError } from '../../dynamo/item-store.ts';
import type {
  BatchWriteItemInput,
  DeleteItemInput,
  PutItemInput,
  TransactWriteAction,
  TransactWriteItemsInput,
  UpdateItemInput,
  WriteRequest,
} from '../../dynamo/types.ts';
import type { LentKey } from './shards/asks.ts';
import { changeOfAction, planBatchWrite, planTransactWrite, type Part } from './group-write-plans.ts';
import { isTableName, type ItemKey, type KeyClass, type KeySpace } from './item-key.ts';
import { ARN_REFUSED, FOREIGN_KEY, NOT_OF_SHARD, refusal } from './refusals.ts';
import { planDelete, planPut, planUpdate } from './write-plans.ts';
import { WriteRunner, type WriteRunnerOptions } from './write-runner.ts';
import { classOfRequest, ownKey, rowOfAction } from './write-targets.ts';

type Reply = string | Promise<string>;

export class Writes {
  readonly #keySpace: KeySpace;
  readonly #runner: WriteRunner;

  constructor(options: WriteRunnerOptions) {
    this.#keySpace = options.keySpace;
    this.#runner = new WriteRunner(options);
  }

  putItem(input: PutItemInput, context: OperationContext): Reply {
    const found = this.#keyOf(input.TableName, (space) => space.classifyItem(input.TableName, input.Item));
    if ('error' in found) return refusal(found.error);
    return this.#runner.run({ operation: 'PutItem', plan: planPut(found.key, input, hasToken(context)), input, context });
  }

  updateItem(input: UpdateItemInput, context: OperationContext): Reply {
    const found = this.#keyOf(input.TableName, (space) => space.classify(input.TableName, input.Key));
    if ('error' in found) return refusal(found.error);
    return this.#runner.run({ operation: 'UpdateItem', plan: planUpdate(found.key, input, hasToken(context)), input, context });
  }

  deleteItem(input: DeleteItemInput, context: OperationContext): Reply {
    const found = this.#keyOf(input.TableName, (space) => space.classify(input.TableName, input.Key));
    if ('error' in found) return refusal(found.error);
    return this.#runner.run({ operation: 'DeleteItem', plan: planDelete(found.key, input, hasToken(context)), input, context });
  }

  batchWriteItem(input: BatchWriteItemInput, { idempotencyToken: _notOfBatches, ...context }: OperationContext): Reply {
    const parts: Part<WriteRequest>[] = [];
    for (const [table, requests] of Object.entries(input.RequestItems)) {
      for (const part of requests) {
        const found = this.#keyOf(table, (space) => classOfRequest(space, table, part));
        if ('error' in found) return refusal(found.error);
        parts.push({ key: found.key, part });
      }
    }
    return this.#runner.run({ operation: 'BatchWriteItem', plan: planBatchWrite(input, parts, this.#keySpace), input, context });
  }

  transactWriteItems(input: TransactWriteItemsInput, context: OperationContext): Reply {
    const parts: Part<TransactWriteAction>[] = [];
    const spans = new Map<number, LentKey[]>();
    for (const part of input.TransactItems) {
      const { table, attributes, isItem } = rowOfAction(part);
      const classify = (space: KeySpace) => (isItem ? space.classifyItem(table, attributes) : space.classify(table, attributes));
      const keyClass = isTableName(table) ? classify(this.#keySpace) : undefined;
      if (keyClass?.kind === 'neighbour') {
        const lent = { id: keyClass.key.id, change: changeOfAction(part) };
        // A row that is only looked at is as it was.
        if (lent.change !== 'check') spans.set(keyClass.shard, [...(spans.get(keyClass.shard) ?? []), lent]);
        parts.push({ key: undefined, part, isNeighbours: true });
        continue;
      }
      const found = this.#keyOf(table, classify);
      if ('error' in found) return refusal(found.error);
      parts.push({ key: found.key, part });
    }
    const mayBeRepeated = hasToken(context) || input.ClientRequestToken !== undefined;
    const plan = planTransactWrite(input, parts, mayBeRepeated);
    return this.#runner.run({ operation: 'TransactWriteItems', plan, input, context, spans });
  }

  /** The tenant's own row that is written, none for a row that is cached nowhere, or why it may not be written. */
  #keyOf(table: string, classify: (space: KeySpace) => KeyClass): { key: ItemKey | undefined } | { error: StoreError } {
    if (!isTableName(table)) return { error: ARN_REFUSED };
    const keyClass = classify(this.#keySpace);
    if (keyClass.kind === 'foreign') return { error: FOREIGN_KEY };
    return keyClass.kind === 'neighbour' ? { error: NOT_OF_SHARD } : { key: ownKey(keyClass) };
  }
}

function hasToken({ idempotencyToken }: OperationContext): boolean {
  return idempotencyToken !== undefined;
}
