/** Requests of a tenant, mostly with JSON in and out, sent again where that is safe. */
import { isCutPath } from '../lib/cut-path.ts';
import { Connection, isFinal, SteamerError } from './connection.ts';
import type { ClientOptions, ServiceRequest } from './connection.ts';
import { waitToRetry } from './retry.ts';

/** A refusal for longer, such as of a quota of the day, is told at once. */
const LONGEST_MOMENT_MS = 60_000;

/** Which tenant is called, with which credentials, and how often what fails is tried. */
export interface JsonClientOptions extends ClientOptions {
  /** how often a request is sent again that was refused for the moment (a minute at most), or not answered; default 3 */
  retries?: number;
}

/** A request of any route with JSON in and out. */
export interface JsonRequest extends Pick<ServiceRequest, 'query' | 'headers' | 'signal' | 'timeoutMs'> {
  /** sent as JSON, or, where it is a Blob, as it is */
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
   * @throws SteamerError, what `fetch` throws when there is no answer, and TypeError for a path with an id of "", "." or "..": the request would be another one
   */
  async send(method: string, path: string, request: JsonRequest = {}): Promise<unknown> {
    return this.#try(method, path, request, async (response) => {
      const text = await response.text();
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    });
  }

  /** The answer itself, its body unread. @throws as `send` */
  async open(method: string, path: string, request: JsonRequest = {}): Promise<Response> {
    return this.#try(method, path, { timeoutMs: null, ...request }, async (response) => response);
  }

  async #try<Answer>(
    method: string,
    path: string,
    { body, isSafe = method === 'GET', headers, ...request }: JsonRequest,
    read: (response: Response) => Promise<Answer>,
  ): Promise<Answer> {
    if (isCutPath(path)) throw new TypeError(`Expected no part of a path that is empty, "." or "..", got ${path}`);
    const isJson = body !== undefined && !(body instanceof Blob);
    const whole: ServiceRequest = { ...request, ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }) };
    for (let failures = 0; ; failures++) {
      try {
        const json = isJson ? { 'content-type': 'application/json' } : {};
        const version = this.#version === null ? {} : { 'steamer-version': this.#version };
        const response = await this.#connection.request(method, path, { ...whole, headers: { ...json, ...version, ...headers } });
        this.#version = response.headers.get('steamer-version') ?? this.#version;
        return await read(response);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (failures === this.#retries || isFinal(error) || lasts(error) || !(isSafe || wasNotDone(error))) throw error;
        await waitToRetry(failures, error, request.signal);
      }
    }
  }
}

/** Whether a refusal lasts longer than somebody who asks for something waits. */
function lasts(error: unknown): boolean {
  return error instanceof SteamerError && error.retryAfterMs > LONGEST_MOMENT_MS;
}

/** Whether the service says that it has not even begun. */
function wasNotDone(error: unknown): boolean {
  return error instanceof SteamerError && (error.status === 429 || error.code === 'throttled');
}
