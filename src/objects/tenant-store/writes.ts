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
import { planBatchWrite, planTransactWrite, type Part } from './group-write-plans.ts';
import { isTableName, type ItemKey, type KeyClass, type KeySpace } from './item-key.ts';
import { ARN_REFUSED, FOREIGN_KEY, refusal } from './refusals.ts';
import { planDelete, planPut, planUpdate } from './write-plans.ts';
import { WriteRunner, type WriteRunnerOptions } from './write-runner.ts';
import { rowOfAction } from './write-targets.ts';

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
    const keyOf = (table: string, request: WriteRequest) => ownKey(classOfRequest(this.#keySpace, table, request));
    return this.#runner.run({ operation: 'BatchWriteItem', plan: planBatchWrite(input, parts, keyOf), input, context });
  }

  transactWriteItems(input: TransactWriteItemsInput, context: OperationContext): Reply {
    const parts: Part<TransactWriteAction>[] = [];
    for (const part of input.TransactItems) {
      const { table, attributes, isItem } = rowOfAction(part);
      const found = this.#keyOf(table, (space) => (isItem ? space.classifyItem(table, attributes) : space.classify(table, attributes)));
      if ('error' in found) return refusal(found.error);
      parts.push({ key: found.key, part });
    }
    const mayBeRepeated = hasToken(context) || input.ClientRequestToken !== undefined;
    return this.#runner.run({ operation: 'TransactWriteItems', plan: planTransactWrite(input, parts, mayBeRepeated), input, context });
  }

  /** The tenant's own row that is written, none for a row that is cached nowhere, or why it may not be written. */
  #keyOf(table: string, classify: (space: KeySpace) => KeyClass): { key: ItemKey | undefined } | { error: StoreError } {
    if (!isTableName(table)) return { error: ARN_REFUSED };
    const keyClass = classify(this.#keySpace);
    return keyClass.kind === 'foreign' ? { error: FOREIGN_KEY } : { key: ownKey(keyClass) };
  }
}

function hasToken({ idempotencyToken }: OperationContext): boolean {
  return idempotencyToken !== undefined;
}

function ownKey(keyClass: KeyClass): ItemKey | undefined {
  return keyClass.kind === 'own' ? keyClass.key : undefined;
}

function classOfRequest(space: KeySpace, table: string, request: WriteRequest): KeyClass {
  return 'PutRequest' in request ? space.classifyItem(table, request.PutRequest.Item) : space.classify(table, request.DeleteRequest.Key);
}
