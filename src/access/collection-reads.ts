/** Reads of item collections within what a principal may see: the items of several models that share a partition of an index. */
import { queryCollection } from '../bao/for-services.ts';
import type { CollectionOptions, ModelDescription } from '../bao/for-services.ts';
import { forbiddenQuestion } from './refusals.ts';
import type { ShownItem } from './shown-item.ts';
import { isUsableIndex } from './view-description.ts';
import { onlyWithin, requireReach, showItem } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';

/** What is wanted of a partition of a collection. */
export interface CollectionWish extends Required<Pick<CollectionOptions, 'limit' | 'direction' | 'cursor'>> {
  collection: string;
  /** a native value of the indexes' partition fields */
  partition: unknown;
}

export interface CollectionPage {
  /** by the names of the models as they were given; none of those that the principal may not list */
  items: Record<string, ShownItem[]>;
  /** null after the last page */
  cursor: string | null;
}

/** A page of a partition, with the items that the principal may read. @throws ServiceError `forbidden` when it may list none of the models */
export async function listCollection(members: ReadonlyMap<string, ViewedModel>, wish: CollectionWish): Promise<CollectionPage> {
  const { collection, partition, ...options } = wish;
  const readable = [...members].filter(([, viewed]) => mayList(viewed, collection));
  const [first] = members.values();
  if (readable.length === 0 && first) {
    requireReach(first, 'read');
    throw forbiddenQuestion(first.description.name, `the collection ${collection}`);
  }
  const models = Object.fromEntries(readable.map(([name, { model }]) => [name, model]));
  const only = Object.fromEntries(readable.map(([name, viewed]) => [name, onlyWithin(viewed, viewed.permissions.reach('read')).only]));
  // A page is filled past what does not count, so that its size says nothing of others' items.
  const page = await queryCollection(models, collection, partition, { ...options, only, fillPage: true });
  const items = readable.map(([name, viewed]) => [name, (page.items[name] ?? []).flatMap((item) => showItem(viewed, item) ?? [])] as const);
  return { items: Object.fromEntries(items), cursor: page.cursor ?? null };
}

function mayList({ description, permissions }: ViewedModel, collection: string): boolean {
  const index = indexOfCollection(description, collection);
  return permissions.reach('read') !== 'none' && index !== null && isUsableIndex(description, index, permissions);
}

/** The name of a model's index in a collection; null when it is not of it. */
function indexOfCollection({ indexes }: ModelDescription, collection: string): string | null {
  return Object.keys(indexes).find((name) => indexes[name]?.collection === collection) ?? null;
}
