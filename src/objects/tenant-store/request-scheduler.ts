/**
 * Decides when a request to DynamoDB may leave: a Durable Object has six outgoing connections (Cloudflare, Durable Objects limits), and a seventh
 * request would wait where nobody can join it. Nothing waits while fewer are in flight, so batches form by themselves exactly under load.
 */

/** The traffic a request belongs to. */
export type Traffic = 'read' | 'write';

export interface ScheduleLimits {
  maxRequests: number;
  /** connections that only reads may take, so that writes never stop them */
  reservedForReads: number;
  /** connections that only writes may take */
  reservedForWrites: number;
}

export const DEFAULT_LIMITS: ScheduleLimits = { maxRequests: 6, reservedForReads: 1, reservedForWrites: 1 };

interface Job {
  order: number;
  start: () => Promise<unknown>;
}

export class RequestScheduler {
  readonly #maxRequests: number;
  readonly #lanes: Record<Traffic, Lane>;
  #order = 0;

  constructor({ maxRequests, reservedForReads, reservedForWrites }: ScheduleLimits = DEFAULT_LIMITS) {
    this.#maxRequests = maxRequests;
    this.#lanes = { read: new Lane(maxRequests - reservedForWrites), write: new Lane(maxRequests - reservedForReads) };
  }

  get inFlight(): number {
    return this.#lanes.read.running + this.#lanes.write.running;
  }

  /** How many wait for a connection. */
  get waiting(): number {
    return this.#lanes.read.waiting.length + this.#lanes.write.waiting.length;
  }

  /**
   * Calls `start` as soon as a connection is free, at once when one is; the connection is taken until the promise settles.
   * Within one kind of traffic, in the order of the calls; between the kinds, the one that has waited longest.
   */
  run(traffic: Traffic, start: () => Promise<unknown>): void {
    this.#lanes[traffic].waiting.push({ order: this.#order++, start });
    this.#startWhatMay();
  }

  #startWhatMay(): void {
    while (this.inFlight < this.#maxRequests) {
      const { read, write } = this.#lanes;
      const lane = read.nextOrder() <= write.nextOrder() ? read : write;
      const job = lane.take();
      if (job === undefined) return;
      lane.running++;
      void this.#finish(lane, job); // it cannot fail: both outcomes of the request free its connection
    }
  }

  async #finish(lane: Lane, job: Job): Promise<void> {
    try {
      await job.start();
    } catch {
      // whoever started the request has its failure; here only the connection matters
    }
    lane.running--;
    this.#startWhatMay();
  }
}

class Lane {
  running = 0;
  readonly waiting: Job[] = [];
  readonly #maxRunning: number;
  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** The place in line of what may start next; Infinity when nothing may. */
  nextOrder(): number {
    return this.running < this.#maxRunning ? (this.waiting[0]?.order ?? Infinity) : Infinity;
  }

  take(): Job | undefined {
    return this.nextOrder() === Infinity ? undefined : this.waiting.shift();
  }
}
