/** Keeps the answers to one call within what the runtime carries. */
import { isRead } from './operation-kinds.ts';
import type { StoreCall } from './rpc.ts';

/** The runtime carries 32 MiB in a call, and takes two bytes for each character of a text that has a wide one. */
const MAX_REPLIES_LENGTH = 15 * 1024 * 1024;
const RESEND = '{"resend":true}';

/** JSON of all replies. Reads that do not fit are to be sent again alone; writes are small, and nothing is sent twice that must not be. */
export function joinReplies(calls: readonly StoreCall[], replies: readonly string[]): string {
  let length = 0;
  const fitting = replies.map((reply, index) => {
    const operation = calls[index]?.operation;
    const isOver = replies.length > 1 && length + reply.length > MAX_REPLIES_LENGTH && operation !== undefined && isRead(operation);
    length += isOver ? 0 : reply.length;
    return isOver ? RESEND : reply;
  });
  return `[${fitting.join(',')}]`;
}
