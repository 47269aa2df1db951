/** What writes do to rows, as those who keep something of the rows have to know it. */
import type { AttributeMap } from '../../dynamo/types.ts';
import type { ItemKey } from './item-key.ts';
import type { KeyChange } from './journal-rows.ts';

/** A row that a write touches, as far as that is known before it leaves. */
export interface TouchedRow {
  key: ItemKey;
  change: KeyChange;
  /** what the write leaves when it is applied, null for no row; undefined when only its answer can tell */
  item?: Image;
  /** whether an update may set or remove an attribute; absent: any */
  mayChange?: (attribute: string) => boolean;
  /** the write is refused where there is a row */
  isCreation?: true;
}

/** An item, or null when there is no such row; undefined when it is not known. */
export type Image = AttributeMap | null | undefined;

/**
 * What an operation left of a key:
 * `value` its item as JSON, or null for none; `changed` something that is not known here; `unknown` perhaps `text` (left out when that is
 * not known), perhaps later, perhaps nothing. A key without an effect is as it was. `before` is what the row was; `isSeen`: the write was refused, and has shown the row; `isDoubted`: somebody
 * else has written it meanwhile.
 */
export type Effect =
  | { kind: 'value'; text: string | null; item: AttributeMap | null; before?: Image; isSeen?: true }
  | { kind: 'changed'; item?: Image; before?: Image; isSeen?: true; isDoubted?: true }
  | { kind: 'unknown'; text?: string | null; isDoubted?: true };
/** By the id of the key. */
export type Effects = ReadonlyMap<string, Effect>;

/** Is told what happens to rows, in the turn in which it does. */
export interface RowWatcher {
  /** A write leaves. @param cached what is cached of the row, as JSON */
  began(row: TouchedRow, cached: string | null | undefined): void;
  /**
   * It has ended, and what is cached of its rows is right again.
   *
   * @param effect undefined when it is certain that nothing was changed
   * @param wasHeld an earlier write of the row may have been applied after it
   */
  ended(row: TouchedRow, effect: Effect | undefined, wasHeld: boolean): void;
  /** The write of the row that was in doubt is known to be applied. */
  settled(key: ItemKey): void;
  /** Rows were written, or perhaps written, that belong to no tenant: other objects write them too. */
  wroteRowsOfNobody(): void;
  /** Somebody has seen DynamoDB past the cache, and so perhaps what writes that run will leave. @param isSeen whether the row of a key may have been seen */
  exposed(isSeen: (keyId: string) => boolean): void;
  /** Somebody else has written the row. @param cached what was cached of it, as JSON @param row what was left of it, when that is known */
  invalidated(key: ItemKey, cached: string | null | undefined, row: Image): void;
  /** Any row may have been written by somebody else. */
  invalidatedAll(): void;
}
