/** The interface of the tenant's object, private to this room: strings in, strings out, several operations in one call. */
import type { OperationContext, OperationMeta, StoreError } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput, OperationName } from '../../dynamo/types.ts';

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

/** What one call is answered with. */
export interface StoreAnswer {
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
}

/** Names the object that owns a tenant's keys: one shard for now; `epoch` changes when the number of shards does. */
export interface StoreAddress {
  tenant: string;
  shard: number;
  epoch: number;
}

export interface TenantStoreRpc {
  /**
   * Executes several operations.
   *
   * @param request JSON of a `StoreRequest`
   * @returns JSON of a `StoreAnswer`
   */
  execute(request: string): Promise<string>;
}
