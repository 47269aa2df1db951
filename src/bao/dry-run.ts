/** What would be sent: operations run, reads included, but no write leaves. */
import type { ItemStore, OperationContext, OperationMeta, OperationResult } from '../dynamo/item-store.ts';
import { REPEATABILITY } from '../dynamo/operations.ts';
import type { OperationRequest } from '../dynamo/operations.ts';
import type { AttributeMap, DeleteItemInput, OperationInput, OperationName, OperationOutput, UpdateItemInput } from '../dynamo/types.ts';
import { currentBatchContext, hasBatchContexts, runWithBatchContext } from './batch-context.ts';
import { ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import { ConfigurationError } from './errors.ts';

/** What a dry run leaves out besides writes. */
export interface DryRunOptions {
  /** false: reads are not sent either, and find nothing; default true, since updates may depend on rows */
  reads?: boolean;
}

/** One request to DynamoDB, in its own words. */
export type PlannedRequest = OperationRequest;

/**
 * Runs `callback` with nothing being written, and returns the requests that would have been sent, in their order.
 *
 * A write is answered as if it had been done; an object that comes of an update is as it is stored. The callback runs in a batch context
 * of its own, with the bounds of the one around it.
 *
 * @throws what the callback throws, before there is any request or after; ConfigurationError without AsyncLocalStorage, where nothing
 *   could keep the callback from writing
 */
export async function dryRun(callback: () => unknown, { reads = true }: DryRunOptions = {}): Promise<PlannedRequest[]> {
  if (!hasBatchContexts()) throw new ConfigurationError(`a dry run needs AsyncLocalStorage: ${ENABLE_ASYNC_STORAGE}`);
  const requests: PlannedRequest[] = [];
  const behind = (store: ItemStore) => new DryStore(requests, reads ? store : null);
  await runWithBatchContext(callback, { ...currentBatchContext()?.options, behind });
  return requests;
}

class DryStore implements ItemStore {
  readonly #requests: PlannedRequest[];
  readonly #reads: ItemStore | null;

  constructor(requests: PlannedRequest[], reads: ItemStore | null) {
    this.#requests = requests;
    this.#reads = reads;
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context?: OperationContext,
  ): Promise<OperationResult<Op>> {
    const request = { operation, input } as OperationRequest; // `Op` is one operation, with its own input
    this.#requests.push(request);
    if (this.#reads !== null && REPEATABILITY[operation] === 'read') return this.#reads.execute(operation, input, context);
    const output = await this.#answer(request, context);
    return { ok: true, output, meta: NO_COST };
  }

  /** What DynamoDB answers to a write that is done, and to a read that finds nothing. */
  async #answer({ operation, input }: OperationRequest, context: OperationContext | undefined): Promise<OperationOutput<OperationName>> {
    switch (operation) {
      case 'UpdateItem':
      case 'DeleteItem':
        return { Attributes: await this.#storedRow(input, context) };
      case 'BatchGetItem':
        return { Responses: {} };
      case 'Query':
      case 'Scan':
        return { Items: [], Count: 0, ScannedCount: 0 };
      case 'TransactGetItems':
        return { Responses: input.TransactItems.map(() => ({})) };
      case 'GetItem':
      case 'PutItem':
      case 'BatchWriteItem':
      case 'TransactWriteItems':
        return {};
    }
  }

  /** The row that an update or delete is about, as far as it may be read. */
  async #storedRow({ TableName, Key }: UpdateItemInput | DeleteItemInput, context: OperationContext = {}): Promise<AttributeMap> {
    const result = await this.#reads?.execute('GetItem', { TableName, Key, ConsistentRead: true }, context);
    return (result?.ok && result.output.Item) || Key;
  }
}

const NO_COST: OperationMeta = { cache: 'bypass', calls: 0, keys: 0, readUnits: 0, writeUnits: 0 };
