/** An HTTP proxy in front of a local DynamoDB that counts what goes through, and breaks what it is told to break, or what chance picks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorAnswer, json, type Answer } from './answer.ts';
import { ConnectionCap } from './connection-cap.ts';
import { splitBatch, withUnprocessed } from './partial-batch.ts';
import { FaultQueue, HeldRequests, type Fault } from './proxy-faults.ts';
import { ProxyLog, type RecordedRequest, type RequestFilter } from './proxy-log.ts';
import type { RowHistory } from './row-history.ts';

export interface DynamoDbProxyOptions {
  /** the DynamoDB behind it, "http://127.0.0.1:8000" */
  endpoint: string;
  /** default: any free one */
  port?: number;
  /** says what happens to a request that no injected fault is for; default: nothing */
  decide?: (operation: string, body: string) => Fault | null;
  /** lets eventual reads lag, and keeps the order of writes; default: none */
  rows?: RowHistory;
  /** how many requests are under way at a time, the others wait; default: any number. A Durable Object has 6 */
  connections?: number;
}

/**
 * A running proxy. The same over HTTP, for tests that run in workerd: `GET /__proxy/requests`, `DELETE /__proxy/requests`,
 * `POST /__proxy/faults` (a `Fault`), `DELETE /__proxy/faults`, `GET /__proxy/held?count=`, `POST /__proxy/release`;
 * the filter stands in the query, `?operation=GetItem&contains=my-table`.
 */
export interface DynamoDbProxy {
  url: string;
  /** the requests that match, in the order they arrived */
  requests(filter?: RequestFilter): RecordedRequest[];
  forgetRequests(filter?: RequestFilter): void;
  /** breaks the next requests that match */
  inject(fault: Fault): void;
  /** takes back the faults that name all of these texts; every one by default */
  clearFaults(contains?: readonly string[]): void;
  /** resolves once `count` requests that match are held */
  whenHeld(filter: RequestFilter, count: number): Promise<void>;
  /** lets held requests that match go on; returns how many did */
  release(filter?: RequestFilter): number;
  /** how many requests met a fault of each kind, injected or by chance */
  faults(): Record<string, number>;
  /** the most requests that were under way at one moment */
  mostInFlight(): number;
  /** resolves once DynamoDB has every request that is going to be passed on, late ones included */
  whenPassedOn(): Promise<void>;
  /** forgets late requests that are still to be passed on */
  stop(): Promise<void>;
}

/** Starts a proxy in front of `endpoint` on 127.0.0.1. */
export async function startDynamoDbProxy(options: DynamoDbProxyOptions): Promise<DynamoDbProxy> {
  const proxy = new FaultyProxy(options);
  const server = createServer((request, response) => {
    proxy.serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) respond(response, { status: 502, body: JSON.stringify({ message: String(error) }) });
    });
  });
  // An idle connection that the server closes just as a client uses it again would look like an injected fault.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { log, queue, held, cap, passing, counts, stopped } = proxy;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    requests: (filter) => log.find(filter),
    forgetRequests: (filter) => log.forget(filter),
    inject: (fault) => queue.add(fault),
    clearFaults: (contains) => queue.clear(contains),
    whenHeld: (filter, count) => held.whenHeld(filter, count),
    release: (filter) => held.release(filter),
    faults: () => Object.fromEntries(counts),
    mostInFlight: () => cap.mostOpen,
    async whenPassedOn() {
      while (passing.size > 0) await Promise.allSettled(passing);
    },
    stop: () =>
      new Promise((resolve) => {
        held.release();
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class FaultyProxy {
  readonly log = new ProxyLog();
  readonly queue = new FaultQueue();
  readonly held = new HeldRequests();
  readonly cap: ConnectionCap;
  /** requests on their way to DynamoDB, whether or not a client still waits */
  readonly passing = new Set<Promise<unknown>>();
  readonly counts = new Map<string, number>();
  readonly stopped = new AbortController();
  readonly #options: DynamoDbProxyOptions;

  constructor(options: DynamoDbProxyOptions) {
    this.#options = options;
    this.cap = new ConnectionCap(options.connections ?? Infinity);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const url = new URL(request.url ?? '/', 'http://proxy');
    if (url.pathname.startsWith('/__proxy/')) return respond(response, await this.#control(request.method ?? 'GET', url, text));
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const ended = this.log.record(operation, text);
    const leave = await this.cap.enter();
    // A client that is gone holds no connection any more; what it has sent is under way all the same.
    request.socket.once('close', leave);
    try {
      const answer = await this.#answer(operation, text, request);
      if (answer === null) response.destroy();
      else respond(response, answer);
    } finally {
      request.socket.off('close', leave);
      leave();
      ended();
    }
  }

  async #answer(operation: string, text: string, request: IncomingMessage): Promise<Answer | null> {
    const { endpoint, rows, decide } = this.#options;
    const send = (body: string) => passOn(endpoint, request, body);
    const forward = (body: string) => (rows === undefined ? send(body) : rows.forward(operation, body, send));
    const fault = this.queue.take(operation, text) ?? decide?.(operation, text) ?? null;
    if (fault === null) return this.#track(forward(text));
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    if (fault.kind === 'late') {
      void this.#track(this.#wait(fault.afterMs).then(() => forward(text))).catch(() => undefined); // its answer is for nobody
      return null;
    }
    return this.#track(this.#faultyAnswer(fault, operation, text, forward));
  }

  /** @throws when the proxy is stopped meanwhile: what waits for it is not passed on any more */
  #wait(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopped.signal });
  }

  #track<T>(passing: Promise<T>): Promise<T> {
    const tracked = passing.finally(() => this.passing.delete(tracked));
    this.passing.add(tracked);
    return tracked;
  }

  /** What the fault makes of the request; null closes the connection. */
  async #faultyAnswer(
    fault: Exclude<Fault, { kind: 'late' }>,
    operation: string,
    text: string,
    forward: (body: string) => Promise<Answer>,
  ): Promise<Answer | null> {
    switch (fault.kind) {
      case 'error':
        if (fault.moment === 'after') await forward(text);
        return errorAnswer(fault.name, fault.status, fault.fields);
      case 'drop':
        if (fault.moment === 'after') await forward(text);
        return null;
      case 'delay':
        await this.#wait(fault.waitMs);
        return forward(text);
      case 'hold': {
        if (fault.moment !== 'after') await this.held.hold(operation, text);
        const answer = await forward(text);
        if (fault.moment === 'after') await this.held.hold(operation, text);
        return answer;
      }
      case 'unprocessed': {
        const { passedOn, rest } = splitBatch(operation, text, fault.done);
        const answer = passedOn === null ? { status: 200, body: '{}' } : await forward(passedOn);
        return answer.status === 200 ? { status: 200, body: withUnprocessed(operation, answer.body, rest) } : answer;
      }
    }
  }

  async #control(method: string, url: URL, text: string): Promise<Answer> {
    const filter = filterOf(url.searchParams);
    switch (`${method} ${url.pathname.slice('/__proxy/'.length)}`) {
      case 'GET requests':
        return json(this.log.find(filter));
      case 'DELETE requests':
        return json(this.log.forget(filter));
      case 'POST faults':
        return json(this.queue.add(JSON.parse(text) as Fault)); // written by tests, against the type
      case 'DELETE faults':
        return json(this.queue.clear(filter.contains));
      case 'GET held':
        return json(await this.held.whenHeld(filter, Number(url.searchParams.get('count') ?? 1)));
      case 'POST release':
        return json(this.held.release(filter));
      default:
        return { status: 404, body: '{}' };
    }
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set on the stream
  return Buffer.concat(chunks).toString('utf8');
}

async function passOn(endpoint: string, request: IncomingMessage, body: string): Promise<Answer> {
  const headers = new Headers();
  for (const name of ['authorization', 'content-type', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text() };
}

function respond(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function filterOf(query: URLSearchParams): RequestFilter {
  const operation = query.get('operation');
  return { ...(operation === null ? {} : { operation }), contains: query.getAll('contains') };
}
