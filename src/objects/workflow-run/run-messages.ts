/** The messages of a run: they wait in the inbox and are delivered by the dispatcher, at once or, where there are queues, when a consumer has come for them. */
import { succeeded, type Outcome } from '../../runs/world-error.ts';
import type { DeadMessage, Deliver, Delivered, Delivery, NewMessage } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { Dispatcher } from './dispatcher.ts';
import { HandOff, type HandOffQueues } from './hand-off.ts';
import { Inbox } from './inbox.ts';

export interface RunMessagesOptions {
  sql: SqlStorage;
  address: () => RunAddress;
  /** null: the object delivers by itself */
  queues: HandOffQueues | null;
  runner: () => Deliver;
  /** the one that has started the run; null: there is no run yet */
  deploymentId: () => string | null;
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
    await this.#dispatcher.drive(untilMs);
    return this.#dispatcher.wakeAtMs;
  }

  /** The run is deleted: nothing follows from what is under way. */
  forget(): void {
    this.#dispatcher.stop();
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

  async #deliver(delivery: Delivery): Promise<Delivered> {
    const { resolve, runner, address, deploymentId } = this.#options;
    const resolved = await resolve(succeeded(delivery));
    if (!resolved.ok) return { kind: 'failed', reason: resolved.error.message };
    return runner().deliver(address(), { ...resolved.value, deploymentId: deploymentId() ?? resolved.value.deploymentId });
  }
}
