/** What each write asks of DynamoDB beyond the caller's wish, what it leaves of its keys, and what of the answer is the caller's. */
import type { OperationResult, StoreError, StoreErrorCode } from '../../dynamo/item-store.ts';
import type { AttributeMap, DeleteItemInput, PutItemInput, UpdateItemInput, WriteOutput } from '../../dynamo/types.ts';
import { isCanonicalItem } from './canonical-item.ts';
import type { ItemKey } from './item-key.ts';
import type { KeyChange, KeyOutcome } from './journal-rows.ts';
import type { Effect, Effects } from './key-lines.ts';

/** What a write came to. */
export interface Conclusion {
  effects: Effects;
  /** JSON of the output for the caller; absent when the operation failed without one */
  output?: string;
  error?: StoreError;
  /** what became of each of the plan's rows, in their order */
  outcomes: readonly KeyOutcome[];
}

/** A row that a write touches. */
export interface TouchedRow {
  key: ItemKey;
  change: KeyChange;
}

/** A write that is ready to take its turn. */
export interface WritePlan {
  /** the tenant's rows that it touches, each once; rows of nobody take no turn, since other objects write them too */
  rows: readonly TouchedRow[];
  /** as it is sent */
  input: unknown;
  conclude(result: OperationResult<WriteOperation>): Conclusion;
}

export type WriteOperation = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'TransactWriteItems';

export const CHANGED: Effect = { kind: 'changed' };
export const UNKNOWN: Effect = { kind: 'unknown' };
export const NO_EFFECTS: Effects = new Map();

/** After these DynamoDB has surely applied nothing. Anything else, known or not yet, may have been applied. */
const NOT_APPLIED: ReadonlySet<StoreErrorCode> = new Set([
  'condition_failed',
  'transaction_cancelled',
  'transaction_conflict',
  'invalid_request',
  'item_too_large',
  'transaction_too_large',
  'throttled',
  'deadline_exceeded',
  'access_denied',
  'table_not_found',
  'idempotency_mismatch',
  'read_only',
  'moved',
]);

export function isNotApplied(error: StoreError): boolean {
  return NOT_APPLIED.has(error.code) && error.mayBeApplied !== true;
}

/** What is left of a put item's key: the item as it was put, when DynamoDB gives it back so. */
export function effectOfPut(item: AttributeMap): Effect {
  return isCanonicalItem(item) ? { kind: 'value', text: JSON.stringify(item) } : CHANGED;
}

/** What became of the rows that a failure is about. */
export function outcomeOf(result: OperationResult<WriteOperation>): KeyOutcome {
  if (result.ok) return 'applied';
  return isNotApplied(result.error) ? 'refused' : 'unknown';
}

/** @param mayBeRepeated success may be that of an earlier sending: nothing was written now, and the row may long be another */
export function planPut(key: ItemKey | undefined, input: PutItemInput, mayBeRepeated: boolean): WritePlan {
  const effect = mayBeRepeated ? CHANGED : effectOfPut(input.Item);
  return planOne(
    rowsOf(key, 'put'),
    input,
    (output) => ({ effect, output: JSON.stringify(output) }),
    () => JSON.stringify(input.Item),
  );
}

/** @param mayBeRepeated as of a put */
export function planDelete(key: ItemKey | undefined, input: DeleteItemInput, mayBeRepeated: boolean): WritePlan {
  const effect: Effect = mayBeRepeated ? CHANGED : { kind: 'value', text: null };
  return planOne(
    rowsOf(key, 'delete'),
    input,
    (output) => ({ effect, output: JSON.stringify(output) }),
    () => null,
  );
}

/**
 * Asks for the whole new row, so that it can be cached, unless the caller wants to see another state of it.
 *
 * @param mayBeRepeated as of a put; the new row is then the one of today, and asked for only if the caller does, since it costs a read
 */
export function planUpdate(key: ItemKey | undefined, input: UpdateItemInput, mayBeRepeated: boolean): WritePlan {
  const wanted = input.ReturnValues ?? 'NONE';
  const rows = rowsOf(key, 'update');
  const isForCaller = mayBeRepeated ? wanted !== 'ALL_NEW' : wanted !== 'NONE' && wanted !== 'ALL_NEW';
  if (key === undefined || isForCaller) {
    return planOne(rows, input, (output) => ({ effect: CHANGED, output: JSON.stringify(output) }));
  }
  return planOne(rows, { ...input, ReturnValues: 'ALL_NEW' }, (output) => {
    if (output.Attributes === undefined) return { effect: CHANGED, output: '{}' };
    const text = JSON.stringify(output.Attributes);
    return { effect: { kind: 'value', text }, output: wanted === 'NONE' ? '{}' : `{"Attributes":${text}}` };
  });
}

/**
 * A condition that fails tells what the row is instead, when asked to; the caller sees that only if it asked itself.
 *
 * @param leaves the row that the write leaves as JSON, where that is known before
 */
function planOne(
  rows: readonly TouchedRow[],
  input: PutItemInput | UpdateItemInput | DeleteItemInput,
  succeed: (output: WriteOutput) => { effect: Effect; output: string },
  leaves?: () => string | null,
): WritePlan {
  const key = rows[0]?.key;
  const wantsOldRow = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const asksForOldRow = key !== undefined && input.ConditionExpression !== undefined;
  return {
    rows,
    input: asksForOldRow ? { ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : input,
    conclude(result) {
      const outcomes = rows.map(() => outcomeOf(result));
      if (!result.ok) {
        const error = wantsOldRow ? result.error : withoutItem(result.error);
        return { effects: effectOn(key, effectOfFailure(result.error, leaves)), outcomes, error };
      }
      const { effect, output } = succeed(result.output as WriteOutput); // the output of Put, Update and Delete alike
      return { effects: effectOn(key, effect), outcomes, output };
    },
  };
}

function rowsOf(key: ItemKey | undefined, change: KeyChange): TouchedRow[] {
  return key === undefined ? [] : [{ key, change }];
}

function effectOn(key: ItemKey | undefined, effect: Effect | undefined): Effects {
  return key === undefined || effect === undefined ? NO_EFFECTS : new Map([[key.id, effect]]);
}

function effectOfFailure(error: StoreError, leaves: (() => string | null) | undefined): Effect | undefined {
  if (!isNotApplied(error)) return leaves === undefined ? UNKNOWN : { kind: 'unknown', text: leaves() };
  if (error.code !== 'condition_failed') return undefined;
  return error.item === undefined ? CHANGED : { kind: 'value', text: JSON.stringify(error.item) };
}

function withoutItem({ item: _notAskedFor, ...error }: StoreError): StoreError {
  return error;
}
