/** Tells the queues of messages that are due. What is sent says where a message waits; its object delivers it once a consumer has come for it. */
import { logError } from '../../lib/log.ts';
import type { HandedMessage } from '../../runs/handed-message.ts';
import type { MessageKind } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import type { Inbox } from './inbox.ts';

/** A queue for each kind of message. */
export type HandOffQueues = Readonly<Record<MessageKind['kind'], Queue<HandedMessage>>>;

export interface HandOffOptions {
  inbox: Inbox;
  queues: HandOffQueues;
  address: () => RunAddress;
  /** sees to it that the alarm comes then at the latest */
  wakeAt: (atMs: number) => void;
}

/** A queue takes so many at a time. */
const BATCH_MESSAGES = 100;
/** What nobody has come for by then is sent again: it was lost, or the object was interrupted before it was sent. */
const RESEND_MS = 60_000;
/** After a failure. */
const PAUSE_MS = 1_000;

export class HandOff {
  readonly #options: HandOffOptions;
  #isSending = false;

  constructor(options: HandOffOptions) {
    this.#options = options;
  }

  /** Sends what is due. What comes up meanwhile goes with the next batch. Nothing waits for it: what was not sent is sent by the alarm. */
  announce(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    void this.#drain().finally(() => (this.#isSending = false)); // `#send` fails never
  }

  async #drain(): Promise<void> {
    for (let isMore = true; isMore;) {
      const sent = await Promise.all((['flow', 'step'] as const).map((kind) => this.#send(kind)));
      isMore = sent.some(Boolean);
    }
  }

  /** @returns whether there was something, and it was sent */
  async #send(kind: MessageKind['kind']): Promise<boolean> {
    const { inbox, queues, address, wakeAt } = this.#options;
    const nowMs = Date.now();
    const waiting = inbox.unsent(kind, nowMs, BATCH_MESSAGES);
    if (waiting.length === 0) return false;
    const againAtMs = nowMs + RESEND_MS;
    for (const { seq } of waiting) inbox.noteSent(seq, againAtMs);
    try {
      await queues[kind].sendBatch(waiting.map(({ messageId }) => ({ body: { ...address(), messageId } })));
      return true;
    } catch (error) {
      logError('messages of a workflow could not be sent', error);
      const soonMs = Date.now() + PAUSE_MS;
      for (const { seq } of waiting) inbox.noteUnsent(seq, againAtMs, soonMs);
      wakeAt(soonMs);
      return false;
    }
  }
}
