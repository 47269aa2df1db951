/** How long a stream keeps its messages. Whole appends go, and only from the beginning. */

/** Null in both: everything is kept. Where both are set, what either lets go is gone. */
export interface StreamRetention {
  /** a message is kept for as long at least */
  ageSec: number | null;
  /** as many bytes (of JSON, characters) are kept at least, of the latest messages */
  bytes: number | null;
}

export const KEEP_EVERYTHING: StreamRetention = { ageSec: null, bytes: null };

/** As much more may be kept before something goes, so that a busy stream is not trimmed with every append. */
const SLACK = 0.1;

export function isSameRetention(one: StreamRetention, other: StreamRetention): boolean {
  return one.ageSec === other.ageSec && one.bytes === other.bytes;
}

/** When a message that was appended at this time is to go; null: never for its age. */
export function expiryOf({ ageSec }: StreamRetention, atMs: number): number | null {
  return ageSec === null ? null : atMs + ageSec * 1000 * (1 + SLACK);
}

/** Whether so much is kept that something has to go. */
export function isOverfull({ bytes }: StreamRetention, keptLength: number): boolean {
  return bytes !== null && keptLength > bytes * (1 + SLACK);
}
