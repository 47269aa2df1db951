/** Follows a stream for as long as somebody listens: over sockets, and by long polls where those do not get through. */
import { isFinal } from './connection.ts';
import type { Connection } from './connection.ts';
import { waitToRetry } from './retry.ts';
import { socketParts } from './socket-parts.ts';
import { offsetBefore, readResponse } from './stream-part.ts';
import type { StreamPart } from './stream-part.ts';

/** `live`: everything there is was handed over; `offline`: waiting to try again. */
export type FollowStatus = 'connecting' | 'live' | 'offline';

/** From where a stream is followed, until when, and who is told of its connection. */
export interface FollowOptions {
  /** where to begin: the offset of the last event that was dealt with, -1 for the beginning (default), now for the end */
  offset?: string;
  /** ends it, also while it waits */
  signal?: AbortSignal;
  /** is told what becomes of the connection; beside `offline` why */
  onStatus?: (status: FollowStatus, error?: unknown) => void;
}

/** A message, and where it stands. */
export interface StreamEvent<Value = unknown> {
  value: Value;
  /** to go on from when this one is dealt with */
  offset: string;
}

/** After a socket that did not open, as many long polls before the next is tried. */
const POLLS_PER_SOCKET = 10;

export async function* follow<Value>(
  connection: Connection,
  name: string,
  { offset: begin = '-1', signal, onStatus = () => undefined }: FollowOptions,
): AsyncGenerator<StreamEvent<Value>, void, void> {
  let offset = begin;
  let failures = 0;
  let polls = 0;
  let status: FollowStatus | null = null;
  const turn = (to: FollowStatus, error?: unknown) => {
    if (to !== status) onStatus((status = to), error);
  };
  for (;;) {
    try {
      signal?.throwIfAborted();
      if (status !== 'live') turn('connecting');
      const socket = polls > 0 ? null : await connection.openSocket(name, offset, signal);
      polls = socket ? 0 : (polls || POLLS_PER_SOCKET) - 1;
      const polled = { query: { offset, live: 'long-poll' }, signal };
      const parts = socket ? socketParts<Value>(socket, signal) : [await readResponse<Value>(await connection.stream('GET', name, polled))];
      let isFirst = true;
      for await (const part of parts) {
        if (socket && !follows(part, offset)) throw new Error(`not what stands behind ${offset}`);
        isFirst = false;
        failures = 0;
        for (const [index, value] of part.values.entries())
          yield { value, offset: offsetBefore(part.offset, part.values.length - 1 - index) };
        ({ offset } = part);
        if (part.isClosed) return;
        if (part.isUpToDate) turn('live');
      }
      if (isFirst) throw new Error('closed at once');
    } catch (error) {
      signal?.throwIfAborted();
      if (isFinal(error)) throw error;
      turn('offline', error);
      await waitToRetry(failures++, error, signal);
    }
  }
}

/** Whether no message is missing between an offset and a part, and none is in both. */
function follows({ offset, values }: StreamPart, from: string): boolean {
  return from === 'now' || from === '-1' || offsetBefore(offset, values.length) === from;
}
