/** Changes of items, as the streams `changes/{model}` of a tenant have them. */
import type { JsonValue } from './json-forms.ts';

/** The text of the item's key, as related fields hold it; of a composite key both parts. */
export type ItemId = string | readonly [partition: string, sort: string];

/**
 * What became of an item: `put`, it is as it says; `delete`, it is no more; `refresh`, it was changed or may have been: read it. Without an id:
 * all items of the model.
 */
export type ItemChange =
  | { type: 'put'; id: ItemId; item: Record<string, JsonValue> }
  | { type: 'delete'; id: ItemId }
  | { type: 'refresh'; id?: ItemId };

/** What a store has to be told to tell others of its writes: it knows rows, and no models. */
export interface ChangeTeller {
  /** the paths of the models, by their names */
  readonly paths: Readonly<Record<string, string>>;
  /**
   * The change of the item whose row was written.
   *
   * @param key the row's, in DynamoDB's form
   * @param row as it is now; null when it is gone, undefined when that is not known
   */
  tell(key: object, row: object | null | undefined): ItemChange;
}

/** The name of the stream of a model's changes. */
export function changesStream(path: string): string {
  return `changes/${path}`;
}
