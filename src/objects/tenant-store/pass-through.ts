/** Operations that DynamoDB answers itself: they take a connection as all do, and what they saw does not contradict the cache. */
import type { ItemStore, OperationContext, StoreError } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../dynamo/types.ts';
import type { CallBounds } from './call-bounds.ts';
import { costOf, noCost, type Cost } from './cost.ts';
import type { KeySpace } from './item-key.ts';
import { scopeOfQuery } from './query-access.ts';
import { NotAnswered, type Neighbours } from './shards/neighbours.ts';
import type { KeyLines } from './key-lines.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import { failureReply, successReply } from './replies.ts';
import { tracesOf } from './traces.ts';

export interface PassThroughOptions {
  /** null: there are none */
  neighbours: Neighbours | null;
  keySpace: KeySpace;
  store: ItemStore;
  scheduler: RequestScheduler;
  lines: KeyLines;
  nowMs: () => number;
}

export type PassedResult<Op extends OperationName> =
  | { ok: true; output: OperationOutput<Op>; cost: Cost }
  | { ok: false; error: StoreError; output?: OperationOutput<Op>; cost: Cost };

export class PassThrough {
  readonly #options: PassThroughOptions;

  constructor(options: PassThroughOptions) {
    this.#options = options;
  }

  /** The answer to a read, as a reply. */
  async reply<Op extends OperationName>(operation: Op, input: OperationInput<Op>, bounds: CallBounds): Promise<string> {
    const result = await this.read(operation, input, bounds);
    const output = result.output === undefined ? undefined : JSON.stringify(result.output);
    return result.ok ? successReply(output ?? '{}', 'bypass', result.cost) : failureReply(result.error, 'bypass', result.cost, output);
  }

  /** Asks DynamoDB, and sees to it that no cache contradicts the answer. Never throws. */
  async read<Op extends OperationName>(operation: Op, input: OperationInput<Op>, bounds: CallBounds): Promise<PassedResult<Op>> {
    const result = await this.ask(operation, input, bounds);
    const { lines, keySpace, neighbours } = this.#options;
    const { own, others } = keysSeen(operation, input, keySpace);
    lines.forgetRunningWrites((keyId) => own === null || own.has(keyId));
    if (neighbours === null) return result;
    try {
      if (others === null) await neighbours.askAll('expose', { keys: null });
      else await Promise.all(Array.from(others, ([shard, keys]) => neighbours.ask(shard, 'expose', { keys })));
      return result;
    } catch (error) {
      if (error instanceof NotAnswered) return { ok: false, error: error.reason, cost: result.cost };
      throw error;
    }
  }

  /** Asks DynamoDB. What it says may be contradicted by what is cached. Never throws. */
  async ask<Op extends OperationName>(operation: Op, input: OperationInput<Op>, bounds: CallBounds): Promise<PassedResult<Op>> {
    const { scheduler, nowMs } = this.#options;
    return new Promise<PassedResult<Op>>((resolve) => {
      const send = async () => {
        const deadlineMs = bounds.deadlineAtMs - nowMs();
        resolve(
          deadlineMs > 0
            ? await this.#execute(operation, input, { ...bounds.context, deadlineMs, ...tracesOf([bounds.share]) })
            : { ok: false, error: OUT_OF_TIME, cost: noCost() },
        );
      };
      scheduler.run('read', send, bounds.share);
    });
  }

  async #execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context: OperationContext): Promise<PassedResult<Op>> {
    try {
      const { meta, ...result } = await this.#options.store.execute(operation, input, context);
      return { ...result, cost: costOf(meta) };
    } catch (error) {
      return { ok: false, error: { code: 'unavailable', message: `${operation}: ${String(error)}` }, cost: noCost() };
    }
  }
}

export const OUT_OF_TIME: StoreError = {
  code: 'deadline_exceeded',
  message: 'the deadline passed before DynamoDB could be asked',
  retryAfterMs: 0,
};

/** The rows of the tenant that a read may show. */
interface SeenKeys {
  /** ids of own keys; null: any */
  own: ReadonlySet<string> | null;
  /** of keys of other shards, by shard; null: any */
  others: ReadonlyMap<number, readonly string[]> | null;
}

function keysSeen(operation: OperationName, input: unknown, keySpace: KeySpace): SeenKeys {
  if (operation === 'Query') {
    // Of the operation: a partition of the table is of one shard.
    const { partitionKey } = scopeOfQuery(keySpace, input as OperationInput<'Query'>);
    return { own: null, others: partitionKey === undefined ? null : new Map() };
  }
  if (operation === 'Scan') return { own: null, others: null };
  const { TableName = '', Key, RequestItems = {}, TransactItems = [] } = input as KeyedRead; // of an operation that names its keys
  const named = [
    ...(Key === undefined ? [] : [{ TableName, Key }]),
    ...TransactItems.map(({ Get }) => Get),
    ...Object.entries(RequestItems).flatMap(([table, { Keys }]) => Keys.map((key) => ({ TableName: table, Key: key }))),
  ];
  const own = new Set<string>();
  const others = new Map<number, string[]>();
  for (const keyClass of named.map((get) => keySpace.classify(get.TableName, get.Key))) {
    if (keyClass.kind === 'own') own.add(keyClass.key.id);
    if (keyClass.kind === 'neighbour') others.set(keyClass.shard, [...(others.get(keyClass.shard) ?? []), keyClass.key.id]);
  }
  return { own, others };
}

type KeyedRead = Partial<OperationInput<'GetItem'> & OperationInput<'BatchGetItem'> & OperationInput<'TransactGetItems'>>;
