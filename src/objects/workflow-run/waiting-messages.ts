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
}

export class WaitingMessages {
  readonly #messages: Map<number, WaitingMessage>;
  readonly #isHandedOff: boolean;

  /** @param isHandedOff messages go through queues before they are delivered */
  constructor(messages: readonly WaitingMessage[], isHandedOff: boolean) {
    this.#messages = new Map(messages.map((message) => [message.seq, message]));
    this.#isHandedOff = isHandedOff;
  }

  get(seq: number): WaitingMessage | null {
    return this.#messages.get(seq) ?? null;
  }

  ofId(id: string): WaitingMessage | null {
    return this.#find((message) => message.id === id);
  }

  /** The id of the message of a key, dead or not. */
  ofKey(key: string): string | null {
    return this.#find((message) => message.key === key)?.id ?? null;
  }

  put(message: WaitingMessage): void {
    this.#messages.set(message.seq, message);
  }

  change(seq: number, changes: Partial<WaitingMessage>): void {
    const message = this.#messages.get(seq);
    if (message !== undefined) this.#messages.set(seq, { ...message, ...changes });
  }

  remove(seq: number): void {
    this.#messages.delete(seq);
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

  /** When something is to be done for the first of the messages that are not under way; null: there is none. */
  nextDueAtMs(underWay: ReadonlySet<number>): number | null {
    let nextMs = Infinity;
    for (const { seq, isDead, dueAtMs, sendAtMs } of this.#messages.values())
      if (!isDead && !underWay.has(seq)) nextMs = Math.min(nextMs, (this.#isHandedOff ? sendAtMs : null) ?? dueAtMs);
    return nextMs === Infinity ? null : nextMs;
  }

  #alive(kind: MessageKind['kind']): WaitingMessage[] {
    return [...this.#messages.values()].filter((message) => message.kind === kind && !message.isDead);
  }

  #find(isIt: (message: WaitingMessage) => boolean): WaitingMessage | null {
    for (const message of this.#messages.values()) if (isIt(message)) return message;
    return null;
  }
}

/** By their time, and then as they came. */
function inOrder(messages: readonly WaitingMessage[], timeOf: (message: WaitingMessage) => number): WaitingMessage[] {
  return messages.toSorted((one, other) => timeOf(one) - timeOf(other) || one.seq - other.seq);
}
