/** A short log in memory, with its payloads: every replay reads all of it, and every step its input. */
import { PAYLOAD_MEMBERS, type EventType, type Page, type Payload, type WorkflowEvent } from '../../runs/entities.ts';

/** Of many runs, in one isolate. */
const HEAD_MAX_BYTES = 128 * 1024;
const EVENT_BYTES = 300;

export class LogHead {
  readonly #events: WorkflowEvent[] = [];
  #bytes = 0;

  /** @param bytes of what it says, about. @returns false when the log is not short any more */
  append(event: WorkflowEvent, bytes: number): boolean {
    this.#events.push(event);
    this.#bytes += EVENT_BYTES + bytes;
    return this.#bytes <= HEAD_MAX_BYTES;
  }

  /** All events, in order. */
  get page(): Page<WorkflowEvent> {
    return { data: [...this.#events], cursor: this.#events.length === 0 ? null : String(this.#events.length), hasMore: false };
  }

  /** The payload of the one event of this type of a part. @param correlationId null: of the run itself */
  payloadOf(type: EventType, correlationId: string | null): Payload {
    const event = this.#events.findLast((one) => one.eventType === type && (one.correlationId ?? null) === correlationId);
    return event?.eventData?.[PAYLOAD_MEMBERS[type] ?? ''];
  }
}
