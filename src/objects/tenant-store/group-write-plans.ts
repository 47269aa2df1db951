/** The plans of writes with several keys: batches, and transactions. */
import type { OperationResult } from '../../dynamo/item-store.ts';
import type {
  AttributeMap,
  BatchWriteItemInput,
  BatchWriteItemOutput,
  CancellationReason,
  TransactWriteAction,
  TransactWriteItemsInput,
  WriteRequest,
} from '../../dynamo/types.ts';
import type { ItemKey } from './item-key.ts';
import type { KeyChange, KeyOutcome } from './journal-rows.ts';
import type { Effect, Effects } from './key-lines.ts';
import {
  CHANGED,
  UNKNOWN,
  effectOfPut,
  isNotApplied,
  outcomeOf,
  type Conclusion,
  type TouchedRow,
  type WriteOperation,
  type WritePlan,
} from './write-plans.ts';

/** One part of a group, and the tenant's row it touches; no key for a row of nobody. */
export interface Part<T> {
  key: ItemKey | undefined;
  part: T;
}

/** A batch write is several writes in one request: each is applied or not on its own. */
export function planBatchWrite(input: BatchWriteItemInput, parts: readonly Part<WriteRequest>[], keyOf: KeyOfRequest): WritePlan {
  const rows = rowsOf(parts, (request) => ('PutRequest' in request ? 'put' : 'delete'));
  return {
    rows,
    input,
    conclude(result) {
      const output = result.output as BatchWriteItemOutput | undefined; // of the operation that was sent
      const undone = result.ok ? new Set<string>() : undoneIds(output, rows, keyOf);
      const isUnknown = !result.ok && !isNotApplied(result.error);
      const effects = effectsOf(parts, ({ key, part }) => {
        if (!undone.has(key.id)) return effectOfRequest(part);
        return isUnknown ? { kind: 'unknown', text: leftByRequest(part) } : undefined;
      });
      const outcomes = rows.map(({ key }) => (undone.has(key.id) ? outcomeOf(result) : 'applied'));
      return conclusion(effects, outcomes, result);
    },
  };
}

/** The row that an undone request names, in the table it stands under. */
export type KeyOfRequest = (table: string, request: WriteRequest) => ItemKey | undefined;

/** The rows that are not known to be written; all of them when the failure does not say. */
function undoneIds(output: BatchWriteItemOutput | undefined, rows: readonly TouchedRow[], keyOf: KeyOfRequest): Set<string> {
  if (output?.UnprocessedItems === undefined) return new Set(rows.map(({ key }) => key.id));
  const requests = Object.entries(output.UnprocessedItems).flatMap(([table, items]) => items.map((item) => keyOf(table, item)));
  return new Set(requests.flatMap((key) => (key === undefined ? [] : [key.id])));
}

function leftByRequest(request: WriteRequest): string | null {
  return 'PutRequest' in request ? JSON.stringify(request.PutRequest.Item) : null;
}

function effectOfRequest(request: WriteRequest): Effect {
  return 'PutRequest' in request ? effectOfPut(request.PutRequest.Item) : { kind: 'value', text: null };
}

/**
 * A transaction is applied as a whole or not at all.
 *
 * @param mayBeRepeated with the token of an earlier, successful sending DynamoDB answers with success and writes nothing: the rows may long be others
 */
export function planTransactWrite(
  input: TransactWriteItemsInput,
  parts: readonly Part<TransactWriteAction>[],
  mayBeRepeated: boolean,
): WritePlan {
  const rows = rowsOf(parts, changeOfAction);
  return {
    rows,
    input,
    conclude(result) {
      const reasons = result.ok ? [] : (result.error.reasons ?? []);
      const reasonOf = new Map(parts.map(({ part }, index) => [part, reasons[index]]));
      const effects = effectsOf(parts, ({ part }) => {
        if (result.ok) return effectOfAction(part, mayBeRepeated);
        return isNotApplied(result.error) ? effectOfReason(reasonOf.get(part)) : unknownEffect(part);
      });
      return conclusion(
        effects,
        rows.map(() => outcomeOf(result)),
        result,
      );
    },
  };
}

function unknownEffect(action: TransactWriteAction): Effect {
  if ('Put' in action) return { kind: 'unknown', text: JSON.stringify(action.Put.Item) };
  return 'Delete' in action ? { kind: 'unknown', text: null } : UNKNOWN;
}

function changeOfAction(action: TransactWriteAction): KeyChange {
  if ('Put' in action) return 'put';
  if ('Update' in action) return 'update';
  return 'Delete' in action ? 'delete' : 'check';
}

function effectOfAction(action: TransactWriteAction, mayBeRepeated: boolean): Effect | undefined {
  if ('ConditionCheck' in action) return undefined;
  if (mayBeRepeated || 'Update' in action) return CHANGED;
  return 'Put' in action ? effectOfPut(action.Put.Item) : { kind: 'value', text: null };
}

/** A condition that failed shows what the row is, or at least that it is not what somebody thought. */
function effectOfReason(reason: CancellationReason | undefined): Effect | undefined {
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  return reason.Item === undefined ? CHANGED : { kind: 'value', text: JSON.stringify(reason.Item satisfies AttributeMap) };
}

function rowsOf<T>(parts: readonly Part<T>[], changeOf: (part: T) => KeyChange): TouchedRow[] {
  const rows = new Map<string, TouchedRow>();
  for (const { key, part } of parts) if (key !== undefined) rows.set(key.id, { key, change: changeOf(part) });
  return [...rows.values()];
}

function effectsOf<T>(parts: readonly Part<T>[], effectOf: (part: { key: ItemKey; part: T }) => Effect | undefined): Effects {
  const effects = new Map<string, Effect>();
  for (const { key, part } of parts) {
    const effect = key === undefined ? undefined : effectOf({ key, part });
    if (key !== undefined && effect !== undefined) effects.set(key.id, effect);
  }
  return effects;
}

function conclusion(effects: Effects, outcomes: readonly KeyOutcome[], result: OperationResult<WriteOperation>): Conclusion {
  const output = result.output === undefined ? {} : { output: JSON.stringify(result.output) };
  return { effects, outcomes, ...output, ...(result.ok ? {} : { error: result.error }) };
}
