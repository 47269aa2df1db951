/** When the messages of an inbox are due: its rows in memory, without what they say. */
import type { MessageKind } from '../../runs/messages.ts';

export interface WaitingMessage {
  seq: number;
  id: string;
  key: string | null;
  kind: MessageKind['kind'];
  isWakeUp: boolean;
  dueAtMs: number;
  /** when a queue is told of it; null: it is delivered */
  sendAtMs: number | null;
  /** it was given up */
  isDead: boolean;
  /** the SDK has not asked for what was brought with it */
  isUntaken: boolean;
}

/** The messages that are being delivered, by their `seq`. */
export type UnderWay = Pick<ReadonlySet<number>, 'has'>;

export class WaitingMessages {
  /** by their `seq`: of thousands of steps side by side, each asks for the few replays as well */
  readonly #messages: Readonly<Record<MessageKind['kind'], Map<number, WaitingMessage>>> = { flow: new Map(), step: new Map() };
  /** of each id the `seq` */
  readonly #seqs = new Map<string, number>();
  /** of each key the id, of dead messages, too */
  readonly #ids = new Map<string, string>();
  readonly #isHandedOff: boolean;

  /** @param isHandedOff messages go through queues before they are delivered */
  constructor(messages: readonly WaitingMessage[], isHandedOff: boolean) {
    for (const message of messages) this.put(message);
    this.#isHandedOff = isHandedOff;
  }

  get(seq: number): WaitingMessage | null {
    return this.#messages.flow.get(seq) ?? this.#messages.step.get(seq) ?? null;
  }

  ofId(id: string): WaitingMessage | null {
    const seq = this.#seqs.get(id);
    return seq === undefined ? null : this.get(seq);
  }

  /** The id of the message of a key, dead or not. */
  ofKey(key: string): string | null {
    return this.#ids.get(key) ?? null;
  }

  put(message: WaitingMessage): void {
    this.#messages[message.kind].set(message.seq, message);
    this.#seqs.set(message.id, message.seq);
    if (message.key !== null) this.#ids.set(message.key, message.id);
  }

  change(seq: number, changes: Partial<Pick<WaitingMessage, 'isWakeUp' | 'dueAtMs' | 'sendAtMs' | 'isDead' | 'isUntaken'>>): void {
    const message = this.get(seq);
    if (message !== null) this.put({ ...message, ...changes });
  }

  remove(seq: number): void {
    const message = this.get(seq);
    if (message === null) return;
    this.#messages[message.kind].delete(seq);
    this.#seqs.delete(message.id);
    if (message.key !== null) this.#ids.delete(message.key);
  }

  /** Those of a kind that may be delivered, in the order of their time. */
  due(kind: MessageKind['kind'], nowMs: number, limit: number): number[] {
    const due = this.#alive(kind).filter(({ dueAtMs, sendAtMs }) => dueAtMs <= nowMs && (!this.#isHandedOff || sendAtMs === null));
    return inOrder(due, ({ dueAtMs }) => dueAtMs)
      .slice(0, limit)
      .map(({ seq }) => seq);
  }

  /** Those of a kind that a queue has to be told of. */
  unsent(kind: MessageKind['kind'], nowMs: number, limit: number): WaitingMessage[] {
    const unsent = this.#alive(kind).filter(({ sendAtMs }) => sendAtMs !== null && sendAtMs <= nowMs);
    return inOrder(unsent, ({ sendAtMs }) => sendAtMs ?? 0).slice(0, limit);
  }

  /** Replays, in the order of their time. */
  replays(): WaitingMessage[] {
    return inOrder(this.#alive('flow'), ({ dueAtMs }) => dueAtMs);
  }

  /** When something is to be done for the first of the messages that are not under way, of those after a time; null: there is none. */
  nextDueAtMs(underWay: UnderWay, afterMs = -Infinity): number | null {
    let nextMs = Infinity;
    for (const messages of Object.values(this.#messages)) {
      for (const { seq, isDead, dueAtMs, sendAtMs } of messages.values()) {
        const atMs = (this.#isHandedOff ? sendAtMs : null) ?? dueAtMs;
        if (atMs > afterMs && !isDead && !underWay.has(seq)) nextMs = Math.min(nextMs, atMs);
      }
    }
    return nextMs === Infinity ? null : nextMs;
  }

  #alive(kind: MessageKind['kind']): WaitingMessage[] {
    return [...this.#messages[kind].values()].filter(({ isDead }) => !isDead);
  }
}

/** By their time, and then as they came. */
function inOrder(messages: readonly WaitingMessage[], timeOf: (message: WaitingMessage) => number): WaitingMessage[] {
  return messages.toSorted((one, other) => timeOf(one) - timeOf(other) || one.seq - other.seq);
}
