/**
 * Joins what the SDK does once for each pair of pending operation and subscription while it replays a run. Timers of no delay: some 5,000 for 100
 * parallel steps, and a Worker may have 10,000 at a time; those of one replay stand in a queue, which is run in a later turn. And looks at the log, which it
 * takes in a later tick for each subscription: one that has not begun sees what the next one would; without that 500 parallel steps are 30 million timers.
 *
 * Outside of replays a timer of less than no delay runs in the same turn: the SDK waits one for each chunk of a stream, which is a millisecond otherwise.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface QueuedTimer {
  /** null: it was cleared */
  run: (() => unknown) | null;
  ref(): QueuedTimer;
  unref(): QueuedTimer;
}

/** What the SDK calls its function that looks at the log (`EventsConsumer`). */
const LOOK = 'consume';

type Callback = (...values: unknown[]) => unknown;

/** Runs work in a later turn of the event loop. */
type Later = (work: () => void) => void;

interface Replay {
  later: Later;
  queue: QueuedTimer[] | null;
  /** a look at the log that has not begun */
  look: Callback | null;
}

const replays = new AsyncLocalStorage<Replay>();
const host = (globalThis as unknown as { process: { nextTick: (callback: Callback, ...values: unknown[]) => void } }).process; // Node's, which the platform has
const hostNextTick = host.nextTick.bind(host);
const hostSetTimeout = globalThis.setTimeout as unknown as (callback: Callback, delayMs?: number, ...values: unknown[]) => unknown; // Node's and the platform's types differ
const hostClearTimeout = globalThis.clearTimeout as unknown as (timer: unknown) => void;

/** Runs a replay, whose timers are joined. @param later runs them */
export function withJoinedTimers<Result>(later: Later, work: () => Result): Result {
  return replays.run({ later, queue: null, look: null }, work);
}

/** Puts joined timers in the place of the host's. To be called before the SDK is loaded. */
export function installJoinedTimers(): void {
  Object.assign(globalThis, { setTimeout: joinedSetTimeout, clearTimeout: joinedClearTimeout });
  host.nextTick = joinedNextTick;
}

function joinedNextTick(callback: Callback, ...values: unknown[]): void {
  const replay = replays.getStore();
  if (replay === undefined || callback.name !== LOOK) return hostNextTick(callback, ...values);
  if (replay.look === callback) return;
  replay.look = callback;
  hostNextTick(() => {
    replay.look = null;
    callback();
  });
}

function joinedSetTimeout(callback: Callback, delayMs?: number, ...values: unknown[]): unknown {
  const replay = replays.getStore();
  const isInThisTurn = (delayMs ?? 0) < 0;
  if (!isInThisTurn && (replay === undefined || (delayMs ?? 0) > 0)) return hostSetTimeout(callback, delayMs, ...values);
  const within = AsyncLocalStorage.snapshot();
  const timer: QueuedTimer = { run: () => within(callback, ...values), ref: () => timer, unref: () => timer };
  if (replay === undefined) {
    queueMicrotask(() => timer.run?.());
    return timer;
  }
  if (replay.queue === null) {
    const queue: QueuedTimer[] = [];
    replay.queue = queue;
    replay.later(() => {
      replay.queue = null; // timers that are armed from here on belong to the next turn
      void runAll(queue); // a callback that throws ends its turn, as a timer's does
    });
  }
  replay.queue.push(timer);
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
