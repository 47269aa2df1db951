/** WebSocket clients in a process of their own, over raw TCP: they count what they get, check its order, and acknowledge it where that is asked for. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { answerQuestions } from './child-process.ts';

export type ClientsQuestion =
  | { kind: 'connect'; port: number; path: string; count: number; acks: boolean; reads?: boolean; times?: boolean }
  /** resolves when every client that reads has got so many messages since it was connected */
  | { kind: 'wait'; messages: number; timeoutMs: number };

export interface ClientsAnswer {
  bytes: number;
  frames: number;
  messages: number;
  /** clients that got something out of order, twice or not at all */
  disordered: number;
  /** how long frames were on their way since the last answer, by the first message of each; NaN where nobody looked */
  p50Ms: number;
  p99Ms: number;
}

const ACK_EVERY_BYTES = 128 * 1024;
const TEXT = 1;
const CLOSE = 8;
const CONNECTING_AT_ONCE = 100;

class Client {
  readonly #socket: Socket;
  readonly #acks: boolean;
  readonly #times: boolean;
  readonly opened: Promise<void>;
  messages = 0;
  frames = 0;
  bytes = 0;
  /** how long frames were on their way, in milliseconds */
  readonly latencies: number[] = [];
  isOrdered = true;
  isClosed = false;
  #position = -1;
  #unacknowledged = 0;
  #pending: Buffer = Buffer.alloc(0);

  constructor(port: number, path: string, { acks, reads, times }: { acks: boolean; reads: boolean; times: boolean }) {
    this.#acks = acks;
    this.#times = times;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.once('data', (head) => {
        const end = head.indexOf('\r\n\r\n');
        if (!head.toString('latin1').startsWith('HTTP/1.1 101') || end < 0) return reject(new Error(head.toString('latin1', 0, 200)));
        resolve();
        if (!reads) return void this.#socket.pause();
        this.#socket.on('data', (chunk) => this.#receive(chunk));
        this.#receive(head.subarray(end + 4));
      });
    });
    this.#socket.on('error', () => (this.isClosed = true));
    this.#socket.on('close', () => (this.isClosed = true));
  }

  #receive(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    for (;;) {
      const frame = frameAt(this.#pending, at);
      if (!frame) break;
      at = frame.end;
      if (frame.opcode === CLOSE) this.isClosed = true;
      if (frame.opcode === TEXT) this.#take(this.#pending.subarray(frame.begin, frame.end));
    }
    this.#pending = this.#pending.subarray(at);
  }

  #take(payload: Buffer): void {
    this.frames++;
    if (this.#times) this.latencies.push(performance.timeOrigin + performance.now() - publishedAtMs(payload));
    if (!this.#acks) {
      this.messages++;
      return;
    }
    const { next, lengths } = JSON.parse(payload.toString('latin1', 0, payload.indexOf(10))) as { next: string; lengths?: number[] };
    const position = Number(next.slice(17));
    const count = lengths?.length ?? 1;
    if (this.#position >= 0 && position - count !== this.#position) this.isOrdered = false;
    this.#position = position;
    this.messages += count;
    this.#unacknowledged += payload.length;
    if (this.#unacknowledged < ACK_EVERY_BYTES) return;
    this.#unacknowledged = 0;
    this.#socket.write(clientFrame(JSON.stringify({ type: 'ack', offset: next })));
  }
}

/** When the first message of a frame was published: it says so itself. */
function publishedAtMs(payload: Buffer): number {
  const at = payload.indexOf('"at":') + 5;
  return Number(payload.toString('latin1', at, payload.indexOf(',', at)));
}

function frameAt(bytes: Buffer, at: number): { opcode: number; begin: number; end: number } | null {
  if (bytes.length < at + 2) return null;
  const short = bytes[at + 1]! & 127; // within its length
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < at + head) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  const end = at + head + length;
  return bytes.length < end ? null : { opcode: bytes[at]! & 15, begin: at + head, end }; // within its length
}

/** A text of a client, masked with zeros: the mask protects proxies, and there is none. */
function clientFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80 | TEXT, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text, 'latin1')]);
}

const readers: Client[] = [];
const idlers: Client[] = [];

async function openClients({
  port,
  path,
  count,
  acks,
  reads = true,
  times = false,
}: Extract<ClientsQuestion, { kind: 'connect' }>): Promise<void> {
  for (let opened = 0; opened < count; opened += CONNECTING_AT_ONCE) {
    const some = Array.from({ length: Math.min(CONNECTING_AT_ONCE, count - opened) }, () => new Client(port, path, { acks, reads, times }));
    await Promise.all(some.map((client) => client.opened));
    (reads ? readers : idlers).push(...some);
  }
}

function counted(): ClientsAnswer {
  const sum = (value: (client: Client) => number) => readers.reduce((total, client) => total + value(client), 0);
  const latencies = readers.flatMap((client) => client.latencies.splice(0)).toSorted((one, other) => one - other);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? NaN;
  return {
    bytes: sum(({ bytes }) => bytes),
    frames: sum(({ frames }) => frames),
    messages: sum(({ messages }) => messages),
    disordered: sum(({ isOrdered }) => Number(!isOrdered)),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

answerQuestions(async (question: ClientsQuestion): Promise<ClientsAnswer> => {
  if (question.kind === 'connect') {
    await openClients(question);
    return counted();
  }
  const untilMs = Date.now() + question.timeoutMs;
  while (readers.some(({ messages, isClosed }) => messages < question.messages && !isClosed)) {
    if (Date.now() > untilMs) throw new Error(`after ${question.timeoutMs} ms ${counted().messages} messages have come`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return counted();
});
