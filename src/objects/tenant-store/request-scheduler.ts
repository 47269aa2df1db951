/**
 * Decides when a request to DynamoDB may leave: a Durable Object has six outgoing connections (Cloudflare, Durable Objects limits), and a seventh
 * request would wait where nobody can join it. Nothing waits while fewer are in flight, so batches form by themselves exactly under load.
 *
 * Interactive requests go before those of batches, and those before prefetches; batches never take the last connections, so that somebody who waits for an
 * answer finds one free while an export runs. Within a class, callers have turns.
 */
import type { OperationContext } from '../../dynamo/item-store.ts';
import { FairQueue } from './fair-queue.ts';

/** The traffic a request belongs to. */
export type Traffic = 'read' | 'write';

export type Priority = NonNullable<OperationContext['priority']>;

/** On whose behalf something is done. */
export interface Share {
  readonly caller: string;
  readonly priority: Priority;
  /** the `traceparent` of the call, when its trace is recorded */
  readonly trace?: string;
}

/** Of requests that several callers share, and of whoever does not say. */
export const COMMON_SHARE: Share = { caller: '', priority: 'interactive' };

export interface ScheduleLimits {
  maxRequests: number;
  /** connections that only interactive reads may take, so that neither writes nor batches stop them */
  reservedForReads: number;
  /** connections that only interactive writes may take */
  reservedForWrites: number;
}

export const DEFAULT_LIMITS: ScheduleLimits = { maxRequests: 6, reservedForReads: 1, reservedForWrites: 1 };

const PRIORITIES = ['interactive', 'batch', 'prefetch'] as const satisfies readonly Priority[];
/** So many requests may go before one in the background that could have gone: that is slowed down, and never stopped. */
const MAX_PASSED = 8;

interface Job {
  order: number;
  start: () => Promise<unknown>;
}

interface Lane {
  readonly traffic: Traffic;
  readonly priority: Priority;
  readonly waiting: FairQueue<Job>;
}

export class RequestScheduler {
  readonly #maxRequests: number;
  readonly #most: Readonly<Record<Traffic, number>>;
  readonly #mostInBackground: number;
  readonly #lanes: readonly Lane[];
  readonly #running: Record<Traffic, number> = { read: 0, write: 0 };
  #runningInBackground = 0;
  #passed = 0;
  #order = 0;

  constructor({ maxRequests, reservedForReads, reservedForWrites }: ScheduleLimits = DEFAULT_LIMITS) {
    this.#maxRequests = maxRequests;
    this.#most = { read: maxRequests - reservedForWrites, write: maxRequests - reservedForReads };
    this.#mostInBackground = Math.max(1, maxRequests - reservedForReads - reservedForWrites);
    this.#lanes = PRIORITIES.flatMap((priority) =>
      (['read', 'write'] as const).map((traffic) => ({ traffic, priority, waiting: new FairQueue<Job>(1, () => 1) })),
    );
  }

  get inFlight(): number {
    return this.#running.read + this.#running.write;
  }

  /** How many wait for a connection. */
  get waiting(): number {
    return this.#lanes.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** Whether an interactive read would have to wait. */
  get isFullForReads(): boolean {
    return this.inFlight >= this.#maxRequests || this.#running.read >= this.#most.read;
  }

  /**
   * Calls `start` as soon as a connection is free, at once when one is; the connection is taken until the promise settles. Of what is
   * interactive, the one goes that has waited longest, whether it reads or writes.
   */
  run(traffic: Traffic, start: () => Promise<unknown>, { caller, priority }: Share = COMMON_SHARE): void {
    this.#laneOf(traffic, priority).waiting.push(caller, { order: this.#order++, start });
    this.#startWhatMay();
  }

  #startWhatMay(): void {
    for (let lane = this.#nextLane(); lane !== undefined; lane = this.#nextLane()) {
      const job = lane.waiting.take();
      if (job === undefined) return;
      this.#running[lane.traffic]++;
      if (isBackground(lane)) this.#runningInBackground++;
      void this.#finish(lane, job); // it cannot fail: both outcomes of the request free its connection
    }
  }

  /** Whose turn it is; undefined when nothing may start. */
  #nextLane(): Lane | undefined {
    const interactive = this.#longestWaiting('interactive');
    const background = this.#longestWaiting('batch') ?? this.#longestWaiting('prefetch');
    if (background === undefined || interactive === undefined) return background ?? interactive;
    const isPassed = this.#passed < MAX_PASSED;
    this.#passed = isPassed ? this.#passed + 1 : 0;
    return isPassed ? interactive : background;
  }

  /** The lane of those that may start whose next job has waited longest. */
  #longestWaiting(priority: Priority): Lane | undefined {
    let longest: Lane | undefined;
    let order = Infinity;
    for (const lane of this.#lanes) {
      if (lane.priority !== priority || lane.waiting.size === 0 || !this.#mayStart(lane)) continue;
      const { order: ofLane } = lane.waiting.peek() ?? { order: Infinity };
      if (ofLane < order) [longest, order] = [lane, ofLane];
    }
    return longest;
  }

  #mayStart(lane: Lane): boolean {
    if (this.inFlight >= this.#maxRequests || this.#running[lane.traffic] >= this.#most[lane.traffic]) return false;
    return !isBackground(lane) || this.#runningInBackground < this.#mostInBackground;
  }

  async #finish(lane: Lane, job: Job): Promise<void> {
    try {
      await job.start();
    } catch {
      // whoever started the request has its failure; here only the connection matters
    }
    this.#running[lane.traffic]--;
    if (isBackground(lane)) this.#runningInBackground--;
    this.#startWhatMay();
  }

  #laneOf(traffic: Traffic, priority: Priority): Lane {
    const lane = this.#lanes.find((one) => one.traffic === traffic && one.priority === priority);
    if (lane === undefined) throw new TypeError(`no lane for ${priority} ${traffic}s`);
    return lane;
  }
}

function isBackground({ priority }: Lane): boolean {
  return priority !== 'interactive';
}
