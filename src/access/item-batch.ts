/** Many writes of one model, each by itself and within the rules. */
import { actions, batchWrite, ValidationError } from '../bao/for-services.ts';
import type { BaoModel, BatchAction } from '../bao/for-services.ts';
import { isServiceError } from '../lib/errors.ts';
import { inTurns } from '../lib/turns.ts';
import type { ItemKey } from './item-reads.ts';
import { deleteItem, replaceItem } from './item-writes.ts';
import type { PermittedData } from './permitted-data.ts';
import type { ShownItem } from './shown-item.ts';
import { requireReach, showWrittenItem } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';

/** What became of a batch, in the order of its puts and deletes. */
export interface BatchOutcome {
  puts: (ShownItem | Error)[];
  /** null: there is no such item now */
  deletes: (null | Error)[];
}

/** Writes that are under way at the same time, where each has conditions of its own. */
const PARALLEL_WRITES = 8;

/**
 * Puts and deletes items, in no order. Rules are conditions, which DynamoDB takes in no batch: where there are any for this principal, each
 * write is one of its own.
 *
 * @throws ServiceError `forbidden` when nothing may be deleted; ValidationError for two writes of one item
 */
export async function writeItems(viewed: ViewedModel, puts: readonly PermittedData[], deletes: readonly ItemKey[]): Promise<BatchOutcome> {
  if (deletes.length > 0) requireReach(viewed, 'delete');
  const { permissions } = viewed;
  const isFree = permissions.writesFreely && (deletes.length === 0 || permissions.reach('delete') === 'all');
  return isFree ? writeTogether(viewed, puts, deletes) : writeOneByOne(viewed, puts, deletes);
}

async function writeTogether(viewed: ViewedModel, puts: readonly PermittedData[], deletes: readonly ItemKey[]): Promise<BatchOutcome> {
  const { model } = viewed;
  const list: BatchAction[] = [
    ...puts.map(({ values }) => actions.put(model, values)),
    ...deletes.map((key) => actions.delete(model, key)),
  ];
  const { items, errors } = await batchWrite(list, { partial: true });
  return {
    puts: puts.map((_, at) => errors[at] ?? showWrittenItem(viewed, items[at] as BaoModel)), // a put that did not fail has its object
    deletes: deletes.map((_, at) => errors[puts.length + at] ?? null),
  };
}

async function writeOneByOne(viewed: ViewedModel, puts: readonly PermittedData[], deletes: readonly ItemKey[]): Promise<BatchOutcome> {
  checkDistinct(viewed, [...puts.map(({ values }) => values), ...deletes]);
  const outcome: BatchOutcome = { puts: [], deletes: [] };
  const writes = [
    ...puts.map(
      (data, at) => async () => void (outcome.puts[at] = await replaceItem(viewed, data, null).then(({ item }) => item, asError)),
    ),
    ...deletes.map(
      (key, at) => async () => void (outcome.deletes[at] = await deleteItem(viewed, key, null).then(() => null, unlessMissing)),
    ),
  ];
  await inTurns(writes, PARALLEL_WRITES, (write) => write());
  return outcome;
}

function checkDistinct({ model }: ViewedModel, named: readonly ItemKey[]): void {
  const positions = new Map<string, number>();
  for (const [position, key] of named.entries()) {
    const id = model.getPrimaryId(key);
    const other = positions.get(id);
    if (other !== undefined) throw new ValidationError(`actions ${other + 1} and ${position + 1} are about the same object`);
    positions.set(id, position);
  }
}

/** What is not there need not be deleted. */
function unlessMissing(error: unknown): Error | null {
  return isServiceError(error) && error.code === 'not_found' ? null : asError(error);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
