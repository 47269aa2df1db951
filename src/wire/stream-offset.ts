/** Positions in a stream as texts that sort as the positions do: `<epoch>_<position>`, 16 digits each. */

/** A place between two messages of a stream. */
export interface StreamPosition {
  /** tells a stream from one that had its name before, from 1 on; within the service 0 stands for any, and nobody is told an offset of it */
  epoch: number;
  /** how many messages stand before it */
  position: number;
}

/** Where a reader begins: at the first message, behind the last one, or at a place that it has been told. */
export type StreamFrom = 'start' | 'now' | StreamPosition;

const OFFSET = /^(\d{16})_(\d{16})$/;

/** What clients of the protocol write for the beginning of whatever stream; no other offset of epoch 0 is taken. */
const ZERO = formatOffset({ epoch: 0, position: 0 });

/** The text of a position, as `Stream-Next-Offset` carries it. */
export function formatOffset({ epoch, position }: StreamPosition): string {
  return `${String(epoch).padStart(16, '0')}_${String(position).padStart(16, '0')}`;
}

/**
 * Reads an `offset` parameter.
 *
 * @returns null for a text that is no offset
 * @see Durable Streams protocol, section 6: `-1` is the beginning, `now` the end; its clients and suite write all zeros for the beginning, too
 */
export function parseOffset(text: string): StreamFrom | null {
  if (text === '-1') return 'start';
  if (text === 'now') return 'now';
  if (text === ZERO) return 'start';
  const [, epoch, position] = OFFSET.exec(text) ?? [];
  return Number(epoch) > 0 ? { epoch: Number(epoch), position: Number(position) } : null;
}
