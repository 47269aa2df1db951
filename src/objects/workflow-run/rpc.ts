/** The interface of a run's object: what it is to whoever has the run's id, what its queues tell it, and what runs ask each other. */
import type { RunHome } from '../../runs/run-home.ts';

/** What routes and Workers ask a run's object. */
export interface WorkflowRunRpc extends RunHome {
  /** Whether a hook of this run has the token, or is about to have it. */
  holdsToken(token: string): Promise<boolean>;
  /** Ends the sockets that were opened with a credential. */
  endSockets(credential: string): Promise<void>;
  /** A queue's consumer has come for a message, which is delivered from now on. Nothing happens where it is gone, under way, or waits for a later time. */
  claimMessage(messageId: string): Promise<void>;
  /** A queue has given up a message that nobody has come for: it is a dead one. @param failure says so */
  giveUpMessage(messageId: string, failure: string): Promise<void>;
}
