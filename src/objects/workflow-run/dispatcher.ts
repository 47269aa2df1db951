/** Delivers the messages of a run: replays one at a time, steps side by side. */
import { logError } from '../../lib/log.ts';
import type { Delivered, Delivery, MessageKind } from '../../runs/messages.ts';
import { backoffMs } from '../../runs/delivery-rules.ts';
import type { Inbox } from './inbox.ts';
import type { UnderWay } from './waiting-messages.ts';

export interface DispatcherOptions {
  inbox: Inbox;
  /** hands a message over; what it resolves to writes what came with the answer, and says what becomes of the message */
  deliver: (delivery: Delivery) => Promise<() => Delivered>;
  /** sees to it that the alarm comes then at the latest */
  wakeAt: (atMs: number) => void;
  /** tells queues of what is due, where messages go through them */
  announce: () => void;
  /** how long deliveries may be under way before an alarm looks after them */
  backstopMs: number;
}

/** How many deliveries of a kind are under way at a time. */
const WIDTH: Readonly<Record<MessageKind['kind'], number>> = { flow: 1, step: 64 };
/** What one event of an object may do is limited: after so many deliveries an alarm goes on. */
const MAX_DELIVERIES_PER_EVENT = 200;

/** While so many steps are under way or next, what a replay has seen is soon old. */
const MANY_STEPS = 8;
/** Then the next one waits so many times as long as the last one has taken. */
const PAUSE_FACTOR = 8;
const MAX_PAUSE_MS = 5_000;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #underWay = new Map<number, MessageKind['kind']>();
  #left = MAX_DELIVERIES_PER_EVENT;
  #nextReplayAtMs = 0;
  /** a timer looks again when the next replay may begin */
  #isPausing = false;
  /** has `drive` look again, while it waits */
  #onPump = (): void => undefined;
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** The messages that are being delivered. */
  get underWay(): UnderWay {
    return this.#underWay;
  }

  /** Whatever the deliveries that are under way answer, nothing follows from it: their run is deleted. */
  stop(): void {
    this.#isStopped = true;
    this.#onPump();
  }

  /** Begins to deliver what is due, and has the object woken for the rest. */
  pump(): void {
    this.#onPump();
    if (this.#isStopped) return;
    const nowMs = Date.now();
    this.#options.announce();
    for (const kind of ['flow', 'step'] as const) for (const seq of this.#next(kind, nowMs)) this.#begin(seq, kind);
    const wakeAtMs = this.wakeAtMs;
    if (wakeAtMs !== null) this.#options.wakeAt(wakeAtMs);
  }

  /** When the object has to be woken for its messages; null: there is none. */
  get wakeAtMs(): number | null {
    const { inbox, backstopMs } = this.#options;
    const nowMs = Date.now();
    const firstAtMs = inbox.nextDueAtMs(this.#underWay);
    const isDue = firstAtMs !== null && firstAtMs <= nowMs;
    if (isDue && this.#left <= 0) return nowMs;
    const nextAtMs = isDue ? inbox.nextDueAtMs(this.#underWay, nowMs) : firstAtMs;
    return isDue || this.#underWay.size > 0 ? Math.min(nextAtMs ?? Infinity, nowMs + backstopMs) : nextAtMs;
  }

  /** Delivers until nothing is under way, or as much as one event may: what an alarm does, which thereby keeps the object awake. */
  async drive(untilMs: number): Promise<void> {
    this.#left = MAX_DELIVERIES_PER_EVENT;
    this.pump();
    while (this.#underWay.size > 0 && this.#left > 0 && !this.#isStopped) {
      // What is due has begun, or waits for what is under way.
      const nowMs = Date.now();
      if (nowMs >= untilMs) return;
      const dueAtMs = this.#options.inbox.nextDueAtMs(this.#underWay, nowMs) ?? untilMs;
      await this.#pumped(Math.min(dueAtMs, untilMs) - nowMs);
    }
  }

  /** Messages that may begin now. */
  #next(kind: MessageKind['kind'], nowMs: number): number[] {
    const busy = [...this.#underWay.values()].filter((other) => other === kind).length;
    const free = Math.min(WIDTH[kind] - busy, this.#left);
    if (free <= 0) return [];
    const due = this.#options.inbox.due(kind, nowMs, busy + free).filter((seq) => !this.#underWay.has(seq));
    if (kind !== 'flow' || due.length === 0 || nowMs >= this.#nextReplayAtMs || !this.#hasManySteps) return due.slice(0, free);
    this.#pauseReplays(this.#nextReplayAtMs - nowMs);
    return [];
  }

  #begin(seq: number, kind: MessageKind['kind']): void {
    const delivery = this.#options.inbox.begin(seq);
    if (delivery === null) return;
    this.#left -= 1;
    this.#underWay.set(seq, kind);
    const beganAtMs = Date.now();
    void this.#deliver(seq, kind, delivery).finally(() => {
      this.#underWay.delete(seq);
      if (kind === 'flow') this.#noteReplay(Date.now() - beganAtMs);
      this.pump();
    });
  }

  /**
   * Has the next replay wait eight times as long as the last one has taken, or until the steps that may run now are few: it would see the end of some of them, and be made again
   * for the next ones. Of 500 steps side by side that was most of an app's time, which is busy with a replay for long after its end.
   */
  #noteReplay(tookMs: number): void {
    this.#nextReplayAtMs = Date.now() + Math.min(tookMs * PAUSE_FACTOR, MAX_PAUSE_MS);
  }

  #pauseReplays(forMs: number): void {
    if (this.#isPausing) return;
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      this.pump();
    }, forMs);
  }

  get #hasManySteps(): boolean {
    return this.#options.inbox.due('step', Date.now(), MANY_STEPS).length === MANY_STEPS;
  }

  async #deliver(seq: number, kind: MessageKind['kind'], delivery: Delivery): Promise<void> {
    const result = await this.#options
      .deliver(delivery)
      .then((settle) => (this.#isStopped ? null : settle()))
      .catch((error: unknown): Delivered => ({ kind: 'failed', reason: String(error) }));
    if (result === null || this.#isStopped) return;
    const { inbox } = this.#options;
    switch (result.kind) {
      case 'done':
        return inbox.remove(seq);
      case 'again':
        if (kind === 'flow') inbox.postponeReplay(seq, Date.now() + result.afterMs, this.#underWay);
        else inbox.postpone(seq, Date.now() + result.afterMs);
        return;
      case 'failed':
        logError('a message of a workflow has failed', result.reason, {
          messageId: delivery.messageId,
          queue: delivery.queue,
          attempt: delivery.attempt,
        });
        this.#retry(seq, delivery.attempt, result.reason);
    }
  }

  #retry(seq: number, attempt: number, reason: string): void {
    const waitMs = backoffMs(attempt, Math.random());
    if (waitMs === null) this.#options.inbox.bury(seq, reason);
    else this.#options.inbox.postpone(seq, Date.now() + waitMs);
  }

  /** Resolves when somebody has begun to deliver what is due; after a time that is done here. */
  async #pumped(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onPump = resolve;
    const timeout = setTimeout(() => this.pump(), withinMs);
    await promise;
    clearTimeout(timeout);
  }
}
