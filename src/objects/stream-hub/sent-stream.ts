/** What readers have to know of the stream that they are sent, in its own object and in a relay. */
import type { StreamPosition } from '../../wire/stream-offset.ts';

export interface SentStream {
  readonly contentType: string;
  readonly isClosed: boolean;
  /** the first message that is kept */
  readonly first: StreamPosition;
  /** behind the last message that is known here */
  readonly next: StreamPosition;
  /** How many characters or bytes of messages stand between two positions, about; Infinity where nobody knows any more, as it is too long ago. */
  lengthBetween(from: number, until: number): number;
}
