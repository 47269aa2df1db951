/** The plans of writes with several keys: batches, and transactions. */
import type { OperationResult } from '../../dynamo/item-store.ts';
import type {
  BatchWriteItemInput,
  BatchWriteItemOutput,
  CancellationReason,
  TransactWriteAction,
  TransactWriteItemsInput,
  WriteRequest,
} from '../../dynamo/types.ts';
import type { ItemKey, KeySpace } from './item-key.ts';
import { classOfRequest, ownKey } from './write-targets.ts';
import { demandsAbsence } from '../../dynamo/expressions/absence.ts';
import type { KeyChange, KeyOutcome } from './journal-rows.ts';
import {
  CHANGED,
  effectOfPut,
  effectOfRefusal,
  isNotApplied,
  outcomeOf,
  unknownEffect,
  valueEffect,
  type Conclusion,
  type WriteOperation,
  type WritePlan,
} from './write-plans.ts';
import { mayChange } from './update-changes.ts';
import type { Effect, Effects, TouchedRow } from './written-rows.ts';

/** One part of a group, and the tenant's row it touches; no key for a row of nobody. */
export interface Part<T> {
  key: ItemKey | undefined;
  part: T;
  /** a row of another shard: it has no key here */
  isNeighbours?: boolean;
}

/** One that touches a row of the tenant. */
interface OwnPart<T> extends Part<T> {
  key: ItemKey;
}

/** A batch write is several writes in one request: each is applied or not on its own. */
export function planBatchWrite(input: BatchWriteItemInput, parts: readonly Part<WriteRequest>[], keySpace: KeySpace): WritePlan {
  const rows = rowsOf(parts, ({ part }) => touchedByRequest(part));
  return {
    rows,
    hasRowsOfNobody: parts.some(({ key }) => key === undefined),
    input,
    conclude(result) {
      const output = result.output as BatchWriteItemOutput | undefined; // of the operation that was sent
      const undone = result.ok ? new Set<string>() : undoneIds(output, rows, keySpace);
      const isUnknown = !result.ok && !isNotApplied(result.error);
      const effects = effectsOf(parts, ({ key, part }) => {
        if (!undone.has(key.id)) return effectOfRequest(part);
        return isUnknown ? unknownEffect(touchedByRequest(part).item) : undefined;
      });
      const outcomes = rows.map(({ key }) => (undone.has(key.id) ? outcomeOf(result) : 'applied'));
      return conclusion(effects, outcomes, result);
    },
  };
}

/** The rows that are not known to be written; all of them when the failure does not say. */
export function undoneIds(output: BatchWriteItemOutput | undefined, rows: readonly TouchedRow[], keySpace: KeySpace): Set<string> {
  if (output?.UnprocessedItems === undefined) return new Set(rows.map(({ key }) => key.id));
  const requests = Object.entries(output.UnprocessedItems).flatMap(([table, items]) =>
    items.map((item) => ownKey(classOfRequest(keySpace, table, item))),
  );
  return new Set(requests.flatMap((key) => (key === undefined ? [] : [key.id])));
}

function touchedByRequest(request: WriteRequest): Omit<TouchedRow, 'key'> {
  return 'PutRequest' in request ? { change: 'put', item: request.PutRequest.Item } : { change: 'delete', item: null };
}

function effectOfRequest(request: WriteRequest): Effect {
  return 'PutRequest' in request ? effectOfPut(request.PutRequest.Item) : valueEffect(null);
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
  const rows = rowsOf(parts, touchedByAction);
  return {
    rows,
    hasRowsOfNobody: parts.some(({ key, isNeighbours }) => key === undefined && isNeighbours !== true),
    input,
    conclude(result) {
      const reasons = result.ok ? [] : (result.error.reasons ?? []);
      const reasonOf = new Map(parts.map(({ part }, index) => [part, reasons[index]]));
      const effects = effectsOf(parts, (own) => {
        if (result.ok) return effectOfAction(own.part, mayBeRepeated);
        return isNotApplied(result.error) ? effectOfReason(reasonOf.get(own.part)) : unknownEffect(touchedByAction(own).item);
      });
      return conclusion(
        effects,
        rows.map(() => outcomeOf(result)),
        result,
      );
    },
  };
}

/** What a transaction does to the row of an action. */
export function changeOfAction(action: TransactWriteAction): KeyChange {
  if ('Delete' in action) return 'delete';
  if ('ConditionCheck' in action) return 'check';
  return 'Update' in action ? 'update' : 'put';
}

function touchedByAction({ key, part }: OwnPart<TransactWriteAction>): Omit<TouchedRow, 'key'> {
  if ('Delete' in part) return { change: 'delete', item: null };
  if ('ConditionCheck' in part) return { change: 'check' };
  if ('Update' in part) return { change: 'update', mayChange: (attribute) => mayChange(part.Update, attribute) };
  const isCreation = demandsAbsence(part.Put, Object.keys(key.attributes));
  return { change: 'put', item: part.Put.Item, ...(isCreation ? { isCreation } : {}) };
}

function effectOfAction(action: TransactWriteAction, mayBeRepeated: boolean): Effect | undefined {
  if ('ConditionCheck' in action) return undefined;
  if (mayBeRepeated || 'Update' in action) return CHANGED;
  return 'Put' in action ? effectOfPut(action.Put.Item) : valueEffect(null);
}

/** A condition that failed shows what the row is, or at least that it is not what somebody thought. */
function effectOfReason(reason: CancellationReason | undefined): Effect | undefined {
  return reason?.Code === 'ConditionalCheckFailed' ? effectOfRefusal(reason.Item) : undefined;
}

function rowsOf<T>(parts: readonly Part<T>[], rowOf: (part: OwnPart<T>) => Omit<TouchedRow, 'key'>): TouchedRow[] {
  const rows = new Map<string, TouchedRow>();
  for (const { key, part } of parts) if (key !== undefined) rows.set(key.id, { key, ...rowOf({ key, part }) });
  return [...rows.values()];
}

function effectsOf<T>(parts: readonly Part<T>[], effectOf: (part: OwnPart<T>) => Effect | undefined): Effects {
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
