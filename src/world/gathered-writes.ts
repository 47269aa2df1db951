/**
 * What a delivery writes to its streams: while one append is under way the next chunks gather, and go as one. A write is done with when it is on its
 * way; what the step says of itself afterwards (that it is completed) waits for all of them, and so does the end of a stream.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tooLarge } from '../runs/world-error.ts';
import { STREAM_MESSAGE_MAX_BYTES } from '../wire/limits.ts';
import { errorData, worldError } from './world-errors.ts';

export type Chunk = string | Uint8Array;
type Append = (chunks: readonly Uint8Array[]) => Promise<void>;

/** What a step says when it has run: that is so when what it has written is stored. */
const AFTER_ITS_WRITES: ReadonlySet<string> = new Set(['step_completed', 'step_failed', 'step_retrying']);

/** A write waits for those before it when so much has gathered. */
const GATHERED_MAX_CHUNKS = 64;
const GATHERED_MAX_BYTES = 64 * 1024;

/** The SDK's timer is one of no delay. */
const EXPECTED_WITHIN_MS = 5;

const deliveries = new AsyncLocalStorage<GatheredWrites>();

/** Runs a delivery, whose writes to streams gather. It is over when all of them are. */
export async function withGatheredWrites<Result>(work: () => Promise<Result>): Promise<Result> {
  const writes = new GatheredWrites();
  try {
    return await deliveries.run(writes, work);
  } finally {
    await writes.end();
  }
}

/** Writes by `append`: with others of the delivery that runs, or by itself. @throws what was written before has thrown, and WorkflowWorldError 413 */
export async function writeChunks(name: string, chunks: readonly Chunk[], append: Append): Promise<void> {
  const writes = gatheredWrites();
  const bytes = chunks.map(bytesOf);
  const over = bytes.find(({ byteLength }) => byteLength > STREAM_MESSAGE_MAX_BYTES);
  if (over !== undefined) {
    const refusal = worldError(tooLarge(`Chunk: expected at most ${STREAM_MESSAGE_MAX_BYTES} bytes, got ${over.byteLength}`));
    // The SDK tells nobody: its stream has closed in the eyes of the step.
    writes?.fail(name, refusal);
    throw refusal;
  }
  return writes === undefined ? append(bytes) : writes.write(name, bytes, append);
}

/**
 * What the SDK asks for when a step has written, and before it writes that to the World. It does so by a timer, which in Node a step need not wait for; by this
 * the step is known to have written.
 */
export function nextFlushMs(): number {
  gatheredWrites()?.expect();
  return 0;
}

/** Resolves when what the delivery has written is stored; undefined: an event does not say that it is. @throws what an append has thrown */
export function storedBefore(eventType: string): Promise<void> | undefined {
  if (!AFTER_ITS_WRITES.has(eventType)) return undefined;
  return gatheredWrites()
    ?.allWritten()
    .catch((error: unknown) => {
      // What was refused for its size will never be stored: a failure says so, and does not wait for it.
      if (eventType === 'step_completed' || errorData(error)?.status !== 413) throw error;
    });
}

/** Those of the delivery that runs now; undefined: nothing gathers. */
export function gatheredWrites(): GatheredWrites | undefined {
  return deliveries.getStore();
}

export class GatheredWrites {
  readonly #streams = new Map<string, GatheredStream>();
  #isOver = false;
  #isExpecting = false;

  /** Writes by `append`, later perhaps. @throws what an append before has thrown */
  async write(name: string, chunks: readonly Uint8Array[], append: Append): Promise<void> {
    this.#isExpecting = false;
    const stream = this.#streams.get(name) ?? new GatheredStream(append);
    this.#streams.set(name, stream);
    stream.put(chunks);
    if (this.#isOver || stream.holdsUp) await stream.written();
  }

  /** A write is about to come. */
  expect(): void {
    this.#isExpecting = true;
  }

  /** The same as `written`, of what is about to be written, too. */
  async allWritten(): Promise<void> {
    if (this.#isExpecting) await new Promise((resolve) => setTimeout(resolve, EXPECTED_WITHIN_MS));
    await this.written();
  }

  /** Nothing more is written to a stream, as something of it never will be. */
  fail(name: string, reason: Error): void {
    const stream = this.#streams.get(name) ?? new GatheredStream(() => Promise.reject(reason));
    this.#streams.set(name, stream);
    stream.fail(reason);
  }

  /** Resolves when what was written to a stream, or to any, is stored. @throws what an append has thrown */
  async written(name?: string): Promise<void> {
    if (name !== undefined) return this.#streams.get(name)?.written();
    for (const stream of this.#streams.values()) await stream.written();
  }

  /** Resolves when nothing is under way. From here on each write waits until it is stored, as nothing else does. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled([...this.#streams.values()].map(async (stream) => stream.written()));
  }
}

class GatheredStream {
  readonly #append: Append;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  /** null: nothing is under way. Stays when an append has failed: what comes after it would be in its place */
  #underWay: Promise<void> | null = null;
  #hasFailed = false;

  constructor(append: Append) {
    this.#append = append;
  }

  /** A write has to wait for those before it, or to hear that they have failed. */
  get holdsUp(): boolean {
    return this.#hasFailed || this.#waiting.length >= GATHERED_MAX_CHUNKS || this.#bytes >= GATHERED_MAX_BYTES;
  }

  put(chunks: readonly Uint8Array[]): void {
    if (this.#hasFailed) return; // whoever writes it is told
    this.#waiting.push(...chunks);
    for (const { byteLength } of chunks) this.#bytes += byteLength;
    if (this.#underWay !== null || this.#waiting.length === 0) return;
    this.#underWay = this.#send();
    this.#underWay.catch(() => void (this.#hasFailed = true)); // who waits for it is told
  }

  /** What was put before is written. */
  fail(reason: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#underWay = (this.#underWay ?? Promise.resolve()).then(() => Promise.reject(reason));
    this.#underWay.catch(() => undefined); // who waits for it is told
  }

  async written(): Promise<void> {
    await this.#underWay;
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const chunks = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      await this.#append(chunks);
    }
    if (!this.#hasFailed) this.#underWay = null;
  }
}

function bytesOf(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}
