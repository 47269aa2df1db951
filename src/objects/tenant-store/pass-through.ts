/** Operations that DynamoDB answers itself: they take a connection as all do, and what they saw does not contradict the cache. */
import type { ItemStore, OperationContext, StoreError } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../dynamo/types.ts';
import type { CallBounds } from './call-bounds.ts';
import { costOf, noCost, type Cost } from './cost.ts';
import type { KeySpace } from './item-key.ts';
import type { KeyLines } from './key-lines.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import { failureReply, successReply } from './replies.ts';

export interface PassThroughOptions {
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

  /** Asks DynamoDB. Never throws. */
  async read<Op extends OperationName>(operation: Op, input: OperationInput<Op>, bounds: CallBounds): Promise<PassedResult<Op>> {
    const { scheduler, lines, nowMs } = this.#options;
    const result = await new Promise<PassedResult<Op>>((resolve) => {
      const send = async () => {
        const deadlineMs = bounds.deadlineAtMs - nowMs();
        resolve(
          deadlineMs > 0
            ? await this.#execute(operation, input, { ...bounds.context, deadlineMs })
            : { ok: false, error: OUT_OF_TIME, cost: noCost() },
        );
      };
      scheduler.run('read', send, bounds.share);
    });
    const seen = keysSeen(operation, input, this.#options.keySpace);
    lines.forgetRunningWrites((keyId) => seen === null || seen.has(keyId));
    return result;
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

/** The ids of the tenant's keys that a read names; null when it may show any. */
function keysSeen(operation: OperationName, input: unknown, keySpace: KeySpace): ReadonlySet<string> | null {
  if (operation === 'Query' || operation === 'Scan') return null;
  const { TableName = '', Key, RequestItems = {}, TransactItems = [] } = input as KeyedRead; // of an operation that names its keys
  const named = [
    ...(Key === undefined ? [] : [{ TableName, Key }]),
    ...TransactItems.map(({ Get }) => Get),
    ...Object.entries(RequestItems).flatMap(([table, { Keys }]) => Keys.map((key) => ({ TableName: table, Key: key }))),
  ];
  const classes = named.map((get) => keySpace.classify(get.TableName, get.Key));
  return new Set(classes.flatMap((keyClass) => (keyClass.kind === 'own' ? [keyClass.key.id] : [])));
}

type KeyedRead = Partial<OperationInput<'GetItem'> & OperationInput<'BatchGetItem'> & OperationInput<'TransactGetItems'>>;
