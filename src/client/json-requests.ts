/** Requests with JSON in and out, sent again where that is safe. */
import { Connection, isFinal, SteamerError } from './connection.ts';
import type { ClientOptions, ServiceRequest } from './connection.ts';
import { waitToRetry } from './retry.ts';

export interface JsonClientOptions extends ClientOptions {
  /** how often a request is sent again that was refused for the moment, or not answered; default 3 */
  retries?: number;
}

export interface JsonRequest extends Pick<ServiceRequest, 'query' | 'headers' | 'signal'> {
  /** sent as JSON */
  body?: unknown;
  /** whether doing it twice is doing it once; default: of GET */
  isSafe?: boolean;
}

export class JsonRequests {
  readonly #connection: Connection;
  readonly #retries: number;
  /** which states of the tenant's store this client has seen: what it wrote, it reads, in whichever isolate */
  #version: string | null = null;

  constructor({ retries = 3, ...options }: JsonClientOptions) {
    this.#connection = new Connection(options);
    this.#retries = retries;
  }

  /**
   * @returns the answer's JSON; undefined without a body
   * @throws SteamerError, and what `fetch` throws when there is no answer
   */
  async send(method: string, path: string, { body, isSafe = method === 'GET', headers, ...request }: JsonRequest = {}): Promise<unknown> {
    const whole: ServiceRequest = {
      ...request,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    for (let failures = 0; ; failures++) {
      try {
        const json = body === undefined ? {} : { 'content-type': 'application/json' };
        const version = this.#version === null ? {} : { 'steamer-version': this.#version };
        const response = await this.#connection.request(method, path, { ...whole, headers: { ...json, ...version, ...headers } });
        this.#version = response.headers.get('steamer-version') ?? this.#version;
        const text = await response.text();
        return text === '' ? undefined : JSON.parse(text);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (failures === this.#retries || isFinal(error) || !(isSafe || wasNotDone(error))) throw error;
        await waitToRetry(failures, error, request.signal);
      }
    }
  }
}

/** Whether the service says that it has not even begun. */
function wasNotDone(error: unknown): boolean {
  return error instanceof SteamerError && (error.status === 429 || error.code === 'throttled');
}
