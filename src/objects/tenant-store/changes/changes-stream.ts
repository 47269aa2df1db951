/** What a stream of changes is: made by who tells the first change, or by who wants to hear it. */
import type { CreateStream } from '../../stream-hub/rpc.ts';

/** What the stream of a model's changes is created as. */
export const CHANGES_STREAM: CreateStream & { contentType: string } = {
  contentType: 'application/json',
  lifetime: null,
  // A week of them is kept.
  retention: { ageSec: 7 * 24 * 3600, bytes: null },
  isClosed: false,
  messages: null,
  fork: null,
};
