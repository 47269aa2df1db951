/** PutItem, UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems: in turn for each key, and what they leave is cached as they are acknowledged. */
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type {
  AttributeMap,
  BatchWriteItemInput,
  DeleteItemInput,
  OperationInput,
  PutItemInput,
  TransactWriteAction,
  TransactWriteItemsInput,
  UpdateItemInput,
  WriteRequest,
} from '../../dynamo/types.ts';
import { boundsOf, type CallBounds } from './call-bounds.ts';
import { costOf, noCost } from './cost.ts';
import { planBatchWrite, planTransactWrite, type Part } from './group-write-plans.ts';
import { isTableName, type ItemKey, type KeyClass, type KeySpace } from './item-key.ts';
import type { Effects, KeyLines } from './key-lines.ts';
import { OUT_OF_TIME } from './pass-through.ts';
import { ARN_REFUSED, FOREIGN_KEY, refusal, TOO_MANY_WRITES } from './refusals.ts';
import { failureReply, successReply } from './replies.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import { READ_ONLY, type StoreMode } from './store-mode.ts';
import type { AnnouncedWrite, WriteJournal } from './write-journal.ts';
import { NO_EFFECTS, planDelete, planPut, planUpdate, type WriteOperation, type WritePlan } from './write-plans.ts';

export interface WritesOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  scheduler: RequestScheduler;
  store: ItemStore;
  journal: WriteJournal;
  mode: StoreMode;
  nowMs: () => number;
}

type Reply = string | Promise<string>;

interface Ended {
  effects: Effects;
  value: string;
}

export class Writes {
  readonly #options: WritesOptions;

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  putItem(input: PutItemInput, context: OperationContext): Reply {
    const key = this.#keyOf(input.TableName, (space) => space.classifyItem(input.TableName, input.Item));
    return 'error' in key ? refusal(key.error) : this.#write('PutItem', planPut(key.key, input), context);
  }

  updateItem(input: UpdateItemInput, context: OperationContext): Reply {
    const key = this.#keyOf(input.TableName, (space) => space.classify(input.TableName, input.Key));
    return 'error' in key ? refusal(key.error) : this.#write('UpdateItem', planUpdate(key.key, input), context);
  }

  deleteItem(input: DeleteItemInput, context: OperationContext): Reply {
    const key = this.#keyOf(input.TableName, (space) => space.classify(input.TableName, input.Key));
    return 'error' in key ? refusal(key.error) : this.#write('DeleteItem', planDelete(key.key, input), context);
  }

  batchWriteItem(input: BatchWriteItemInput, context: OperationContext): Reply {
    const parts: Part<WriteRequest>[] = [];
    for (const [table, requests] of Object.entries(input.RequestItems)) {
      for (const part of requests) {
        const found = this.#keyOf(table, (space) => classOfRequest(space, table, part));
        if ('error' in found) return refusal(found.error);
        parts.push({ key: found.key, part });
      }
    }
    const keyOf = (table: string, request: WriteRequest) => ownKey(classOfRequest(this.#options.keySpace, table, request));
    return this.#write('BatchWriteItem', planBatchWrite(input, parts, keyOf), context);
  }

  transactWriteItems(input: TransactWriteItemsInput, context: OperationContext): Reply {
    const parts: Part<TransactWriteAction>[] = [];
    for (const part of input.TransactItems) {
      const { table, attributes, isItem } = targetOfAction(part);
      const found = this.#keyOf(table, (space) => (isItem ? space.classifyItem(table, attributes) : space.classify(table, attributes)));
      if ('error' in found) return refusal(found.error);
      parts.push({ key: found.key, part });
    }
    return this.#write('TransactWriteItems', planTransactWrite(input, parts), context);
  }

  /** The tenant's own row that is written, none for a row that is cached nowhere, or why it may not be written. */
  #keyOf(table: string, classify: (space: KeySpace) => KeyClass): { key: ItemKey | undefined } | { error: StoreError } {
    if (!isTableName(table)) return { error: ARN_REFUSED };
    const keyClass = classify(this.#options.keySpace);
    return keyClass.kind === 'foreign' ? { error: FOREIGN_KEY } : { key: ownKey(keyClass) };
  }

  #write(operation: WriteOperation, plan: WritePlan, context: OperationContext): Reply {
    const { lines, journal, scheduler, mode, nowMs } = this.#options;
    if (mode.isReadOnly) return refusal(READ_ONLY);
    const bounds = boundsOf(context, nowMs());
    const write = journal.announce({
      operation,
      keys: plan.rows.map(({ key }) => key.id),
      changes: plan.rows.map(({ change }) => change),
      leavesByMs: bounds.deadlineAtMs,
    });
    if (write === null) return refusal(TOO_MANY_WRITES);
    return lines.write(
      plan.rows.map(({ key }) => key),
      () =>
        new Promise<Ended>((resolve, reject) => {
          scheduler.run('write', () => this.#run(write, plan, bounds).then(resolve, reject));
        }),
    );
  }

  async #run(write: AnnouncedWrite, plan: WritePlan, bounds: CallBounds): Promise<Ended> {
    const { journal } = this.#options;
    const refused = await this.#beforeLeaving(write, bounds);
    if (refused !== null) {
      journal.end(
        write,
        plan.rows.map(() => 'refused' as const),
      );
      return { effects: NO_EFFECTS, value: refusal(refused) };
    }
    const result = await this.#execute(write.intent.operation, plan.input, bounds);
    const { effects, outcomes, output, error } = plan.conclude(result);
    journal.end(write, outcomes);
    const cost = costOf(result.meta);
    const value = error === undefined ? successReply(output ?? '{}', 'bypass', cost) : failureReply(error, 'bypass', cost, output);
    return { effects, value };
  }

  /** Why the write may not leave, if so. */
  async #beforeLeaving(write: AnnouncedWrite, { deadlineAtMs }: CallBounds): Promise<StoreError | null> {
    const { journal, mode, nowMs } = this.#options;
    if (deadlineAtMs <= nowMs()) return OUT_OF_TIME;
    try {
      await journal.beforeLeaving(write);
      return mode.isReadOnly ? READ_ONLY : null;
    } catch (error) {
      // An instance that was replaced has no storage any more, and must not write either.
      return { code: 'unavailable', message: `the object cannot write its journal: ${String(error)}`, retryAfterMs: 0 };
    }
  }

  async #execute(operation: WriteOperation, input: unknown, { deadlineAtMs }: CallBounds): Promise<OperationResult<WriteOperation>> {
    const deadlineMs = deadlineAtMs - this.#options.nowMs();
    try {
      // The plan's input is of its operation.
      return await this.#options.store.execute(operation, input as OperationInput<WriteOperation>, { deadlineMs });
    } catch (error) {
      return {
        ok: false,
        error: { code: 'outcome_unknown', message: `${operation}: ${String(error)}` },
        meta: { cache: 'bypass', ...noCost() },
      };
    }
  }
}

function ownKey(keyClass: KeyClass): ItemKey | undefined {
  return keyClass.kind === 'own' ? keyClass.key : undefined;
}

function classOfRequest(space: KeySpace, table: string, request: WriteRequest): KeyClass {
  return 'PutRequest' in request ? space.classifyItem(table, request.PutRequest.Item) : space.classify(table, request.DeleteRequest.Key);
}

function targetOfAction(action: TransactWriteAction): { table: string; attributes: AttributeMap; isItem: boolean } {
  if ('Put' in action) return { table: action.Put.TableName, attributes: action.Put.Item, isItem: true };
  const target = 'Update' in action ? action.Update : 'Delete' in action ? action.Delete : action.ConditionCheck;
  return { table: target.TableName, attributes: target.Key, isItem: false };
}
