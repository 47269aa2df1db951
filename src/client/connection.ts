/** How the service is called: with the caller's credentials, within a time, and with its refusals as errors. */

/** Opens a socket on a URL with a subprotocol; null, or fails, when none is to be had. */
export type SocketOpener = (url: string, protocol: string) => WebSocket | null | Promise<WebSocket | null>;

/** What the service says of one part of a body that is wrong. */
export interface Issue {
  /** a JSON Pointer into the body, or "?name" for a query parameter */
  pointer: string;
  detail: string;
}

/** Where a tenant is, and how it is called. */
export interface ClientOptions {
  /** the tenant's part of the service: https://api.example.com/v1/acme */
  url: string;
  /** go with every request; a function is asked before each, so that it can renew what expires */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** default: the platform's. With a Worker's service binding: its `fetch` */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** default: `new WebSocket` where there is one. With a service binding: an upgrade by its `fetch`, accepted. Null: long polls only */
  openSocket?: SocketOpener | null;
}

/** A refusal of the service. */
export class SteamerError extends Error {
  override readonly name = 'SteamerError';
  /** the service's, as PROTOCOL.md lists them; decide by it */
  readonly code: string;
  readonly status: number;
  /** when it may be otherwise, in milliseconds; 0: nothing was said */
  readonly retryAfterMs: number;
  /** one for each part that is wrong */
  readonly issues: readonly Issue[];
  /** names the request in the service's log; null where nobody said */
  readonly requestId: string | null;
  /** of `gone`: where the messages begin that are still kept; null where nothing was said */
  readonly firstOffset: string | null;

  constructor(code: string, status: number, message: string, headers = new Headers(), issues: readonly Issue[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.issues = issues;
    this.requestId = headers.get('request-id');
    const retryAfter = headers.get('retry-after') ?? '';
    // Seconds, or an instant, which proxies say.
    this.retryAfterMs = Math.max(0, Number(retryAfter) * 1000 || Date.parse(retryAfter) - Date.now() || 0);
    this.firstOffset = headers.get('stream-first-offset');
  }
}

/** Whether the same request would be refused again. */
export function isFinal(error: unknown): boolean {
  return error instanceof SteamerError && error.status < 500 && error.status !== 408 && error.status !== 429;
}

export interface ServiceRequest {
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | Blob;
  signal?: AbortSignal | undefined;
  /** how long the answer may take, with its body; null: as long as it takes */
  timeoutMs?: number | null;
}

/** Above the time of a long poll. */
const TIMEOUT_MS = 60_000;
const SUBPROTOCOL = 'steamer.v1';

export class Connection {
  readonly #url: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#url = new URL(options.url).href.replace(/\/$/, '');
    this.#options = options;
  }

  async stream(method: string, name: string, request: ServiceRequest): Promise<Response> {
    return this.request(method, `/streams/${encodeURIComponent(name)}`, request);
  }

  /** An open socket of a reader that has everything before `offset`; null when none is to be had. */
  async openSocket(name: string, offset: string, signal: AbortSignal | undefined): Promise<WebSocket | null> {
    const { openSocket = globalThis.WebSocket ? (url, protocol) => new WebSocket(url, protocol) : null } = this.#options;
    if (!openSocket) return null;
    const headers = { 'content-type': 'application/json' };
    const issued = await this.request('POST', '/stream-tickets', { headers, body: JSON.stringify({ stream: name }), signal });
    const { ticket } = (await issued.json()) as { ticket: string }; // the service's answer
    const url = `${this.#url.replace(/^http/, 'ws')}/streams/${encodeURIComponent(name)}?${new URLSearchParams({ offset, ticket }).toString()}`;
    const socket = await (async () => openSocket(url, SUBPROTOCOL))().catch(() => null);
    return socket && (await isOpened(socket)) ? socket : null;
  }

  /**
   * @param path below the tenant's, such as "/systems"
   * @throws SteamerError for every answer that is an error, and what `fetch` throws when there is none
   */
  async request(method: string, path: string, { query, headers, body, signal, timeoutMs = TIMEOUT_MS }: ServiceRequest): Promise<Response> {
    const { headers: own, fetch: call = (url, init) => fetch(url, init) } = this.#options;
    const signals = [...(signal ? [signal] : []), ...(timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)])];
    const response = await call(`${this.#url}${path}${query ? `?${new URLSearchParams(query).toString()}` : ''}`, {
      method,
      headers: { ...(typeof own === 'function' ? await own() : own), ...headers },
      body: body ?? null,
      signal: AbortSignal.any(signals),
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; errors?: Issue[] }; // the service's, or of somebody between
    const { code = 'unknown', detail = response.statusText, errors } = problem;
    throw new SteamerError(code, response.status, detail, response.headers, errors);
  }
}

/** The reason why a socket does not open is told to nobody; a request finds it out. */
async function isOpened(socket: WebSocket): Promise<boolean> {
  socket.binaryType = 'arraybuffer';
  if (socket.readyState === 1) return true;
  return new Promise((resolve) => {
    socket.addEventListener('open', () => resolve(true));
    socket.addEventListener('close', () => resolve(false));
    socket.addEventListener('error', () => resolve(false));
  });
}
