/** Reads of a model's items within what a principal may see. */
import { actions, BaoModel, filteredFields, primaryIdOfRow, transactGet } from '../bao/for-services.ts';
import type { IterateOptions, QueryOptions, SearchOptions } from '../bao/for-services.ts';
import type { WrittenRow } from '../wire/idempotency.ts';
import { forbiddenQuestion } from './refusals.ts';
import type { ShownItem } from './shown-item.ts';
import { isUsableIndex } from './view-description.ts';
import { onlyWithin, requireReach, showItem, showWrittenItem } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';

/** The native values of a key, by field. */
export type ItemKey = Readonly<Record<string, unknown>>;

/** What is wanted of items. */
export interface ItemWish {
  /** null: all fields */
  fields?: readonly string[] | null;
  /** relations to one item that will be followed */
  include?: readonly string[];
}

/** What a list is of. */
export interface ListQuestion {
  /** a name of the description's indexes, or `primary` */
  index: string;
  /** a native value; undefined where the partition is the model itself */
  partition: unknown;
  sortCondition: object | null;
  /** in native values */
  filter: Readonly<Record<string, unknown>> | null;
}

/** A page of a list. */
export interface ListWish extends ListQuestion, ItemWish, Required<Pick<QueryOptions, 'limit' | 'direction' | 'fillPage' | 'cursor'>> {}

export interface ItemPage {
  items: ShownItem[];
  /** null after the last page */
  cursor: string | null;
}

/** The item with a key; null where there is none that the principal may read. */
export async function findItem(viewed: ViewedModel, key: ItemKey, wish: ItemWish): Promise<ShownItem | null> {
  requireReach(viewed, 'read');
  const found = await viewed.model.find(key, fieldsOption(viewed, wish));
  return found.exists() ? showItem(viewed, found) : null;
}

/** What is now in a row that the principal has written; null when it is gone. @param row its key */
export async function findWrittenItem(viewed: ViewedModel, tenant: string, row: WrittenRow): Promise<ShownItem | null> {
  const found = await viewed.model.find(primaryIdOfRow(viewed.model, tenant, row), { consistent: true });
  return found.exists() ? showWrittenItem(viewed, found) : null;
}

/** A page of a list. To whom may read its own items only, the others are as if they were not there: a page is filled past them. */
export async function listItems(viewed: ViewedModel, wish: ListWish): Promise<ItemPage> {
  const { index, partition, sortCondition, filter, limit, direction, cursor } = wish;
  const reach = checkQuestion(viewed, wish);
  if (reach === 'empty') return { items: [], cursor: null };
  const page = await viewed.model.queryByIndex(index, partition, sortCondition, {
    limit,
    direction,
    cursor,
    filter,
    fillPage: reach === 'own' || wish.fillPage,
    ...fieldsOption(viewed, wish),
    ...onlyWithin(viewed, reach),
  });
  return { items: page.items.flatMap((item) => showItem(viewed, item) ?? []), cursor: page.cursor ?? null };
}

/** How many items a list has for the principal. */
export async function countItems(viewed: ViewedModel, question: ListQuestion): Promise<number> {
  const { index, partition, sortCondition, filter } = question;
  const reach = checkQuestion(viewed, question);
  if (reach === 'empty') return 0;
  const options = { countOnly: true, filter, ...onlyWithin(viewed, reach) };
  return (await viewed.model.queryByIndex(index, partition, sortCondition, options)).count;
}

/** The item with a unique value; null where there is none that the principal may read. */
export async function findUniqueItem(viewed: ViewedModel, constraint: string, value: unknown): Promise<ShownItem | null> {
  const { model, description } = viewed;
  requireReach(viewed, 'read');
  const field = description.uniqueConstraints[constraint];
  if (field !== undefined) checkFields(viewed, [field]);
  const found = await model.findByUniqueConstraint(constraint, value);
  return found.exists() ? showItem(viewed, found) : null;
}

/** Items of several models at one moment, by key; null where there is none that the principal may read. */
export async function findItemsAtOnce(asked: readonly { viewed: ViewedModel; key: ItemKey }[]): Promise<(ShownItem | null)[]> {
  for (const { viewed } of asked) requireReach(viewed, 'read');
  const found = await transactGet(asked.map(({ viewed, key }) => actions.find(viewed.model, key)));
  return asked.map(({ viewed }, at) => {
    const object = found[at];
    return object instanceof BaoModel ? showItem(viewed, object) : null;
  });
}

/** A page of a search. */
export type SearchWish = Pick<SearchOptions, 'operator' | 'limit' | 'cursor' | 'batchSize' | 'maxQueries' | 'maxQueriesPerBucket'>;

/** A page of the items that have terms in their search text. */
export async function searchItems(viewed: ViewedModel, terms: readonly string[], wish: SearchWish): Promise<ItemPage> {
  const { model, description, permissions } = viewed;
  requireReach(viewed, 'read');
  checkFields(viewed, description.search?.fields ?? []);
  const page = await model.searchAll(terms, { ...wish, ...onlyWithin(viewed, permissions.reach('read')) });
  return { items: page.items.flatMap((item) => showItem(viewed, item) ?? []), cursor: page.cursor };
}

/** Which items are walked over, and how. */
export type WalkWish = Pick<IterateOptions, 'batchSize' | 'concurrency' | 'cursor' | 'filter' | 'signal'>;

/** A page of a walk. */
export interface WalkPage {
  /** may be none, where a filter or the rules left none */
  items: ShownItem[];
  /** null when there is nothing more */
  cursor: string | null;
  /** rows DynamoDB looked at */
  scanned: number;
}

/** Every item that the principal may read, page by page. */
export async function* walkItems(viewed: ViewedModel, wish: WalkWish): AsyncGenerator<WalkPage> {
  requireReach(viewed, 'read');
  checkFields(viewed, filteredFields(viewed.model, wish.filter));
  const options = { ...wish, ...onlyWithin(viewed, viewed.permissions.reach('read')) };
  for await (const { items, cursor, scanned } of viewed.model.iteratePages(options))
    yield { items: items.flatMap((item) => showItem(viewed, item) ?? []), cursor, scanned };
}

/** Refuses questions about fields that may not be read, and says which items are listed; `empty`: others' items alone. */
function checkQuestion(viewed: ViewedModel, { index, partition, filter }: ListQuestion): 'all' | 'own' | 'empty' {
  const { model, description, permissions } = viewed;
  requireReach(viewed, 'read');
  if (!isUsableIndex(description, index, permissions)) throw forbiddenQuestion(description.name, `the index ${index}`);
  checkFields(viewed, filteredFields(model, filter));
  if (permissions.reach('read') === 'all') return 'all';
  const keys = index === 'primary' ? description.primaryKey : description.indexes[index];
  return keys?.partitionKey === permissions.rules.owner && !permissions.isOwn(partition) ? 'empty' : 'own';
}

/** @throws ServiceError `forbidden` for a field that may not be asked about */
function checkFields({ description, permissions }: ViewedModel, fields: Iterable<string>): void {
  for (const field of fields) if (!permissions.mayAskAbout(field)) throw forbiddenQuestion(description.name, field);
}

/** The option that reads what is wanted, what is needed to follow relations, and whose the item is. */
function fieldsOption({ description, permissions }: ViewedModel, { fields = null, include = [] }: ItemWish): { fields?: string[] } {
  if (fields === null) return {};
  const followed = include
    .map((name) => description.relations[name])
    .flatMap((relation) => (relation?.kind === 'one' ? [relation.field] : []));
  const { owner } = permissions.rules;
  return { fields: [...new Set([...fields, ...followed, ...(owner === null ? [] : [owner])])] };
}
