/** An `ItemStore` that asks DynamoDB itself: signed HTTPS, retries that are safe, and an account of what it cost. */
import { atomicBatchGet } from './atomic-batch.ts';
import type { CredentialsSource, Fetch } from './attempt.ts';
import { batchGet, batchWrite } from './batches.ts';
import { certainWrite } from './certain-write.ts';
import type { Digests } from './digests.ts';
import type { ItemStore, OperationContext, OperationMeta, OperationResult, StoreError } from './item-store.ts';
import { emptyMeta, takeCapacity } from './operation-meta.ts';
import { REPEATABILITY, countEntries, whyTooMany, type OperationRequest, type Repeatability } from './operations.ts';
import { withConsistency } from './read-consistency.ts';
import { sendRequest, type Answer, type Bounds, type Outcome, type SenderOptions } from './request-sender.ts';
import { createSigner } from './signing.ts';
import type { OperationInput, OperationName } from './types.ts';

export interface DynamoClientOptions {
  /** "eu-west-1" */
  region: string;
  /** default, also for null and '': the region's own. A local DynamoDB: "http://127.0.0.1:8000" */
  endpoint?: string | null;
  credentials: CredentialsSource;
  /** default: the global `fetch`, looked up at every request */
  fetch?: Fetch;
  /** what signatures are computed with; default: Web Crypto */
  digests?: Digests | undefined;
  /** the longest wait for one answer; default 3,000 */
  timeoutMs?: number;
  /** the most times one request is sent; default 8. `context.deadlineMs` usually ends the retries first */
  maxAttempts?: number;
  /** jitter, 0 (included) to 1 (not); default Math.random */
  random?: () => number;
  /** default Date.now */
  nowMs?: () => number;
  /** waits, and returns early when the signal aborts; default: setTimeout */
  sleep?: (waitMs: number, signal?: AbortSignal) => Promise<void>;
}

/** What bounds one request of `DynamoClient.send`. */
export interface SendContext extends Pick<OperationContext, 'deadlineMs' | 'signal'> {
  /** default `once`: sent again only when DynamoDB surely refused it */
  repeatability?: Repeatability;
}

const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_MAX_ATTEMPTS = 8;
const DEFAULT_DEADLINE_MS = 10_000;

/**
 * DynamoDB over its JSON API.
 *
 * Reads and transactions are sent again after throttling, conflicts, server and network failures; a plain write only when DynamoDB
 * refused it, else it fails with `outcome_unknown`. A write aborted after it was sent is `outcome_unknown` too.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/
 */
export class DynamoClient implements ItemStore {
  readonly #sender: SenderOptions;

  /** @throws TypeError when the endpoint is not a URL */
  constructor(options: DynamoClientOptions) {
    const nowMs = options.nowMs ?? Date.now;
    const { href: url } = new URL(options.endpoint || regionalEndpoint(options.region));
    this.#sender = {
      target: {
        url,
        credentials: options.credentials,
        sign: createSigner({ url, region: options.region }, options.digests),
        fetch: options.fetch,
        nowMs,
      },
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      random: options.random ?? Math.random,
      nowMs,
      sleep: options.sleep ?? sleepUnlessAborted,
    };
  }

  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    if (!Object.hasOwn(REPEATABILITY, operation)) throw new TypeError(`unknown operation ${JSON.stringify(operation)}`);
    const meta = emptyMeta();
    const entries = countEntries(input);
    const tooMany = whyTooMany(operation, entries);
    if (tooMany !== null) return { ok: false, error: tooMany, meta };
    if (REPEATABILITY[operation] === 'read') meta.keys = entries;
    const request = { operation, input } as OperationRequest; // `Op` is one operation, with its own input
    const outcome = await this.#perform(withConsistency(request, context.read), context, meta);
    return { ...outcome, meta } as OperationResult<Op>; // DynamoDB's output for the operation that was asked for
  }

  /**
   * Sends any request of DynamoDB's API, "DescribeTable" for one, under the same policy.
   *
   * @param operation DynamoDB's name of it
   * @returns its output as it came, or the error
   */
  async send(operation: string, input: object, { repeatability = 'once', ...context }: SendContext = {}): Promise<Answer> {
    return sendRequest(this.#sender, { operation, input, repeatability }, this.#bounds(context));
  }

  async #perform(request: OperationRequest, context: OperationContext, meta: OperationMeta): Promise<PartialOutcome> {
    const { operation, input } = request;
    const { idempotencyToken: token } = context;
    const bounds = this.#bounds(context);
    const send = (name: OperationName, part: object) => this.#sendMetered(name, part, bounds, meta);
    const run = { ...this.#sender, bounds, send: (part: object) => send(operation, part) };
    switch (request.operation) {
      case 'BatchGetItem':
        return context.atomic === true ? atomicBatchGet(send, request.input) : batchGet(run, request.input);
      case 'BatchWriteItem':
        return batchWrite(run, request.input);
      case 'TransactWriteItems':
        return send(operation, { ...input, ClientRequestToken: request.input.ClientRequestToken ?? token ?? crypto.randomUUID() });
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return token === undefined ? send(operation, input) : certainWrite(send, request, token);
      default:
        return send(operation, input);
    }
  }

  async #sendMetered(operation: OperationName, input: object, bounds: Bounds, meta: OperationMeta): Promise<Outcome> {
    const { [operation]: repeatability } = REPEATABILITY;
    const request = { operation, input: { ...input, ReturnConsumedCapacity: 'TOTAL' }, repeatability };
    const { calls, ...outcome } = await sendRequest(this.#sender, request, bounds);
    meta.calls += calls;
    return outcome.ok ? { ok: true, output: takeCapacity(meta, outcome.output, repeatability !== 'read') } : outcome;
  }

  #bounds({ deadlineMs = DEFAULT_DEADLINE_MS, signal }: Pick<OperationContext, 'deadlineMs' | 'signal'>): Bounds {
    return { deadlineAtMs: this.#sender.nowMs() + deadlineMs, signal };
  }
}

/** A failed batch still carries what it did. */
type PartialOutcome = Outcome | { ok: false; error: StoreError; output: unknown };

function regionalEndpoint(region: string): string {
  return `https://dynamodb.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function sleepUnlessAborted(waitMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    signal?.addEventListener('abort', finish);
    if (signal?.aborted === true) finish();
  });
}
