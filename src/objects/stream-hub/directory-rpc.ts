/** The interface of a tenant's directory of streams. */
import type { StreamPosition } from '../../wire/stream-offset.ts';

/** A stream as it was when it last reported. */
export interface StreamListing {
  name: string;
  contentType: string;
  createdAtMs: number;
  next: StreamPosition;
  /** of its own messages, in bytes (JSON: characters) */
  size: number;
  readers: number;
  isClosed: boolean;
  reportedAtMs: number;
}

/** How whoever owns a key or a session ends what was opened with it. */
export interface SocketsRpc {
  /**
   * Ends all sockets of the tenant that were opened with a credential (`credentialOf`; `ANY_CREDENTIAL`: all there are), and opens no more for it. To be called when
   * it is no more; what cannot be reached at once is ended within some seconds.
   */
  endSockets(credential: string): Promise<void>;
  /** Opens sockets again for a credential that is good again. */
  admitSockets(credential: string): Promise<void>;
  /** Forgets all credentials, as the tenant is no more. */
  forgetCredentials(): Promise<void>;
}

/** What routes and streams ask the list of a tenant's streams. */
export interface StreamDirectoryRpc extends SocketsRpc {
  /** Lists a stream, or lists it anew. One that began later with the same name stays. */
  report(listing: StreamListing): Promise<void>;
  /** The stream of this epoch is no more. */
  forget(name: string, epoch: number): Promise<void>;
  /** Streams whose names begin with `prefix`, by name, behind the name `after`. */
  list(prefix: string, after: string, limit: number): Promise<StreamListing[]>;
  /** How many streams there are, and sockets on all of them together. */
  totals(): Promise<{ streams: number; sockets: number }>;
  /** A credential has sockets on a stream, or on a run (`runSocketsName`), until then at most. @returns false for one that is no more */
  noteSocket(credential: string, stream: string, untilMs: number): Promise<boolean>;
  /** Uses a ticket up that is good until then. @returns false when it was used before */
  useTicket(id: string, expiresAtMs: number): Promise<boolean>;
}

/** What a directory tells a socket that watches a prefix: the streams that there are (some more than one socket follows at most), and each that comes. */
export type DirectoryNews = { there: string[] } | { came: string };

/** What the service's isolates ask a directory for by an upgrade (`upgradeUrl`): to hear of the streams of a prefix. */
export interface Watcher {
  prefix: string;
  /** what it was opened with, and ends with */
  credential: string;
}
