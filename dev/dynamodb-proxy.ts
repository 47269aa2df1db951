/** An HTTP proxy in front of a local DynamoDB that counts what goes through, and breaks what it is told to break. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultQueue, HeldRequests, type Fault } from './proxy-faults.ts';
import { splitBatch, withUnprocessed } from './partial-batch.ts';
import { ProxyLog, type RecordedRequest, type RequestFilter } from './proxy-log.ts';

export interface DynamoDbProxyOptions {
  /** the DynamoDB behind it, "http://127.0.0.1:8000" */
  endpoint: string;
  /** default: any free one */
  port?: number;
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
  stop(): Promise<void>;
}

/** Starts a proxy in front of `endpoint` on 127.0.0.1. */
export async function startDynamoDbProxy({ endpoint, port = 0 }: DynamoDbProxyOptions): Promise<DynamoDbProxy> {
  const state: ProxyState = { log: new ProxyLog(), faults: new FaultQueue(), held: new HeldRequests() };
  const server = createServer((request, response) => {
    serve(state, endpoint, request, response).catch((error: unknown) => {
      if (!response.headersSent) respond(response, { status: 502, body: JSON.stringify({ message: String(error) }) });
    });
  });
  // An idle connection that the server closes just as a client uses it again would look like an injected fault.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { log, faults, held } = state;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    requests: (filter) => log.find(filter),
    forgetRequests: (filter) => log.forget(filter),
    inject: (fault) => faults.add(fault),
    clearFaults: (contains) => faults.clear(contains),
    whenHeld: (filter, count) => held.whenHeld(filter, count),
    release: (filter) => held.release(filter),
    stop: () =>
      new Promise((resolve) => {
        held.release();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ProxyState {
  log: ProxyLog;
  faults: FaultQueue;
  held: HeldRequests;
}

interface Answer {
  status: number;
  body: string;
}

async function serve(state: ProxyState, endpoint: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await readText(request);
  const url = new URL(request.url ?? '/', 'http://proxy');
  if (url.pathname.startsWith('/__proxy/')) return respond(response, await control(state, request.method ?? 'GET', url, text));
  const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  const ended = state.log.record(operation, text);
  try {
    const fault = state.faults.take(operation, text);
    const forward = (body: string) => passOn(endpoint, request, body);
    const answer = fault === null ? await forward(text) : await faultyAnswer(fault, state.held, operation, text, forward);
    if (answer === null) response.destroy();
    else respond(response, answer);
  } finally {
    ended();
  }
}

/** What the fault makes of the request; null closes the connection. */
async function faultyAnswer(
  fault: Fault,
  held: HeldRequests,
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
      await sleep(fault.waitMs);
      return forward(text);
    case 'hold': {
      if (fault.moment !== 'after') await held.hold(operation, text);
      const answer = await forward(text);
      if (fault.moment === 'after') await held.hold(operation, text);
      return answer;
    }
    case 'unprocessed': {
      const { passedOn, rest } = splitBatch(operation, text, fault.done);
      const answer = passedOn === null ? { status: 200, body: '{}' } : await forward(passedOn);
      return answer.status === 200 ? { status: 200, body: withUnprocessed(operation, answer.body, rest) } : answer;
    }
  }
}

async function control({ log, faults, held }: ProxyState, method: string, url: URL, text: string): Promise<Answer> {
  const filter = filterOf(url.searchParams);
  switch (`${method} ${url.pathname.slice('/__proxy/'.length)}`) {
    case 'GET requests':
      return json(log.find(filter));
    case 'DELETE requests':
      return json(log.forget(filter));
    case 'POST faults':
      return json(faults.add(JSON.parse(text) as Fault)); // written by tests, against the type
    case 'DELETE faults':
      return json(faults.clear(filter.contains));
    case 'GET held':
      return json(await held.whenHeld(filter, Number(url.searchParams.get('count') ?? 1)));
    case 'POST release':
      return json(held.release(filter));
    default:
      return { status: 404, body: '{}' };
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

function errorAnswer(
  name: string | null,
  status = name === 'InternalServerError' ? 500 : 400,
  fields: Record<string, unknown> = {},
): Answer {
  if (name === null) return { status, body: 'injected' };
  return { status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'injected', ...fields }) };
}

function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value ?? null) };
}

function filterOf(query: URLSearchParams): RequestFilter {
  const operation = query.get('operation');
  return { ...(operation === null ? {} : { operation }), contains: query.getAll('contains') };
}
