/** A refused append as its writer is told of it, over HTTP and on sockets. */
import type { ErrorCode } from '../../lib/errors.ts';
import type { AppendResult } from './rpc.ts';

export type RefusedAppend = Exclude<AppendResult, { kind: 'appended' } | { kind: 'duplicate' }>;

export interface AppendRefusal {
  code: ErrorCode;
  detail: string;
  /** the epoch or the number that the producer's next append has to have */
  expected?: number;
}

/** Why nothing was stored. */
export function refusalOf(result: RefusedAppend): AppendRefusal {
  switch (result.kind) {
    case 'absent':
      return { code: 'not_found', detail: 'There is no such stream.' };
    case 'gone':
      return { code: 'gone', detail: 'The stream was deleted; forks of it still need its messages.' };
    case 'closed':
      return { code: 'stream_closed', detail: 'The stream is closed.' };
    case 'content_type':
      return { code: 'conflict', detail: `Content-Type: expected the stream's, ${result.expected}.` };
    case 'stream_seq':
      return { code: 'conflict', detail: `Stream-Seq: expected one that sorts behind ${JSON.stringify(result.last)}.` };
    case 'stale_epoch':
      return { code: 'stale_producer', detail: `Producer-Epoch: expected ${result.epoch} or more.`, expected: result.epoch };
    case 'epoch_start':
      return { code: 'invalid_input', detail: 'Producer-Seq: expected 0 in a new epoch.', expected: 0 };
    case 'sequence_gap':
      return { code: 'sequence_gap', detail: `Producer-Seq: expected ${result.expected}.`, expected: result.expected };
  }
}
