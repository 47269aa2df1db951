/**
 * The tenant's store without its object: everything that decides. What it needs of the world comes as arguments: DynamoDB, the time, the one
 * thing that survives it, and the memory it shares. It owns no timer while it is idle, so that the object can stop existing.
 *
 * Guarantee, for all operations through it: every key is linearizable; no read returns a value older than an acknowledged write or than a
 * value already returned. Writers that bypass it are seen when an entry's time is up.
 */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../dynamo/types.ts';
import type { CertainOutcome } from './certain-writes.ts';
import { isRead } from '../../dynamo/operation-kinds.ts';
import type { Reply } from './reads.ts';
import { refusal } from './refusals.ts';
import { StoreControl } from './store-control.ts';
import { assemble, type StoreCoreOptions, type StoreParts } from './store-parts.ts';

export type { StoreCoreOptions };

/** One operation as it came; its input is checked no further than the operation needs, the rest is DynamoDB's to refuse. */
export interface CoreCall {
  operation: OperationName;
  input: unknown;
  context: OperationContext;
}

export class StoreCore {
  readonly control: StoreControl;
  readonly #parts: StoreParts;

  constructor(options: StoreCoreOptions) {
    this.#parts = assemble(options);
    this.control = new StoreControl(this.#parts);
  }

  /** For what the objects of a tenant ask each other. */
  get parts(): StoreParts {
    return this.#parts;
  }

  /** How often what is answered from memory has changed: while it is the same, a row that is answered from memory is the same. */
  get changes(): number {
    return this.#parts.cache.changes;
  }

  /**
   * Executes one operation.
   *
   * @returns JSON of its `StoreReply`; a text at once when all of it was in memory. A promise of it does not reject
   */
  execute(call: CoreCall): Reply {
    try {
      const reply = this.#dispatch(call);
      return typeof reply === 'string' ? reply : reply.catch((error: unknown) => defectReply(call.operation, error));
    } catch (error) {
      // Nothing has been sent: an input of another shape than its operation's does not get past the reading of its keys.
      if (error instanceof TypeError) return refusal({ code: 'invalid_request', message: `${call.operation}: ${error.message}` });
      throw error;
    }
  }

  /** What became of the write that was sent with this idempotency token; one that is in doubt is sent again to find out. */
  async settle(token: string): Promise<CertainOutcome> {
    const { certain } = this.#parts;
    const known = certain.outcomeOf(token);
    if (known.state !== 'doubtful') return known;
    const { operation, text } = known.request;
    await this.execute({ operation, input: JSON.parse(text) as unknown, context: { idempotencyToken: token } });
    return certain.outcomeOf(token);
  }

  #dispatch({ operation, input, context }: CoreCall): Reply {
    const { reads, writes } = this.#parts;
    switch (operation) {
      case 'GetItem':
        return reads.getItem(as<'GetItem'>(input), context);
      case 'BatchGetItem':
        return reads.batchGetItem(as<'BatchGetItem'>(input), context);
      case 'TransactGetItems':
        return reads.transactGetItems(as<'TransactGetItems'>(input), context);
      case 'Query':
        return reads.query(as<'Query'>(input), context);
      case 'Scan':
        return reads.scan(as<'Scan'>(input), context);
      case 'PutItem':
        return writes.putItem(as<'PutItem'>(input), context);
      case 'UpdateItem':
        return writes.updateItem(as<'UpdateItem'>(input), context);
      case 'DeleteItem':
        return writes.deleteItem(as<'DeleteItem'>(input), context);
      case 'BatchWriteItem':
        return writes.batchWriteItem(as<'BatchWriteItem'>(input), context);
      case 'TransactWriteItems':
        return writes.transactWriteItems(as<'TransactWriteItems'>(input), context);
      default:
        operation satisfies never;
        throw new TypeError('unknown operation');
    }
  }
}

/** One operation that breaks does not fail the others of its call. A write has been sent by then, as far as anybody knows. */
function defectReply(operation: OperationName, error: unknown): string {
  const code = isRead(operation) ? 'unavailable' : 'outcome_unknown';
  return refusal({ code, message: `${operation}: ${String(error)}` });
}

/** The client has put an input of this operation beside its name. */
function as<Op extends OperationName>(input: unknown): OperationInput<Op> {
  return input as OperationInput<Op>; // a wrong shape ends as a TypeError in `execute`, or as DynamoDB's refusal
}
