/**
 * A tenant's store for its callers, however many objects it has. An object that does not answer for its keys any more says so, and nothing has been
 * done then: the operation goes to the one that does, as soon as that is open.
 */
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../../dynamo/item-store.ts';
import { countEntries, whyTooMany } from '../../../dynamo/operations.ts';
import type { TableProfile } from '../../../dynamo/table-profile.ts';
import type { BatchWriteItemInput, BatchWriteItemOutput, OperationInput, OperationName } from '../../../dynamo/types.ts';
import type { IdempotencyClaim, IdempotencyKeys } from '../../../wire/idempotency.ts';
import type { TrafficSecond } from '../../../wire/traffic.ts';
import { joinedAnswers, joinedMeta } from '../batch-in-parts.ts';
import { noCost } from '../cost.ts';
import { boundsOf } from '../call-bounds.ts';
import type { StoreAddress, TenantStoreRpc } from '../rpc.ts';
import { TenantStoreClient } from '../tenant-store-client.ts';
import type { ShardRpc } from './asks.ts';
import type { Division } from './division.ts';
import type { KnownDivisions } from './known-divisions.ts';
import { asked, NotAnswered } from './neighbours.ts';
import { partsOf, whyNotDistinct, type Parts } from './routing.ts';

/** Whose rows they are, and how their objects are reached. */
export interface ShardedStoreOptions {
  tenant: string;
  profile: Pick<TableProfile, 'key' | 'indexes'>;
  /** a stub of an object */
  connect: (address: StoreAddress) => TenantStoreRpc & ShardRpc;
  /** shared by all stores of the isolate */
  divisions: KnownDivisions;
  /** what the tenant's first object is to be told of the tenant's traffic */
  takeTraffic?: () => TrafficSecond[];
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** How long a caller waits for a new division to open, between two tries. */
const RETRY_MS = 20;

/** A tenant's rows behind as many objects as its keys are divided among, as one ItemStore. */
export class ShardedStore implements ItemStore, IdempotencyKeys {
  readonly #options: ShardedStoreOptions;
  /** of the latest division that was used; one for each shard */
  #clients: { epoch: number; byShard: Map<number, TenantStoreClient> } = { epoch: 0, byShard: new Map() };
  readonly #first: TenantStoreClient;

  constructor(options: ShardedStoreOptions) {
    this.#options = options;
    const { tenant, connect, takeTraffic } = options;
    this.#first = new TenantStoreClient(() => connect({ tenant, shard: 0, epoch: 0 }), tenant, takeTraffic);
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    const { nowMs } = this.#options;
    const { deadlineAtMs } = boundsOf(context, nowMs());
    let result = await this.#executeIn(this.#division, operation, input, context);
    while (!result.ok && result.error.code === 'moved') {
      await this.#learn(result.error);
      const deadlineMs = deadlineAtMs - nowMs();
      if (deadlineMs <= 0) return { ok: false, error: OUT_OF_TIME, meta: result.meta };
      result = await this.#executeIn(this.#division, operation, input, { ...context, deadlineMs });
    }
    return result;
  }

  claimIdempotencyKey(key: string, fingerprint: string): Promise<IdempotencyClaim> {
    return this.#first.claimIdempotencyKey(key, fingerprint);
  }

  completeIdempotencyKey(key: string, response: string): Promise<void> {
    return this.#first.completeIdempotencyKey(key, response);
  }

  releaseIdempotencyKey(key: string): Promise<void> {
    return this.#first.releaseIdempotencyKey(key);
  }

  doubtIdempotencyKey(key: string): Promise<void> {
    return this.#first.doubtIdempotencyKey(key);
  }

  get #division(): Division {
    return this.#options.divisions.of(this.#options.tenant);
  }

  async #executeIn<Op extends OperationName>(
    { epoch, shards }: Division,
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext,
  ): Promise<OperationResult<Op>> {
    if (shards === 1) return this.#clientOf(epoch, 0).execute(operation, input, context);
    // Else one part might be done of what is refused as a whole.
    const refused = whyTooMany(operation, countEntries(input)) ?? whyNotDistinct(operation, input, this.#options.profile);
    if (refused !== null) return { ok: false, error: refused, meta: { cache: 'bypass', ...noCost() } };
    const parts = partsOf(operation, input, { profile: this.#options.profile, shards, isAtomic: context.atomic === true });
    const [only] = parts;
    if (only !== undefined && parts.size === 1) return this.#clientOf(epoch, only[0]).execute(operation, only[1], context);
    return this.#executeParts(epoch, operation, parts, context);
  }

  /** Each part of a batch by itself: one that has moved does not keep the others from what they have done. */
  async #executeParts<Op extends OperationName>(
    epoch: number,
    operation: Op,
    parts: Parts<OperationInput<Op>>,
    context: OperationContext,
  ): Promise<OperationResult<Op>> {
    const results = await Promise.all(
      Array.from(parts, async ([shard, part]) => {
        const result = await this.#clientOf(epoch, shard).execute(operation, part, context);
        const isMoved = !result.ok && result.error.code === 'moved';
        if (isMoved) await this.#learn(result.error);
        return { part, result: isMoved ? await this.execute(operation, part, context) : result };
      }),
    );
    // A batch that has parts reads, or writes.
    return operation === 'BatchGetItem' ? joinedReads(results) : joinedWrites(results);
  }

  #clientOf(epoch: number, shard: number): TenantStoreClient {
    if (epoch === 0 && shard === 0) return this.#first;
    if (this.#clients.epoch !== epoch) this.#clients = { epoch, byShard: new Map() };
    const known = this.#clients.byShard.get(shard);
    if (known !== undefined) return known;
    const { tenant, connect } = this.#options;
    const client = new TenantStoreClient(() => connect({ tenant, shard, epoch }), tenant);
    this.#clients.byShard.set(shard, client);
    return client;
  }

  /** Finds out how the keys are divided, and waits where that is still under way. */
  async #learn({ division }: StoreError): Promise<void> {
    const { tenant, connect, divisions, sleep } = this.#options;
    const before = divisions.of(tenant).epoch;
    if (division !== undefined) divisions.learn(tenant, division);
    if (divisions.of(tenant).epoch > before) return;
    try {
      const { value } = await asked({ tenant, shard: 0, epoch: 0 }, connect, 'division', {});
      divisions.learn(tenant, value);
    } catch (error) {
      if (!(error instanceof NotAnswered)) throw error; // else it is asked again
    }
    if (divisions.of(tenant).epoch === before) await sleep(RETRY_MS);
  }
}

const OUT_OF_TIME: StoreError = {
  code: 'deadline_exceeded',
  message: 'the deadline passed while the keys of the tenant were divided anew',
  retryAfterMs: 100,
};

interface PartResult<Op extends OperationName> {
  part: OperationInput<Op>;
  result: OperationResult<Op>;
}

function joinedReads(results: readonly PartResult<OperationName>[]): OperationResult<'BatchGetItem'> {
  const parts = results as readonly PartResult<'BatchGetItem'>[]; // of the operation that was taken apart
  return joinedAnswers(parts.map(({ part, result }) => ({ asked: part, answer: result }))) as OperationResult<'BatchGetItem'>; // of its parts
}

/** What is not known to be written stands among the unprocessed requests. */
function joinedWrites(results: readonly PartResult<OperationName>[]): OperationResult<'BatchWriteItem'> {
  const UnprocessedItems: BatchWriteItemInput['RequestItems'] = {};
  const errors: StoreError[] = [];
  // Of the operation that was taken apart.
  for (const { part, result } of results as readonly PartResult<'BatchWriteItem'>[]) {
    if (!result.ok) errors.push(result.error);
    const output: BatchWriteItemOutput | undefined = result.output;
    const left = result.ok ? output?.UnprocessedItems : (output?.UnprocessedItems ?? part.RequestItems);
    for (const [table, requests] of Object.entries(left ?? {})) UnprocessedItems[table] = [...(UnprocessedItems[table] ?? []), ...requests];
  }
  const meta = results.map(({ result }) => result.meta).reduce(joinedMeta);
  const error = errors.find(({ code }) => code === 'outcome_unknown') ?? errors[0];
  return error === undefined ? { ok: true, output: {}, meta } : { ok: false, error, output: { UnprocessedItems }, meta };
}
