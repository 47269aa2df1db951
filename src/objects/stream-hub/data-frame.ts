/** Messages of a stream as a reader is sent them. Pure. */
import { encodeFrame } from '../../wire/stream-frames.ts';
import type { DataHeader } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import { withoutRanges } from './own-messages.ts';
import type { PositionRange } from './own-messages.ts';
import type { MessageBatch } from './rpc.ts';
import type { SentStream } from './sent-stream.ts';

/** The frame of messages that end at the position `next`, without those of the ranges. */
export function frameOf(stream: SentStream, batch: MessageBatch, next: number, own: readonly PositionRange[] = []): string | Uint8Array {
  const { messages, skipped } = withoutRanges(batch, next - batch.lengths.length, own);
  const isAtTail = next === stream.next.position;
  const header: DataHeader = {
    type: 'data',
    next: formatOffset({ ...stream.next, position: next }),
    ...(messages.lengths.length === 1 ? {} : { lengths: messages.lengths }),
    ...(skipped === 0 ? {} : { skipped }),
    ...(isAtTail ? { upToDate: true } : {}),
    ...(isAtTail && stream.isClosed ? { closed: true } : {}),
  };
  return encodeFrame({ header, data: messages.data });
}
