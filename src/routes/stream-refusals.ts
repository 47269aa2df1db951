/** What of a stream cannot be done, as errors and answers. */
import { ServiceError } from '../lib/errors.ts';
import { refusalOf } from '../objects/stream-hub/append-refusal.ts';
import type { RefusedAppend } from '../objects/stream-hub/append-refusal.ts';
import type { CreateResult, Missing, ProducerStamp, ReadResult, StreamPart } from '../objects/stream-hub/rpc.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import { problem, toPublicError } from './respond.ts';
import type { RequestContext } from './route.ts';

/** The error of a stream that is not there. */
export function missing(result: Missing): ServiceError {
  const { code, detail } = refusalOf(result);
  return new ServiceError(code, detail);
}

/** The error of a creation that finds something else in its place, or a source that does not fit. */
export function creationRefused(result: Exclude<CreateResult, { kind: 'created' } | { kind: 'exists' }>): ServiceError {
  switch (result.kind) {
    case 'differs':
      return new ServiceError('conflict', `The stream exists, with another configuration: it has the type ${result.state.contentType}.`);
    case 'taken':
      return new ServiceError('conflict', 'The stream was deleted; forks of it still need its messages, so its name is taken.');
    case 'no_source':
      return new ServiceError('not_found', 'Stream-Forked-From: there is no such stream.');
    case 'source_gone':
      return new ServiceError('conflict', 'Stream-Forked-From: the stream was deleted.');
    case 'source_type':
      return new ServiceError('conflict', `Content-Type: expected the source's, ${result.contentType}, or none.`);
    case 'bad_fork':
      return new ServiceError('invalid_input', `Fork: ${result.reason}.`);
  }
}

/** The error of a reader's offset. */
export function readRefused(result: Exclude<ReadResult, StreamPart>): ServiceError {
  switch (result.kind) {
    case 'too_far':
      return new ServiceError('invalid_input', 'offset: expected one of this stream, got one behind its last message.');
    case 'expired':
      return new ServiceError('gone', 'offset: it is of a stream that had this name before, and is deleted.');
    case 'trimmed':
      return new ServiceError(
        'gone',
        `offset: what stands behind it is not kept any more; what is begins at ${formatOffset(result.first)}.`,
      );
    default:
      return missing(result);
  }
}

/** The answer to who reads what is not kept any more: with the offset to go on from. */
export function trimmedAnswer(result: Extract<ReadResult, { kind: 'trimmed' }>, { requestId }: RequestContext): Response {
  return problem(toPublicError(readRefused(result)), requestId, {
    'cross-origin-resource-policy': 'cross-origin',
    'stream-first-offset': formatOffset(result.first),
  });
}

/** A refused append answers with what a producer needs to go on. */
export function appendRefused(result: RefusedAppend, producer: ProducerStamp | null, { requestId }: RequestContext): Response {
  const { code, detail } = refusalOf(result);
  return problem(toPublicError(new ServiceError(code, detail)), requestId, {
    'cross-origin-resource-policy': 'cross-origin',
    ...refusalHeaders(result, producer),
  });
}

function refusalHeaders(result: RefusedAppend, producer: ProducerStamp | null): Record<string, string> {
  switch (result.kind) {
    case 'closed':
      return { 'stream-closed': 'true', 'stream-next-offset': formatOffset(result.next) };
    case 'stale_epoch':
      return { 'producer-epoch': String(result.epoch) };
    case 'sequence_gap':
      return { 'producer-expected-seq': String(result.expected), 'producer-received-seq': String(producer?.seq) };
    default:
      return {};
  }
}
