/** An idempotent producer of a stream: what is appended while a request is under way goes together in the next one. */
import { isFinal } from './connection.ts';
import type { Connection } from './connection.ts';
import { waitToRetry } from './retry.ts';

/** Who writes: under one `id` and `epoch` each message is stored once. */
export interface ProducerOptions {
  /** names the producer to the stream; default: a random one */
  id?: string;
  /** grows whenever the producer of this name begins anew; who has written with a lower one can write no more. Default 0 */
  epoch?: number;
  /** of the stream; default application/json, of which messages are values. Of other types they are texts or bytes, each in a request of its own */
  contentType?: string;
  /** gives up what is not stored */
  signal?: AbortSignal;
}

interface Waiting {
  body: string | Uint8Array<ArrayBuffer>;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** How much goes in one request, in characters. */
const BATCH_LENGTH = 512 * 1024;

/** Appends to a stream in order, each message once; what is appended while a request is under way goes together in the next. */
export class StreamProducer {
  readonly #connection: Connection;
  readonly #name: string;
  readonly #options: ProducerOptions;
  readonly #contentType: string;
  readonly #id: string;
  readonly #queue: Waiting[] = [];
  #seq = 0;
  #isSending = false;
  /** why nothing can be appended any more */
  #refusal: { error: unknown } | null = null;

  constructor(connection: Connection, name: string, options: ProducerOptions) {
    this.#connection = connection;
    this.#name = name;
    this.#options = options;
    this.#contentType = options.contentType ?? 'application/json';
    this.#id = options.id ?? crypto.randomUUID();
  }

  /**
   * Appends a message behind those before it, also while there is no connection.
   *
   * @returns when it is stored
   * @throws SteamerError when the service refuses for good (`stream_closed`, `stale_producer`, …), and then for all that comes after it;
   *   the reason of `signal` when that is aborted
   */
  async append(message: unknown): Promise<void> {
    if (this.#refusal) throw this.#refusal.error;
    const body = this.#isJson ? JSON.stringify(message) : (message as string | Uint8Array<ArrayBuffer>); // as `contentType` says
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ body, resolve, reject });
    void this.#sendAll(); // what fails is told to those who wait
    await promise;
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    await Promise.resolve(); // what is appended in the same turn goes together
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#store(this.#isJson ? `[${batch.map(({ body }) => body).join(',')}]` : (batch[0]?.body ?? ''));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#refusal = { error };
        for (const { reject } of [...batch, ...this.#queue.splice(0)]) reject(error);
      }
    }
    this.#isSending = false;
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let length = 0;
    for (const { body } of this.#queue) {
      if (count > 0 && (!this.#isJson || length + body.length > BATCH_LENGTH)) break;
      length += body.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Under one number, so that what is sent twice is stored once. */
  async #store(body: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const { epoch = 0, signal } = this.#options;
    const headers = {
      'content-type': this.#contentType,
      'producer-id': this.#id,
      'producer-epoch': String(epoch),
      'producer-seq': String(this.#seq),
    };
    for (let failures = 0; ; failures++) {
      try {
        await this.#connection.stream('POST', this.#name, { headers, body, signal });
        this.#seq++;
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (isFinal(error)) throw error;
        await waitToRetry(failures, error, signal);
      }
    }
  }

  get #isJson(): boolean {
    return /^application\/json/i.test(this.#contentType);
  }
}
