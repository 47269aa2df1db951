/** Actions of a transaction within the rules, and the transaction of them. */
import { actions, ActionsError, transactWrite } from '../bao/for-services.ts';
import type { BaoModel, TransactionAction } from '../bao/for-services.ts';
import type { WrittenRow } from '../wire/idempotency.ts';
import type { ItemOperation } from '../wire/access-rules.ts';
import { findWrittenItem } from './item-reads.ts';
import type { ItemKey } from './item-reads.ts';
import { explanation, replaceOptions } from './item-writes.ts';
import type { WriteCondition } from './item-writes.ts';
import type { PermittedData } from './permitted-data.ts';
import type { Reach } from './reach.ts';
import type { ShownItem } from './shown-item.ts';
import { onlyWithin, requireReach, showWrittenItem } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';
import { createdValues } from './written-values.ts';

/** What explains the failure of an action on an item that the principal may see and not write. */
interface Explained {
  operation: ItemOperation;
  key: ItemKey;
  reach: Reach;
}

/** An action that a principal may take, if the item is as the rules say. */
export class PermittedAction {
  readonly #viewed: ViewedModel;
  readonly #action: TransactionAction;
  readonly #explained: Explained | null;

  constructor(viewed: ViewedModel, action: TransactionAction, explained: Explained | null) {
    this.#viewed = viewed;
    this.#action = action;
    this.#explained = explained;
  }

  /**
   * Does all of `list`, or nothing.
   *
   * @returns by action: the item that was created or replaced, as the principal sees it, else null
   * @throws ActionsError with an error for each action at fault
   */
  static async doAll(list: readonly PermittedAction[]): Promise<(ShownItem | null)[]> {
    try {
      const written = await transactWrite(list.map((one) => one.#action));
      return list.map((one, at) => one.#show(written[at] ?? null));
    } catch (error) {
      if (!(error instanceof ActionsError)) throw error;
      const errors = await Promise.all(list.map((one, at) => one.#explain(error.errors[at] ?? null)));
      const names = list.map((one) => `${one.#action.kind} of ${one.#viewed.description.name}`);
      throw new ActionsError(errors, (at) => names[at] ?? 'an action');
    }
  }

  /** The results of actions that were done in these rows, as far as they are there now; as of `doAll`. */
  static findWritten(list: readonly PermittedAction[], tenant: string, rows: readonly WrittenRow[]): Promise<(ShownItem | null)[]> {
    return Promise.all(
      list.map(async (one, at) => {
        const row = rows[at];
        const hasResult = one.#action.kind === 'create' || one.#action.kind === 'replace';
        return hasResult && row !== undefined ? findWrittenItem(one.#viewed, tenant, row) : null;
      }),
    );
  }

  #show(written: object | null): ShownItem | null {
    return written === null ? null : showWrittenItem(this.#viewed, written as BaoModel); // what a create or replace comes to
  }

  async #explain(error: Error | null): Promise<Error | null> {
    if (error === null || this.#explained === null) return error;
    const { operation, key, reach } = this.#explained;
    return (await explanation(this.#viewed, operation, key, reach, error)) as Error; // an error, or the one that explains it
  }
}

/** @throws ServiceError `forbidden` as the single write */
export function createAction(viewed: ViewedModel, data: PermittedData, condition: WriteCondition): PermittedAction {
  const values = data.mode === 'create' ? data.values : createdValues(viewed.description.name, viewed.permissions, data.values);
  return new PermittedAction(viewed, actions.create(viewed.model, values, { condition }), null);
}

export function replaceAction(viewed: ViewedModel, data: PermittedData, condition: WriteCondition): PermittedAction {
  return new PermittedAction(viewed, actions.replace(viewed.model, data.values, replaceOptions(viewed, data, condition)), null);
}

export function updateAction(viewed: ViewedModel, key: ItemKey, data: PermittedData, condition: WriteCondition): PermittedAction {
  const { reach } = data;
  const action = actions.update(viewed.model, key, data.values, { condition, ...onlyWithin(viewed, reach) });
  return new PermittedAction(viewed, action, { operation: 'update', key, reach });
}

export function deleteAction(viewed: ViewedModel, key: ItemKey, condition: WriteCondition): PermittedAction {
  requireReach(viewed, 'delete');
  const reach = viewed.permissions.reach('delete');
  const action = actions.delete(viewed.model, key, { condition, ...onlyWithin(viewed, reach) });
  return new PermittedAction(viewed, action, { operation: 'delete', key, reach });
}

/** Demands that there is an item that the principal may read, or (`missing`) that there is none. */
export function checkAction(viewed: ViewedModel, kind: 'check' | 'missing', key: ItemKey, condition: WriteCondition): PermittedAction {
  requireReach(viewed, 'read');
  const within = onlyWithin(viewed, viewed.permissions.reach('read'));
  const { model } = viewed;
  return new PermittedAction(
    viewed,
    kind === 'check' ? actions.check(model, key, condition, within) : actions.missing(model, key, within),
    null,
  );
}
