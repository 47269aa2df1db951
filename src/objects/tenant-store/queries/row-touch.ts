/** Which queries a write may change the answers of: those of the places that its row leaves, and of those that it comes to. */
import type { AttributeMap } from '../../../dynamo/types.ts';
import type { ItemKey } from '../item-key.ts';
import type { Image, TouchedRow } from '../written-rows.ts';
import type { Collection, Place, Places, Position } from './places.ts';

export interface RowTouch {
  readonly key: ItemKey;
  /** where the row was, or may come to be */
  readonly places: readonly Place[];
  /** collections in which it may have been, or may come to be, anywhere */
  readonly anywhere: readonly string[];
  /** where it stands afterwards, by collection; null: not in it. What is not listed is not known */
  readonly after: ReadonlyMap<string, Position | null>;
}

/** What is known of a row before and after. */
export interface Images {
  /** each of them the row as it was at some time shortly before; empty when it is not known */
  before: readonly (AttributeMap | null)[];
  after: Image;
  mayChange?: TouchedRow['mayChange'];
}

/** What a write of `key` touches, as exactly as `images` tell. */
export function touchOf(places: Places, key: ItemKey, images: Images): RowTouch {
  const { before, after } = images;
  const own = places.positionOfKey(key);
  const touched: Place[] = [own];
  const anywhere: string[] = [];
  const positions = new Map<string, Position | null>();
  if (after !== undefined) positions.set(own.collection, after && own);
  for (const index of places.indexesOf(key.table)) {
    if (!isKnownIn(index, images)) anywhere.push(index.name);
    for (const item of [...before, after]) {
      const position = item && places.positionIn(index, item);
      if (position) touched.push(position);
    }
    if (after !== undefined) positions.set(index.name, after && places.positionIn(index, after));
  }
  return { key, places: touched, anywhere, after: positions };
}

/** Whether it is known of a row from which partition of an index to which it goes. Where it does not move, one of them is enough. */
function isKnownIn({ rows: { key } }: Collection, { before, after, mayChange }: Images): boolean {
  const mayMove = mayChange === undefined || mayChange(key.partitionKey) || mayChange(key.sortKey);
  const isBeforeKnown = before.length > 0;
  const isAfterKnown = after !== undefined;
  return mayMove ? isBeforeKnown && isAfterKnown : isBeforeKnown || isAfterKnown;
}
