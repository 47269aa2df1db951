/** What each write asks of DynamoDB beyond the caller's wish, what it leaves of its keys, and what of the answer is the caller's. */
import { demandsAbsence } from '../../dynamo/expressions/absence.ts';
import type { OperationResult, StoreError, StoreErrorCode } from '../../dynamo/item-store.ts';
import type { AttributeMap, DeleteItemInput, PutItemInput, UpdateItemInput, WriteOutput, WriteRequest } from '../../dynamo/types.ts';
import { isCanonicalItem } from './canonical-item.ts';
import type { ItemKey } from './item-key.ts';
import type { KeyOutcome } from './journal-rows.ts';
import { mayChange } from './update-changes.ts';
import { hasOnly } from './whole-reads.ts';
import type { Effect, Effects, Image, TouchedRow } from './written-rows.ts';

/** What a write came to. */
export interface Conclusion {
  effects: Effects;
  /** JSON of the output for the caller; absent when the operation failed without one */
  output?: string;
  error?: StoreError;
  /** what became of each of the plan's rows, in their order */
  outcomes: readonly KeyOutcome[];
}

/** A write that is ready to take its turn. */
export interface WritePlan {
  /** the tenant's rows that it touches, each once; rows of nobody take no turn, since other objects write them too */
  rows: readonly TouchedRow[];
  hasRowsOfNobody: boolean;
  /** as it is sent */
  input: unknown;
  conclude(result: OperationResult<WriteOperation>): Conclusion;
  /** how it goes together with others; absent: it has to go alone */
  part?: WritePart;
}

/** A write as an entry of a BatchWriteItem, which has no condition and does not tell what the row was. */
export interface WritePart {
  row: TouchedRow;
  request: WriteRequest;
  /** of its JSON */
  characters: number;
  conclude(result: OperationResult<WriteOperation>): Conclusion;
}

export type WriteOperation = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'TransactWriteItems';

export const CHANGED = { kind: 'changed' } as const satisfies Effect;
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

type ValueEffect = Extract<Effect, { kind: 'value' }>;

/** The row as it is known to be. */
export function valueEffect(item: AttributeMap | null): ValueEffect {
  return { kind: 'value', text: item && JSON.stringify(item), item };
}

/** @param leaves the row as the write leaves it if it is applied; undefined when that is not known before */
export function unknownEffect(leaves: Image): Effect {
  return { kind: 'unknown', ...(leaves === undefined ? {} : { text: leaves && JSON.stringify(leaves) }) };
}

/** What is left of a put item's key: the item as it was put, when DynamoDB gives it back so. */
export function effectOfPut(item: AttributeMap): Effect {
  return isCanonicalItem(item) ? valueEffect(item) : { kind: 'changed', item };
}

/** What a condition that failed shows: the row as it is instead, when it says so. */
export function effectOfRefusal(item: AttributeMap | undefined): Effect {
  return { ...(item === undefined ? CHANGED : valueEffect(item)), isSeen: true };
}

/** What became of the rows that a failure is about. */
export function outcomeOf(result: OperationResult<WriteOperation>): KeyOutcome {
  if (result.ok) return 'applied';
  return isNotApplied(result.error) ? 'refused' : 'unknown';
}

/** @param mayBeRepeated success may be that of an earlier sending: nothing was written now, and the row may long be another */
export function planPut(key: ItemKey | undefined, input: PutItemInput, mayBeRepeated: boolean): WritePlan {
  const isCreation = key !== undefined && mayBeRepeated && demandsAbsence(input, Object.keys(key.attributes));
  const rows = rowsOf(key, { change: 'put', item: input.Item, ...(isCreation ? { isCreation } : {}) });
  if (mayBeRepeated) return planUntold(rows, input);
  const effect = effectOfPut(input.Item);
  // What DynamoDB may find fault with is not put with what others wait for.
  const isPlain = effect.kind === 'value' && hasOnly(input, ['TableName', 'Item']);
  return { ...planReplacement(rows, input, effect), ...(isPlain ? partOf(rows, input, { PutRequest: { Item: input.Item } }, effect) : {}) };
}

/** @param mayBeRepeated as of a put */
export function planDelete(key: ItemKey | undefined, input: DeleteItemInput, mayBeRepeated: boolean): WritePlan {
  const rows = rowsOf(key, { change: 'delete', item: null });
  if (mayBeRepeated) return planUntold(rows, input);
  const effect = valueEffect(null);
  const isPlain = hasOnly(input, ['TableName', 'Key']);
  return {
    ...planReplacement(rows, input, effect),
    ...(isPlain ? partOf(rows, input, { DeleteRequest: { Key: input.Key } }, effect) : {}),
  };
}

function partOf(
  rows: readonly TouchedRow[],
  input: PutItemInput | DeleteItemInput,
  request: WriteRequest,
  effect: ValueEffect,
): Pick<WritePlan, 'part'> {
  const [row] = rows;
  if (row === undefined) return {};
  const { conclude } = planOne(rows, input, () => ({ effect, output: '{}' }));
  return { part: { row, request, characters: effect.text?.length ?? 0, conclude } };
}

/** Its answer does not tell what the row is now. */
function planUntold(rows: readonly TouchedRow[], input: PutItemInput | UpdateItemInput | DeleteItemInput): WritePlan {
  return planOne(rows, input, (output) => ({ effect: CHANGED, output: JSON.stringify(output) }));
}

/** Asks for the row as it was, so that it is known which queries had it. */
function planReplacement(rows: readonly TouchedRow[], input: PutItemInput | DeleteItemInput, effect: Effect): WritePlan {
  const isAskedFor = input.ReturnValues !== undefined && input.ReturnValues !== 'NONE';
  const asked = rows.length === 0 || isAskedFor ? input : { ...input, ReturnValues: 'ALL_OLD' as const };
  return planOne(rows, asked, (output) => {
    const { Attributes: before = null, ...rest } = output;
    return { effect: { ...effect, before }, output: JSON.stringify(isAskedFor ? output : rest) };
  });
}

/**
 * Asks for the whole new row, so that it can be cached, unless the caller wants to see another state of it.
 *
 * @param mayBeRepeated as of a put; the new row is then the one of today, and asked for only if the caller does, since it costs a read
 */
export function planUpdate(key: ItemKey | undefined, input: UpdateItemInput, mayBeRepeated: boolean): WritePlan {
  const wanted = input.ReturnValues ?? 'NONE';
  const rows = rowsOf(key, { change: 'update', mayChange: (attribute) => mayChange(input, attribute) });
  const isForCaller = mayBeRepeated ? wanted !== 'ALL_NEW' : wanted !== 'NONE' && wanted !== 'ALL_NEW';
  if (key === undefined || isForCaller) return planUntold(rows, input);
  return planOne(rows, { ...input, ReturnValues: 'ALL_NEW' }, ({ Attributes: item }) => {
    if (item === undefined) return { effect: CHANGED, output: '{}' };
    const text = JSON.stringify(item);
    return { effect: { kind: 'value', text, item }, output: wanted === 'NONE' ? '{}' : `{"Attributes":${text}}` };
  });
}

/** A condition that fails tells what the row is instead, when asked to; the caller sees that only if it asked itself. */
function planOne(
  rows: readonly TouchedRow[],
  input: PutItemInput | UpdateItemInput | DeleteItemInput,
  succeed: (output: WriteOutput) => { effect: Effect; output: string },
): WritePlan {
  const key = rows[0]?.key;
  const wantsOldRow = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const asksForOldRow = key !== undefined && input.ConditionExpression !== undefined;
  return {
    rows,
    hasRowsOfNobody: key === undefined,
    input: asksForOldRow ? { ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : input,
    conclude(result) {
      const outcomes = rows.map(() => outcomeOf(result));
      if (!result.ok) {
        const error = wantsOldRow ? result.error : withoutItem(result.error);
        return { effects: effectOn(key, effectOfFailure(result.error, rows[0])), outcomes, error };
      }
      const { effect, output } = succeed(result.output as WriteOutput); // the output of Put, Update and Delete alike
      return { effects: effectOn(key, effect), outcomes, output };
    },
  };
}

function rowsOf(key: ItemKey | undefined, row: Omit<TouchedRow, 'key'>): TouchedRow[] {
  return key === undefined ? [] : [{ key, ...row }];
}

function effectOn(key: ItemKey | undefined, effect: Effect | undefined): Effects {
  return key === undefined || effect === undefined ? NO_EFFECTS : new Map([[key.id, effect]]);
}

function effectOfFailure(error: StoreError, row: TouchedRow | undefined): Effect | undefined {
  if (!isNotApplied(error)) return unknownEffect(row?.item);
  return error.code === 'condition_failed' ? effectOfRefusal(error.item) : undefined;
}

function withoutItem({ item: _notAskedFor, ...error }: StoreError): StoreError {
  return error;
}
