/**
 * Joins timers of no delay. The SDK arms one for each pair of pending operation and subscription, some 5,000 for 100 parallel steps, and a Worker may
 * have 10,000 at a time. Those of one delivery stand in a queue behind one real timer; nothing else is touched.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface QueuedTimer {
  /** null: it was cleared */
  run: (() => unknown) | null;
  ref(): QueuedTimer;
  unref(): QueuedTimer;
}

type Callback = (...values: unknown[]) => unknown;

const deliveries = new AsyncLocalStorage<{ queue: QueuedTimer[] | null }>();
const hostSetTimeout = globalThis.setTimeout as unknown as (callback: Callback, delayMs?: number, ...values: unknown[]) => unknown; // Node's and the platform's types differ
const hostClearTimeout = globalThis.clearTimeout as unknown as (timer: unknown) => void;

/** Runs a delivery, whose timers are joined. */
export function withJoinedTimers<Result>(work: () => Result): Result {
  return deliveries.run({ queue: null }, work);
}

/** Puts joined timers in the place of the host's. To be called before the SDK is loaded. */
export function installJoinedTimers(): void {
  Object.assign(globalThis, { setTimeout: joinedSetTimeout, clearTimeout: joinedClearTimeout });
}

function joinedSetTimeout(callback: Callback, delayMs?: number, ...values: unknown[]): unknown {
  const delivery = deliveries.getStore();
  if (delivery === undefined || (delayMs ?? 0) > 0) return hostSetTimeout(callback, delayMs, ...values);
  const within = AsyncLocalStorage.snapshot();
  const timer: QueuedTimer = { run: () => within(callback, ...values), ref: () => timer, unref: () => timer };
  if (delivery.queue === null) {
    const queue: QueuedTimer[] = [];
    delivery.queue = queue;
    hostSetTimeout(() => {
      delivery.queue = null; // timers that are armed from here on belong to the next turn
      void runAll(queue); // a callback that throws ends its turn, as a timer's does
    }, 0);
  }
  delivery.queue.push(timer);
  return timer;
}

function joinedClearTimeout(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'run' in timer) timer.run = null;
  else hostClearTimeout(timer);
}

/** Between two timers there is time for what the first one has settled, as there is between real ones. */
async function runAll(queue: readonly QueuedTimer[]): Promise<void> {
  for (const timer of queue) {
    timer.run?.();
    await Promise.resolve();
  }
}
