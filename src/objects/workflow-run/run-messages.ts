/** The messages of a run: they wait in the inbox and are delivered by the dispatcher, at once or, where there are queues, when a consumer has come for them. */
import { bareAnswer, deliveredOf, isStale, type Deliver, type DeliveryAnswer, type HeldEvent } from '../../runs/deliveries.ts';
import type { EventResult } from '../../runs/entities.ts';
import { succeeded, type Outcome, type WorldErrorData } from '../../runs/world-error.ts';
import { isOfStep, type DeadMessage, type Delivered, type Delivery, type NewMessage } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { Dispatcher } from './dispatcher.ts';
import { HandOff, type HandOffQueues } from './hand-off.ts';
import { Inbox } from './inbox.ts';

/** So many replays one after the other are made again as they have not seen the newest event from outside. */
const MAX_STALE_REPLAYS = 3;

export interface RunMessagesOptions {
  sql: SqlStorage;
  address: () => RunAddress;
  /** null: the object delivers by itself */
  queues: HandOffQueues | null;
  runner: () => Deliver;
  /** the one that has started the run; null: there is no run yet */
  deploymentId: () => string | null;
  /** what a delivery brings with it. @param isUntaken the SDK has not asked for what the last one has brought */
  start: (delivery: Delivery, isUntaken: boolean) => EventResult | null;
  hasEnded: () => boolean;
  /** whether a message is for a step that has run and is over: what follows from that was put in with its end */
  isOver: (message: NewMessage) => boolean;
  /** writes what a delivery brings back. @returns what an event is refused for; null: the rest follows */
  write: (events: readonly HeldEvent[]) => WorldErrorData | null;
  /** puts payloads back that are kept elsewhere */
  resolve: (delivery: Outcome<Delivery>) => Promise<Outcome<Delivery>>;
  /** sees to it that the alarm comes then at the latest */
  wakeAt: (atMs: number) => void;
  /** how long deliveries may be under way before an alarm looks after them */
  backstopMs: number;
}

export class RunMessages {
  readonly #options: RunMessagesOptions;
  readonly #inbox: Inbox;
  readonly #handOff: HandOff | null;
  #dispatcher: Dispatcher;
  #staleReplays = 0;

  constructor(options: RunMessagesOptions) {
    const { sql, queues, address, wakeAt } = options;
    this.#options = options;
    this.#inbox = new Inbox(sql, queues !== null);
    this.#handOff = queues && new HandOff({ inbox: this.#inbox, queues, address, wakeAt });
    this.#dispatcher = this.#newDispatcher();
  }

  /** Puts a message in, and has it delivered. @returns the id of the message that will be delivered */
  put(message: NewMessage, nowMs: number): string {
    const messageId = this.#inbox.put(message, nowMs, this.#dispatcher.underWay);
    this.#dispatcher.pump();
    return messageId;
  }

  /** A consumer has come for a message. Nothing happens where it is gone, under way, or waits for a later time. */
  claim(messageId: string): void {
    this.#inbox.claim(messageId, Date.now());
    this.#dispatcher.pump();
  }

  /** A queue has given up a message that nobody has come for. */
  giveUp(messageId: string, failure: string): void {
    this.#inbox.giveUp(messageId, failure);
  }

  dead(): DeadMessage[] {
    return this.#inbox.dead();
  }

  /** @returns false when no message of this id was given up */
  replay(messageId: string): boolean {
    const isRevived = this.#inbox.revive(messageId, Date.now());
    if (isRevived) this.#dispatcher.pump();
    return isRevived;
  }

  /** What an alarm does: delivers what is due, and stays until that is done. @returns when it has to come again */
  async drive(untilMs: number): Promise<number | null> {
    this.#inbox.renew();
    await this.#dispatcher.drive(untilMs);
    return this.#dispatcher.wakeAtMs;
  }

  /** The run is deleted: nothing follows from what is under way. */
  forget(): void {
    this.#dispatcher.stop();
    this.#inbox.renew();
    this.#dispatcher = this.#newDispatcher();
  }

  #newDispatcher(): Dispatcher {
    const { wakeAt, backstopMs } = this.#options;
    return new Dispatcher({
      inbox: this.#inbox,
      deliver: async (delivery) => this.#deliver(delivery),
      wakeAt,
      announce: () => this.#handOff?.announce(),
      backstopMs,
    });
  }

  async #deliver(delivery: Delivery): Promise<() => Delivered> {
    const { resolve, start, hasEnded, runner, address, deploymentId } = this.#options;
    const isUntaken = this.#inbox.takeUntaken(delivery.messageId);
    // The SDK would take a step that was begun for one that may go on.
    if (isUntaken && hasEnded()) return () => ({ kind: 'done' });
    const brought = start(delivery, isUntaken);
    const isBrought = brought !== null;
    const whole = await resolve(succeeded(delivery));
    if (!whole.ok) return () => this.#settle(delivery, isBrought, bareAnswer(deliveredOf(whole.error)));
    const handed = { ...whole.value, deploymentId: deploymentId() ?? whole.value.deploymentId };
    const answer = await runner().deliver(address(), handed, brought);
    return () => this.#settle(delivery, isBrought && !answer.isStartTaken, answer);
  }

  #settle(delivery: Delivery, isUntaken: boolean, { delivered, writes }: DeliveryAnswer): Delivered {
    if (delivered.kind === 'failed' && isUntaken) this.#inbox.noteUntaken(delivery.messageId);
    const { write, isOver } = this.#options;
    const error = write(this.#staleReplays < MAX_STALE_REPLAYS ? writes.events : writes.events.map(asDecided));
    if (error !== null) {
      if (isStale(error)) this.#staleReplays += 1;
      return deliveredOf(error);
    }
    if (!isOfStep(delivery)) this.#staleReplays = 0;
    const { underWay } = this.#dispatcher;
    // The SDK sends those of all steps that were not over when its replay began.
    for (const message of writes.messages) if (!isOver(message)) this.#inbox.put(message, Date.now(), underWay);
    return delivered;
  }
}

/** Where something comes from outside all the time, a run goes on as the SDK would: by what was decided without it. Only a run that ends has to have seen all. */
function asDecided({ request, options }: HeldEvent): HeldEvent {
  return { request, options: request.eventType === 'run_completed' ? options : { ...options, stateUpdatedAtMs: null } };
}
