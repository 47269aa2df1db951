/** Messages in one piece, cut and joined without being looked into. */
import { joinBytes } from '../../lib/join-bytes.ts';
import type { MessageBatch } from './rpc.ts';

/** What stands between two JSON messages; between others stands nothing. */
export const JSON_SEPARATOR = ',';

/** No messages, of the kind that a content type has. */
export function noMessages(isJson: boolean): MessageBatch {
  return { data: isJson ? '' : new Uint8Array(), lengths: [] };
}

/** The messages from the one at index `begin` up to, and without, the one at `end`. */
export function sliceBatch({ data, lengths }: MessageBatch, begin: number, end = lengths.length): MessageBatch {
  if (begin === 0 && end >= lengths.length) return { data, lengths };
  const separator = typeof data === 'string' ? JSON_SEPARATOR.length : 0;
  const startOf = (index: number) => lengths.slice(0, index).reduce((sum, length) => sum + length + separator, 0);
  const last = lengths[end - 1] ?? 0;
  const from = startOf(begin);
  const until = end > begin ? startOf(end - 1) + last : from;
  return { data: data.slice(from, until), lengths: lengths.slice(begin, end) };
}

/** All messages of several batches of one content type, in their order. */
export function joinBatches(batches: readonly MessageBatch[], isJson: boolean): MessageBatch {
  const full = batches.filter(({ lengths }) => lengths.length > 0);
  const [only] = full;
  if (only && full.length === 1) return only;
  const lengths = full.flatMap((batch) => batch.lengths);
  if (isJson) return { data: full.map(({ data }) => data).join(JSON_SEPARATOR), lengths };
  return { data: joinBytes(full.map(({ data }) => data).filter((data) => typeof data !== 'string')), lengths };
}

/** The same messages in batches of at most `maxLength` characters or bytes; a message that is longer has one of its own. */
export function splitBatch(batch: MessageBatch, maxLength: number): MessageBatch[] {
  const batches: MessageBatch[] = [];
  let begin = 0;
  let size = 0;
  for (const [index, length] of batch.lengths.entries()) {
    if (index > begin && size + length > maxLength) {
      batches.push(sliceBatch(batch, begin, index));
      begin = index;
      size = 0;
    }
    size += length;
  }
  if (begin < batch.lengths.length) batches.push(sliceBatch(batch, begin));
  return batches;
}
