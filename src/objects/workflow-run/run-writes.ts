/** Writes events of a run, with everything that follows from them in one transaction, and sees to it that others are told. */
import { logError } from '../../lib/log.ts';
import { isDoneWith, type HeldEvent } from '../../runs/deliveries.ts';
import type { EventResult } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import type { Outcome, WorldErrorData } from '../../runs/world-error.ts';
import type { IndexOutbox } from './index-outbox.ts';
import type { OpenRun } from './open-run.ts';
import type { RunAlarms } from './run-alarms.ts';

export interface RunWritesOptions {
  storage: DurableObjectStorage;
  /** the run with its tables */
  run: () => OpenRun;
  /** reads anew what is remembered of the run: what was written is undone */
  renew: () => void;
  outbox: IndexOutbox;
  alarms: RunAlarms;
  /** tells those who follow the run */
  notify: () => void;
  /** when others are told again */
  backstopMs: number;
  /** how long a run is kept after its end */
  retentionMs: number;
}

export class RunWrites {
  readonly #options: RunWritesOptions;

  constructor(options: RunWritesOptions) {
    this.#options = options;
  }

  /** Writes an event, or nothing. @param conflictingRunId of a hook that is created: the run that has its token */
  commit(request: EventRequest, options: WriteOptions, conflictingRunId: string | null = null): Outcome<EventResult> {
    return this.#transaction(() => this.#write(request, options, conflictingRunId));
  }

  /** Writes events in their order, up to one that is refused and not done with. @returns what that is refused for; null: there was none */
  commitAll(events: readonly HeldEvent[]): WorldErrorData | null {
    if (events.length === 0) return null;
    return this.#transaction(() => {
      for (const { request, options } of events) {
        const outcome = this.#write(request, options, null);
        if (!outcome.ok && !isDoneWith(outcome.error)) return outcome.error;
      }
      return null;
    });
  }

  /** Tells others what they have not heard. What fails is noted still. */
  async tellOthers(): Promise<void> {
    try {
      await this.#options.outbox.flush();
    } catch (error) {
      logError('the index of workflows could not be written', error);
    }
  }

  #write(request: EventRequest, options: WriteOptions, conflictingRunId: string | null): Outcome<EventResult> {
    const { run, outbox } = this.#options;
    const written = run().writer.write(request, { options, nowMs: Date.now(), conflictingRunId });
    // The token was claimed for a hook that is not created any more.
    if (!written.ok && request.eventType === 'hook_created') outbox.note('hook', request.correlationId);
    return written;
  }

  #transaction<Result>(work: () => Result): Result {
    const { storage, renew, notify } = this.#options;
    try {
      const result = storage.transactionSync(work);
      notify();
      this.#haveOthersTold();
      return result;
    } catch (error) {
      renew();
      throw error;
    }
  }

  #haveOthersTold(): void {
    const { outbox, alarms, run, backstopMs, retentionMs } = this.#options;
    if (outbox.isEmpty) return;
    const { completedAtMs = null } = run().parts.record.get() ?? {};
    alarms.wakeAt(Date.now() + backstopMs);
    if (completedAtMs !== null) alarms.expireAt(completedAtMs + retentionMs);
    if (outbox.mayTry(Date.now())) void this.tellOthers(); // nothing waits for it: the timer does it again
  }
}
