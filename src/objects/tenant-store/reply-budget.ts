/** Keeps the answers to one call within what the runtime carries. */
import type { StoreError } from '../../dynamo/item-store.ts';
import { isRead } from '../../dynamo/operation-kinds.ts';
import { refusal } from './refusals.ts';
import type { StoreCall } from './rpc.ts';
import { bytesOf, JoinedBytes } from './text-bytes.ts';

/** The runtime carries 32 MiB in a call. */
const MAX_CALL_BYTES = 31 * 1024 * 1024;
/** All replies of a call are in memory several times on their way, beside the cache. */
const MAX_REPLIES_BYTES = 15 * 1024 * 1024;
/** Of a read that is to be sent again, alone. */
export const RESEND = '{"resend":true}';
const TOO_LARGE: StoreError = { code: 'invalid_request', message: 'the answer is over 31 MB: ask for less at a time' };

/**
 * JSON of all replies. Reads that do not fit are to be sent again alone; writes are small, and nothing is sent twice that must not be.
 * A read whose answer can never be carried is refused; batches and pages end long before.
 */
export function joinReplies(calls: readonly StoreCall[], replies: readonly string[]): string {
  const size = new JoinedBytes(MAX_REPLIES_BYTES);
  const isOfRead = (index: number) => isRead(calls[index]?.operation ?? '');
  replies.forEach((reply, index) => isOfRead(index) || size.add(reply));
  const fitting = replies.map((reply, index) => {
    if (!isOfRead(index)) return reply;
    if (reply.length * 2 > MAX_CALL_BYTES && bytesOf(reply) > MAX_CALL_BYTES) return refusal(TOO_LARGE);
    return size.take(reply) ? reply : RESEND;
  });
  return `[${fitting.join(',')}]`;
}
