/** The interface of a run's object: what it is to whoever has the run's id, and what runs ask each other. */
import type { DeadMessage } from '../../runs/messages.ts';
import type { RunStore } from '../../runs/run-store.ts';

export interface WorkflowRunRpc extends RunStore {
  /** Whether a hook of this run has the token, or is about to have it. */
  holdsToken(token: string): Promise<boolean>;
  /** Messages that were given up, the oldest first. */
  deadMessages(): Promise<DeadMessage[]>;
  /** Delivers a message that was given up once more. @returns false when there is none of this id */
  replayMessage(messageId: string): Promise<boolean>;
  /** A queue's consumer has come for a message, which is delivered from now on. Nothing happens where it is gone, under way, or waits for a later time. */
  claimMessage(messageId: string): Promise<void>;
  /** A queue has given up a message that nobody has come for: it is a dead one. @param failure says so */
  giveUpMessage(messageId: string, failure: string): Promise<void>;
  /** Deletes everything of the run at once, whatever it is about. */
  remove(): Promise<void>;
}
