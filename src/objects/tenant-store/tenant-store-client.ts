/** The caller's side of the tenant's object: an `ItemStore` whose operations of one tick travel in one call. */
import type { ItemStore, OperationContext, OperationMeta, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../dynamo/types.ts';
import { ServiceError } from '../../lib/errors.ts';
import type { TrafficSecond } from '../../wire/traffic.ts';
import { storeVersionToken } from '../../wire/store-version.ts';
import { MAX_IDEMPOTENCY_RESPONSE_BYTES, type IdempotencyClaim, type IdempotencyKeys } from '../../wire/idempotency.ts';
import { readInParts } from './batch-in-parts.ts';
import { CallInFlight, failure, type AnsweredReply } from './call-in-flight.ts';
import { movedError } from './shards/moved.ts';
import { isOperation } from '../../dynamo/operation-kinds.ts';
import type { AnswerState, StoreAnswer, StoreCall, StoreReply, TenantStoreRpc } from './rpc.ts';

const DEFAULT_DEADLINE_MS = 10_000;
/** The object ends what it does by the deadline and knows more of it than this side, so it gets this long to say so. */
const GRACE_MS = 50;
/** The runtime carries 32 MiB in a call, and takes two bytes for each character of a text that has a wide one. */
const MAX_REQUEST_LENGTH = 12 * 1024 * 1024;

/**
 * The store of one tenant.
 *
 * It keeps no stub: it asks `connect` for one at every call, since stubs belong to a request and break when their object is reset. So one client
 * may serve all requests of an isolate; operations are collected only within one turn of the event loop, which is always of one request.
 * The answers of one tick come together, when the last of them is known.
 */
export class TenantStoreClient implements ItemStore, IdempotencyKeys {
  readonly #connect: () => TenantStoreRpc;
  readonly #tenant: string;
  readonly #takeTraffic: () => TrafficSecond[];
  #collected: CallInFlight[] = [];

  /**
   * @param connect a stub of the tenant's object, see `tenantStoreStub`
   * @param takeTraffic what is to be told of the tenant's traffic with the next call
   */
  constructor(connect: () => TenantStoreRpc, tenant: string, takeTraffic: () => TrafficSecond[] = () => []) {
    this.#connect = connect;
    this.#tenant = tenant;
    this.#takeTraffic = takeTraffic;
  }

  /**
   * As `ItemStore` says. A batch whose items are more than one answer carries is read in several. When the object is lost on the way, reads and writes with a token are sent once more; what still fails is `unavailable` for reads and
   * `outcome_unknown` for writes. An abort ends the waiting, not the operation.
   */
  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    if (!isOperation(operation)) throw new TypeError(`unknown operation ${JSON.stringify(operation)}`);
    const ask = (part: unknown, bounds: OperationContext) => this.#ask(operation, part, bounds);
    const isBatch = operation === 'BatchGetItem';
    // A batch has a batch's input; and the object answers each operation with its own output.
    const reply = isBatch ? await readInParts(ask, input as OperationInput<'BatchGetItem'>, context) : await ask(input, context);
    return reply as OperationResult<Op>;
  }

  async claimIdempotencyKey(key: string, fingerprint: string): Promise<IdempotencyClaim> {
    const output = await this.#sendToLedger({ operation: 'ClaimIdempotencyKey', input: { key, fingerprint } });
    return output as IdempotencyClaim; // what the object's ledger answers a claim with
  }

  async completeIdempotencyKey(key: string, response: string): Promise<void> {
    // A response that cannot fit is not sent; the object counts the bytes.
    if (response.length > MAX_IDEMPOTENCY_RESPONSE_BYTES) {
      throw new ServiceError('invalid_input', `A remembered response has at most ${MAX_IDEMPOTENCY_RESPONSE_BYTES} bytes.`);
    }
    await this.#sendToLedger({ operation: 'CompleteIdempotencyKey', input: { key, response } });
  }

  async releaseIdempotencyKey(key: string): Promise<void> {
    await this.#sendToLedger({ operation: 'ReleaseIdempotencyKey', input: { key } });
  }

  async doubtIdempotencyKey(key: string): Promise<void> {
    await this.#sendToLedger({ operation: 'DoubtIdempotencyKey', input: { key } });
  }

  async #ask(operation: OperationName, input: unknown, context: OperationContext): Promise<AnsweredReply> {
    const { signal, ...carried } = context;
    if (signal?.aborted === true) return failure({ code: 'aborted', message: `${operation}: aborted by the caller` });
    return this.#send({ operation, input, context: carried }, context);
  }

  async #sendToLedger(call: StoreCall): Promise<unknown> {
    const reply = await this.#send(call, {});
    if (!reply.ok) throw serviceErrorOf(reply.error);
    return reply.output;
  }

  #send(call: StoreCall, { signal, deadlineMs }: OperationContext): Promise<AnsweredReply> {
    const waitMs = Number.isFinite(deadlineMs) ? Number(deadlineMs) + GRACE_MS : DEFAULT_DEADLINE_MS + GRACE_MS;
    return new Promise((resolve) => {
      const inFlight = new CallInFlight(call, { waitMs, signal, settle: resolve });
      if (this.#collected.length === 0) queueMicrotask(() => this.#flush());
      this.#collected.push(inFlight);
    });
  }

  #flush(): void {
    const calls = this.#collected;
    this.#collected = [];
    let request: CallInFlight[] = [];
    let length = 0;
    for (const call of calls) {
      if (request.length > 0 && length + call.text.length > MAX_REQUEST_LENGTH) {
        void this.#execute(request, true); // every call of it is settled, whatever happens
        request = [];
        length = 0;
      }
      request.push(call);
      length += call.text.length;
    }
    void this.#execute(request, true); // every call of it is settled, whatever happens
  }

  /** Settles all `calls`. */
  async #execute(calls: readonly CallInFlight[], mayRepeat: boolean): Promise<void> {
    let replies: StoreReply[];
    let state: AnswerState;
    try {
      const traffic = this.#takeTraffic();
      const request = `{"tenant":${JSON.stringify(this.#tenant)},"calls":[${calls.map((call) => call.text).join(',')}]}`;
      const text = await (traffic.length === 0 ? this.#connect().execute(request) : this.#connect().execute(request, traffic));
      const answer = JSON.parse(text) as StoreAnswer; // written by the object
      if ('moved' in answer) {
        for (const call of calls) call.settle(failure(movedError(answer.moved)));
        return;
      }
      ({ replies, state } = answer);
    } catch (error) {
      await this.#lose(calls, error, mayRepeat);
      return;
    }
    const resent = calls.filter((call, index) => {
      const reply = replies[index];
      if (reply !== undefined && 'resend' in reply) return true;
      if (reply !== undefined) noteState(reply.meta, state);
      call.settle(reply ?? failure({ code: 'unavailable', message: 'the object has not answered this call' }));
      return false;
    });
    await Promise.all(resent.map((call) => this.#execute([call], true)));
  }

  /** The object was lost with the calls in it. Reads, and writes with a token, are sent again, unless it is overloaded: a repeat would add to that. */
  async #lose(calls: readonly CallInFlight[], error: unknown, mayRepeat: boolean): Promise<void> {
    const isOverloaded = error instanceof Error && 'overloaded' in error && error.overloaded === true;
    const repeated = mayRepeat && !isOverloaded ? calls.filter((call) => call.mayRepeat) : [];
    for (const call of calls) if (!repeated.includes(call)) call.lose(error);
    if (repeated.length > 0) await this.#execute(repeated, false);
  }
}

/** Says in an answer's meta what its caller has seen, and of an answer from memory that it is of that state. */
function noteState(meta: OperationMeta, { epoch, shard, instance, began, ended, others = [] }: AnswerState): void {
  meta.version = storeVersionToken({ epoch, states: [{ shard, instance, changes: ended }, ...others] });
  if (meta.cache === 'hit' && began === ended) meta.isOfVersion = true;
}

function serviceErrorOf({ code, message, retryAfterMs }: StoreError): ServiceError {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (code === 'invalid_request') return new ServiceError('invalid_input', message);
  if (code === 'throttled') return new ServiceError('throttled', message, options);
  return new ServiceError('unavailable', 'The store of this tenant cannot be reached.', { ...options, cause: message });
}
