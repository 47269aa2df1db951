/** What the service's isolates ask a stream's object for by an upgrade (`upgradeUrl`). */
import type { Member } from '../../wire/stream-frames.ts';
import type { StreamPosition } from '../../wire/stream-offset.ts';

/** The header that says which relay takes the socket, on an answer 303. */
export const RELAY_HEADER = 'steamer-relay';

export interface SocketRequest {
  /** the socket's reader has everything before it */
  from: StreamPosition;
  /** a ticket that the socket uses up */
  ticket: { id: string; expiresAtMs: number } | null;
  /** whether it may append */
  mayAppend: boolean;
  /** whether it is sent what it has appended itself */
  hearsItself: boolean;
  /** who is present by this socket; null: nobody, and it hears of nobody either */
  member: Omit<Member, 'sinceMs'> | null;
  /** what it was opened with, and ends with; empty: nothing that could end but its tenant */
  credential: string;
}

/** A reader of everything from a position on, and nothing else. */
export function readerFrom(from: StreamPosition, credential = ''): SocketRequest {
  return { from, ticket: null, mayAppend: false, hearsItself: true, member: null, credential };
}
