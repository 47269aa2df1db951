import type { DeadMessage } from './messages.ts';
import type { RunStore } from './run-store.ts';

/** A run's home, as whoever serves runs knows it. */
export interface RunHome extends RunStore {
  /** Messages that were given up, the oldest first. */
  deadMessages(): Promise<DeadMessage[]>;
  /** Delivers a message that was given up once more. @returns false when there is none of this id */
  replayMessage(messageId: string): Promise<boolean>;
  /** Deletes everything of the run at once, whatever it is about. */
  remove(): Promise<void>;
}
