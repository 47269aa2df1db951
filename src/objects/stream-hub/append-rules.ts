/** What becomes of an append, decided from what is known of the stream and its producers. Pure. */
import type { AppendMessages, AppendResult, Missing, ProducerStamp } from './rpc.ts';

export interface AppendContext {
  contentType: string;
  isClosed: boolean;
  lastStreamSeq: string | null;
  /** of the producer that the append names; null when it has written nothing yet */
  producer: { epoch: number; seq: number } | null;
}

type Refusal = Exclude<AppendResult, { kind: 'appended' } | { kind: 'duplicate' } | { kind: 'closed' } | Missing> | { kind: 'closed' };

/** `accept` writes; `repeat` is answered as the first time was; a refusal writes nothing. */
export type AppendDecision = { kind: 'accept' | 'repeat' } | Refusal;

/**
 * Decides. Producers come first, so that a repeated append is recognised whatever has happened to the stream since.
 *
 * @see Durable Streams protocol, sections 5.2 and 5.2.1
 */
export function decideAppend(context: AppendContext, append: AppendMessages): AppendDecision {
  const ofProducer = append.producer && decideProducer(context.producer, append.producer);
  if (ofProducer) return ofProducer;
  const closesOnly = append.messages === null;
  if (context.isClosed) return closesOnly && append.producer === null ? { kind: 'repeat' } : { kind: 'closed' };
  if (closesOnly) return { kind: 'accept' };
  if (append.contentType === null || !isSameType(append.contentType, context.contentType))
    return { kind: 'content_type', expected: context.contentType };
  if (append.streamSeq !== null && context.lastStreamSeq !== null && append.streamSeq <= context.lastStreamSeq)
    return { kind: 'stream_seq', last: context.lastStreamSeq };
  return { kind: 'accept' };
}

/** Null when the producer may write. */
function decideProducer(known: AppendContext['producer'], { epoch, seq, after }: ProducerStamp): AppendDecision | null {
  if (known && epoch < known.epoch) return { kind: 'stale_epoch', epoch: known.epoch };
  if (after !== undefined) {
    const last = known?.epoch === epoch ? known.seq : null;
    return last === after ? null : { kind: 'sequence_gap', expected: last ?? -1 };
  }
  if (known && epoch > known.epoch) return seq === 0 ? null : { kind: 'epoch_start' };
  const expected = known ? known.seq + 1 : 0;
  if (seq < expected) return { kind: 'repeat' };
  return seq === expected ? null : { kind: 'sequence_gap', expected };
}

/** Whether two content types are the same, whatever their case and parameters. */
export function isSameType(one: string, other: string): boolean {
  return mediaType(one) === mediaType(other);
}

/** Whether a stream of this type keeps JSON messages. */
export function isJsonType(contentType: string): boolean {
  return mediaType(contentType) === 'application/json';
}

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
