/** A model as one principal sees it: the only way from an entry to the items of the model. */
import { filteredFields, jsonFormAt } from '../bao/for-services.ts';
import type { JsonInputMode, JsonSchemaUse, ModelDescription } from '../bao/for-services.ts';
import type { WrittenRow } from '../wire/idempotency.ts';
import type { ItemOperation } from '../wire/access-rules.ts';
import type { JsonForm } from '../wire/json-forms.ts';
import type { JsonSchema } from '../wire/route.ts';
import { listCollection } from './collection-reads.ts';
import type { CollectionPage, CollectionWish } from './collection-reads.ts';
import { checkAction, createAction, deleteAction, replaceAction, updateAction } from './item-actions.ts';
import type { PermittedAction } from './item-actions.ts';
import { writeItems } from './item-batch.ts';
import type { BatchOutcome } from './item-batch.ts';
import { countItems, findItem, findItemsAtOnce, findUniqueItem, findWrittenItem, listItems, searchItems, walkItems } from './item-reads.ts';
import type { ItemKey, ItemPage, ItemWish, ListQuestion, ListWish, SearchWish, WalkPage, WalkWish } from './item-reads.ts';
import { createItem, deleteItem, replaceItem, updateItem, upsertItem } from './item-writes.ts';
import type { WriteCondition } from './item-writes.ts';
import { permitBody } from './permitted-data.ts';
import type { PermittedData } from './permitted-data.ts';
import type { ShownItem } from './shown-item.ts';
import { visibleDescription } from './view-description.ts';
import { visibleSchema } from './view-schema.ts';
import type { ViewedModel } from './viewed-model.ts';

/**
 * Everything throws ServiceError `forbidden` for what the principal may do with no item, or may not ask. An item that it may not read is
 * answered as one that does not exist.
 */
export class ModelView {
  readonly #viewed: ViewedModel;
  #description: ModelDescription | null = null;

  constructor(viewed: ViewedModel) {
    this.#viewed = viewed;
  }

  /** The model without the fields, indexes and relations that the principal may not use. */
  get description(): ModelDescription {
    const { description, permissions, related } = this.#viewed;
    return (this.#description ??= visibleDescription(description, permissions, related));
  }

  /** The JSON Schema of an item as the principal sees it, or of the bodies that it may write. */
  jsonSchema(use: JsonSchemaUse): JsonSchema {
    return visibleSchema(this.#viewed, use);
  }

  /** The JSON form of what a name in a filter stands for, a field or a part of one by its path; null where the principal knows of none. */
  jsonForm(name: string): JsonForm | null {
    const { fields } = this.description;
    const isKnown = [...filteredFields(this.#viewed.model, { [name]: null })].every((field) => Object.hasOwn(fields, field));
    return isKnown ? jsonFormAt(this.#viewed.model, name) : null;
  }

  /** Whether an operation may be done to any item. */
  may(operation: ItemOperation): boolean {
    return this.#viewed.permissions.reach(operation) !== 'none';
  }

  /** The item with a key; null where there is none that the principal may read. */
  find(key: ItemKey, wish: ItemWish = {}): Promise<ShownItem | null> {
    return findItem(this.#viewed, key, wish);
  }

  /**
   * Items of several models as they are at one moment, by key; null where there is none that the principal may read.
   *
   * @param asked the views are of one principal
   */
  static findAtOnce(asked: readonly { view: ModelView; key: ItemKey }[]): Promise<(ShownItem | null)[]> {
    return findItemsAtOnce(asked.map(({ view, key }) => ({ viewed: view.#viewed, key })));
  }

  /**
   * A page of a partition that items of several models share, by the names of the views.
   *
   * @param members views of one principal, of all models of the collection
   * @throws ServiceError `invalid_cursor`
   */
  static listTogether(members: ReadonlyMap<string, ModelView>, wish: CollectionWish): Promise<CollectionPage> {
    return listCollection(new Map(Array.from(members, ([name, view]) => [name, view.#viewed])), wish);
  }

  /** The item with a unique value; null where there is none that the principal may read. */
  findUnique(constraint: string, value: unknown): Promise<ShownItem | null> {
    return findUniqueItem(this.#viewed, constraint, value);
  }

  /** A page of the items that have terms in their search text. @throws ServiceError `invalid_input` for terms, `invalid_cursor` */
  search(terms: readonly string[], wish: SearchWish): Promise<ItemPage> {
    return searchItems(this.#viewed, terms, wish);
  }

  /** Every item that the principal may read, page by page. @throws ServiceError `invalid_cursor` */
  walk(wish: WalkWish): AsyncGenerator<WalkPage> {
    return walkItems(this.#viewed, wish);
  }

  /** A page of a list. @throws ServiceError `unknown_index`, `invalid_filter`, `invalid_cursor` */
  list(wish: ListWish): Promise<ItemPage> {
    return listItems(this.#viewed, wish);
  }

  /** How many items a list has. */
  count(question: ListQuestion): Promise<number> {
    return countItems(this.#viewed, question);
  }

  /** What of a body may be written. @throws ServiceError `invalid_input`, `unknown_field`, `forbidden`, with an issue for each field */
  permit(body: unknown, mode: JsonInputMode): PermittedData {
    return permitBody(this.#viewed, body, mode);
  }

  /** Creates an item. @throws ServiceError `conflict` when there is one with its key, or a unique value is taken */
  create(data: PermittedData): Promise<ShownItem> {
    return createItem(this.#viewed, data);
  }

  /** Writes a whole item, whether or not there is one with its key. @throws ServiceError `conflict`, `precondition_failed` */
  replace(data: PermittedData, condition: WriteCondition = null): Promise<{ item: ShownItem; created: boolean }> {
    return replaceItem(this.#viewed, data, condition);
  }

  /** The item that a write of the principal has left in a row, as it is now; null when it is gone. */
  findWritten(tenant: string, row: WrittenRow): Promise<ShownItem | null> {
    return findWrittenItem(this.#viewed, tenant, row);
  }

  /** Changes fields of an item. @throws ServiceError `not_found`, `conflict`, `precondition_failed` */
  update(key: ItemKey, data: PermittedData, condition: WriteCondition = null): Promise<ShownItem> {
    return updateItem(this.#viewed, key, data, condition);
  }

  /** Changes an item (`data` of an update), or creates it of the same fields where there is none. @throws ServiceError `forbidden`, `conflict` */
  upsert(key: ItemKey, data: PermittedData): Promise<{ item: ShownItem; created: boolean }> {
    return upsertItem(this.#viewed, key, data);
  }

  /** Deletes an item. @throws ServiceError `not_found`, `precondition_failed` */
  delete(key: ItemKey, condition: WriteCondition = null): Promise<void> {
    return deleteItem(this.#viewed, key, condition);
  }

  /** Puts and deletes many items, each by itself. @throws ValidationError for two writes of one item */
  writeMany(puts: readonly PermittedData[], deletes: readonly ItemKey[]): Promise<BatchOutcome> {
    return writeItems(this.#viewed, puts, deletes);
  }

  /** Actions for `PermittedAction.doAll`. */
  readonly actions = {
    create: (data: PermittedData, condition: WriteCondition = null): PermittedAction => createAction(this.#viewed, data, condition),
    replace: (data: PermittedData, condition: WriteCondition = null): PermittedAction => replaceAction(this.#viewed, data, condition),
    update: (key: ItemKey, data: PermittedData, condition: WriteCondition = null): PermittedAction =>
      updateAction(this.#viewed, key, data, condition),
    delete: (key: ItemKey, condition: WriteCondition = null): PermittedAction => deleteAction(this.#viewed, key, condition),
    check: (key: ItemKey, condition: WriteCondition = null): PermittedAction => checkAction(this.#viewed, 'check', key, condition),
    missing: (key: ItemKey): PermittedAction => checkAction(this.#viewed, 'missing', key, null),
  };
}
