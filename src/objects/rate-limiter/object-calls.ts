/** Calls of the objects that count: the questions of one tick in one call, an answer in time or none. */
import { type LimiterNamespace, rateLimiterStub } from '../stubs.ts';
import type { CheckAnswer, CheckAnswers, CheckRequest, LimitChanges, RateLimiterRpc } from './rpc.ts';

export interface ObjectCallsOptions {
  /** the name of these objects among others of the namespace; default "limits" */
  set?: string;
  /** how many objects keys are spread over; one takes some hundred calls a second. Another number begins to count afresh. Default 16 */
  shards?: number;
  /** how long a decision waits for its object; default 50 */
  deadlineMs?: number;
  /** run-time changes, which objects are told of that do not know them; default none */
  changes?: () => LimitChanges;
}

export const SHARDS = 16;
const DEADLINE_MS = 50;

/** The questions of one tick on their way to an object, of which some stand together. */
interface Batch {
  requests: CheckRequest[];
  groups: number[];
  /** '' when there are none in time */
  answers: Promise<CheckAnswers | ''>;
}

/** One call; an object that does not know the run-time changes of this version answers it with ''. */
type Use<T> = (stub: RateLimiterRpc, version: number) => Promise<T>;

export class ObjectCalls {
  readonly #namespace: LimiterNamespace;
  readonly #options: ObjectCallsOptions;
  /** by shard. Collected only within one turn of the event loop, which is always of one request */
  readonly #batches = new Map<number, Batch>();

  constructor(namespace: LimiterNamespace, options: ObjectCallsOptions) {
    this.#namespace = namespace;
    this.#options = options;
  }

  /** The answers to questions that stand together; '' when there are none in time. */
  async ask(shard: number, requests: CheckRequest[]): Promise<CheckAnswers | ''> {
    const batch = this.#batches.get(shard) ?? { requests: [], groups: [], answers: Promise.resolve().then(() => this.#send(shard)) };
    this.#batches.set(shard, batch);
    const end = batch.requests.push(...requests) + 1;
    batch.groups.push(requests.length);
    const answers = await batch.answers;
    return answers && [answers[0], ...(answers.slice(end - requests.length, end) as CheckAnswer[])]; // all but the first are answers
  }

  /** Calls an object. What fails is not repeated: it may have been counted, and an object that is overloaded is left alone. */
  async call<T>(shard: number, use: Use<T>): Promise<T> {
    const { set = 'limits', shards = SHARDS, changes = unchanged } = this.#options;
    const { version, changes: document } = changes();
    const stub = rateLimiterStub(this.#namespace, { set, shards, shard });
    const answer = await use(stub, version);
    if (answer !== '') return answer;
    await stub.learn(version, document);
    return use(stub, version);
  }

  async #send(shard: number): Promise<CheckAnswers | ''> {
    const { requests, groups } = this.#batches.get(shard) as Batch; // the one that calls this
    this.#batches.delete(shard);
    let timer: ReturnType<typeof setTimeout> | null = null;
    // What comes too late comes to nobody: who has waited has decided without it.
    const late = new Promise<''>((resolve) => (timer = setTimeout(resolve, this.#options.deadlineMs ?? DEADLINE_MS, '')));
    const call = this.call(shard, (stub, version) => stub.checkMany(version, JSON.stringify(requests), groups));
    // Each policy says what is done without an answer.
    const text = await Promise.race([call, late]).catch(() => '');
    clearTimeout(timer);
    return text && (JSON.parse(text) as CheckAnswers); // what the object answers
  }
}

function unchanged(): LimitChanges {
  return { version: 0, changes: {} };
}
