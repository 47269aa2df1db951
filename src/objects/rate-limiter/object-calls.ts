/** Calls of the objects that count: the questions of one tick in one call, an answer in time or none. */
import { type LimiterNamespace, rateLimiterStub } from '../stubs.ts';
import type { CheckAnswers, CheckRequest, LimitChanges, RateLimiterRpc } from './rpc.ts';

export interface ObjectCallsOptions {
  /** the name of these objects among others of the namespace; default "limits" */
  set?: string;
  /** how many objects keys are spread over; one takes some hundred calls a second. Another number begins to count afresh. Default 16 */
  shards?: number;
  /** how long a decision waits for its object; default 50. Whoever waits longer may use a permit of an exact limit later than it is booked */
  deadlineMs?: number;
  /** run-time changes, which objects are told of that do not know them; default none */
  changes?: () => LimitChanges;
}

/**
 * Where a key is counted, and under which name: what its object knows it by, so that nothing which a caller has written becomes a name (96 bits of its SHA-256), and
 * the object.
 */
export type KeyAddress = readonly [hash: string, shard: number];

/** What an object has answered; nothing when the call has failed. */
export type Heard = CheckAnswers | [];

/** The questions of one tick on their way to an object, of which some stand together; `answers` when they have come, or when nobody waits any longer. */
type Batch = [questions: CheckRequest[], groups: number[], answers: Promise<InTime>];

/** `answers`: none when they are not there in time; `late`: what comes in the end. */
type InTime = [answers: Heard, late: Promise<Heard>];

/** One call; an object that does not know the run-time changes of this version answers it with ''. */
type Use<T> = (stub: RateLimiterRpc, version: number) => Promise<T>;

export class ObjectCalls {
  readonly #namespace: LimiterNamespace;
  readonly #options: ObjectCallsOptions & { set: string; shards: number; deadlineMs: number };
  /** by shard. Collected only within one turn of the event loop, which is always of one request */
  readonly #batches = new Map<number, Batch>();

  constructor(namespace: LimiterNamespace, options: ObjectCallsOptions) {
    this.#namespace = namespace;
    this.#options = { set: 'limits', shards: 16, deadlineMs: 50, ...options };
  }

  /** @param partition what the key belongs to; all keys of one are counted by one object */
  async address(key: string, partition: string): Promise<KeyAddress> {
    const words = await sha256(key);
    const [spread] = partition === key ? words : await sha256(partition);
    return [words.slice(0, 3).join(), (spread as number) % this.#options.shards];
  }

  /** Asks questions that stand together: the answer to the first of them is at `at`. */
  async ask(shard: number, questions: CheckRequest[]): Promise<[at: number, ...InTime]> {
    const batch: Batch = this.#batches.get(shard) ?? [[], [], this.#send(shard)];
    this.#batches.set(shard, batch);
    const [all, groups, answers] = batch;
    groups.push(questions.length);
    const at = all.push(...questions) - questions.length + 1;
    return [at, ...(await answers)];
  }

  /** Calls an object. What fails is not repeated: it may have been counted, and an object that is overloaded is left alone. */
  async call<T>(shard: number, use: Use<T>): Promise<T> {
    const known = this.#options.changes?.();
    const stub = rateLimiterStub(this.#namespace, { ...this.#options, shard });
    const answer = await use(stub, known?.version ?? 0);
    if (answer !== '' || !known) return answer;
    await stub.learn(known.version, known.changes);
    return use(stub, known.version);
  }

  /** Sends what is asked for until then at the end of this turn. */
  async #send(shard: number): Promise<InTime> {
    await Promise.resolve();
    const [questions, groups] = this.#batches.get(shard) as Batch; // the one that calls this
    this.#batches.delete(shard);
    const untilMs = Date.now() + this.#options.deadlineMs;
    // Each policy says what is done without an answer.
    const late = this.call(shard, (stub, version) => stub.checkMany(version, JSON.stringify(questions), groups))
      .then((text): Heard => JSON.parse(text) as CheckAnswers) // what the object answers, or what fails
      .catch((): Heard => []);
    const answers = await new Promise<Heard>((resolve) => {
      const timer = setTimeout(resolve, this.#options.deadlineMs, []);
      void late.then(resolve).finally(() => clearTimeout(timer)); // fails never
    });
    // While the isolate is busy, no timer fires: an answer may be the first to be heard, and late all the same.
    return [Date.now() > untilMs ? [] : answers, late];
  }
}

async function sha256(text: string): Promise<Uint32Array> {
  return new Uint32Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
