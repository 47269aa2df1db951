/** A process that asks a server as fast as it answers, over N connections, and takes the time of every answer. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { answerQuestions } from './child-process.ts';
import { HttpMessages } from './http-messages.ts';
import { keyIndexes, seededRandom, type KeyChoice } from './keys.ts';

/** First `connect`, which replaces the connections there were, then any number of `run`. */
export type GeneratorQuestion = { kind: 'connect'; port: number; clients: number } | ({ kind: 'run' } & Run);

/** One run of all connections, until the time is over or each has made its requests; what is under way then is still waited for. */
export interface Run {
  /** the path to ask; `{key}` stands for `keyPrefix` and the index of the key */
  path: string;
  keyPrefix: string;
  keys: KeyChoice;
  until: { elapsedMs: number } | { requestsPerClient: number };
}

export interface RunResult {
  requests: number;
  /** from the first request to the last answer */
  elapsedMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

interface Response {
  head: string;
  body: Buffer;
}

class Connection {
  readonly #socket: Socket;
  #resolve: (response: Response) => void = () => {};
  #reject: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    const messages = new HttpMessages((head, body) => this.#resolve({ head, body }));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => messages.push(chunk));
    socket.on('error', (error) => this.#reject(error));
    socket.on('close', () => this.#reject(new Error('the server closed a connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  get(path: string): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#socket.destroyed) reject(new Error('the server closed a connection'));
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

let connections: Connection[] = [];

answerQuestions(async (question: GeneratorQuestion): Promise<RunResult | null> => {
  if (question.kind === 'run') return run(question);
  for (const connection of connections) connection.close();
  connections = await Promise.all(Array.from({ length: question.clients }, () => Connection.open(question.port)));
  return null;
});

async function run({ path, keyPrefix, keys, until }: Run): Promise<RunResult> {
  const nextIndex = keyIndexes(keys, seededRandom(1));
  const latencyNs = createHistogram();
  const startedAtMs = performance.now();

  await Promise.all(
    connections.map(async (connection) => {
      for (let asked = 0; isGoingOn(asked); asked++) {
        const key = `${keyPrefix}${nextIndex()}`;
        const askedAtMs = performance.now();
        const response = await connection.get(path.replace('{key}', key));
        latencyNs.record(Math.max(1, Math.round((performance.now() - askedAtMs) * 1e6)));
        check(response, path.includes('{key}') ? `${key}"` : '');
      }
    }),
  );

  function isGoingOn(asked: number): boolean {
    return 'elapsedMs' in until ? performance.now() - startedAtMs < until.elapsedMs : asked < until.requestsPerClient;
  }

  return {
    requests: latencyNs.count,
    elapsedMs: performance.now() - startedAtMs,
    p50Ms: latencyNs.percentile(50) / 1e6,
    p99Ms: latencyNs.percentile(99) / 1e6,
    maxMs: latencyNs.max / 1e6,
  };
}

/** A server that answers wrongly is fast: no figure is taken from one. The key has to end a string, or item-10 would pass for item-1. */
function check({ head, body }: Response, expected: string): void {
  if (!head.startsWith('HTTP/1.1 200') || !body.includes(expected)) {
    throw new Error(`expected 200 with ${expected}, got ${head.split('\r\n', 1)[0]}: ${body.toString('utf8', 0, 500)}`);
  }
}
