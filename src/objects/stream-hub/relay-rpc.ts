/** How a stream's object and its relays talk: relays hold the sockets of readers that are too many for one object. */
import type { MessageBatch, Missing } from './rpc.ts';

/** What a relay has to know of its stream. */
export interface RelayedState {
  epoch: number;
  contentType: string;
  isClosed: boolean;
  /** the position of the first message that is kept */
  first: number;
  /** the position behind the last one */
  next: number;
}

/** What has become of the stream. `messages` are those from `from` on; null: they are to be read from the stream's object. */
export interface Announcement {
  state: RelayedState;
  from: number;
  messages: MessageBatch | null;
}

export interface StreamRelayRpc {
  /** Sends on what the relay has not sent yet. @returns how far it has come, and how many readers it has: without any it is told nothing more */
  announce(announcement: Announcement): Promise<{ readers: number; position: number }>;
  /** Ends the sockets that were opened with a credential. */
  endSockets(credential: string): Promise<void>;
  /** Ends all its sockets. */
  closeAll(code: number, reason: string): Promise<void>;
}

/** What relays ask of the stream's object. */
export interface RelayedRpc {
  /** The relay is told what happens from now on. May be called again. */
  attachRelay(index: number): Promise<Missing | { kind: 'attached'; state: RelayedState }>;
  /** Notes that a relay is about to have a socket of a credential. @returns false for one that is no more */
  noteSocket(credential: string): Promise<boolean>;
  /** The relay has no readers any more. */
  detachRelay(index: number): Promise<void>;
  /** What a reader may be sent that has acknowledged everything before `acked` and was sent everything before `sent`; null: nothing, until it acknowledges more. */
  readForRelay(acked: number, sent: number, until: number): Promise<MessageBatch | null>;
}
