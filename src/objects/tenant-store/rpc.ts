/** The interface of the tenant's object, private to this room: strings in, strings out, several operations in one call. */
import type { OperationContext, OperationMeta, StoreError } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput, OperationName } from '../../dynamo/types.ts';
import type { TrafficSecond } from '../../wire/traffic.ts';
import type { ObjectState } from '../../wire/store-version.ts';
import type { Division } from './shards/division.ts';

/** One operation on its way to the object. */
export type StoreCall =
  | { operation: OperationName; input: unknown; context: Omit<OperationContext, 'signal'> }
  | { operation: 'ClaimIdempotencyKey'; input: { key: string; fingerprint: string } }
  | { operation: 'CompleteIdempotencyKey'; input: { key: string; response: string } }
  | { operation: 'ReleaseIdempotencyKey'; input: { key: string } }
  | { operation: 'DoubtIdempotencyKey'; input: { key: string } };

/** What one call to the object carries. */
export interface StoreRequest {
  /** has to be the tenant of the object: a stub of the wrong object is found out before anything happens */
  tenant: string;
  calls: StoreCall[];
}

/**
 * One answer on its way back, in the order of the calls. `resend`: a read that was not answered since all answers together would not fit one
 * call; it is to be sent again alone. `rest`: the part of a BatchGetItem whose items did not fit this answer; it is to be asked for again, and
 * every answer settles at least one key.
 */
export type StoreReply =
  | { ok: true; output: unknown; meta: OperationMeta; rest?: BatchGetItemInput }
  | { ok: false; error: StoreError; output?: unknown; meta: OperationMeta; rest?: BatchGetItemInput }
  | { resend: true };

/** What one call is answered with. `moved`: the object does not answer for any keys; the division that has taken over, where it knows that. */
export type StoreAnswer = AnsweredCalls | { moved: Division | null };

export interface AnsweredCalls {
  /** one per call and in their order */
  replies: StoreReply[];
  state: AnswerState;
}

/** Which states of the object the replies have seen. */
export interface AnswerState {
  epoch: number;
  shard: number;
  /** see `ObjectState` */
  instance: string;
  /** the changes when the calls began: what was answered from memory is at least of that state */
  began: number;
  /** when the last of them ended: nothing is of a later one */
  ended: number;
  /** of other objects that were asked */
  others?: readonly ObjectState[];
}

/** Names an object that answers for a part of a tenant's keys; `epoch` counts the divisions of them (`Division`). */
export interface StoreAddress {
  tenant: string;
  shard: number;
  epoch: number;
}

/** What isolates ask a tenant's object. */
export interface TenantStoreRpc {
  /**
   * Executes several operations.
   *
   * @param request JSON of a `StoreRequest`
   * @param traffic what the caller's isolate has counted of the tenant since it last told
   * @returns JSON of a `StoreAnswer`
   */
  execute(request: string, traffic?: readonly TrafficSecond[]): string | Promise<string>;
}
