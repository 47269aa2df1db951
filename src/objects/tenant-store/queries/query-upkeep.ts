/** Keeps what is known of queries right while rows change: hears of every write, drops answers, and notes the rows that DynamoDB may be wrong about. */
import type { AttributeMap } from '../../../dynamo/types.ts';
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS, type FreshnessOptions, type LeftKey } from '../freshness.ts';
import type { ItemKey, KeySpace } from '../item-key.ts';
import { comparableText } from '../comparable-item.ts';
import type { Effect, Image, RowWatcher, TouchedRow } from '../written-rows.ts';
import type { FlightsInAir } from './flights-in-air.ts';
import type { Places } from './places.ts';
import type { QueryCache } from './query-cache.ts';
import { NOWHERE, type UnsettledRows, type Until } from './unsettled-rows.ts';
import { touchOf, type Images, type RowTouch } from './row-touch.ts';

export interface QueryUpkeepOptions extends Pick<FreshnessOptions, 'strongAfterWriteMs' | 'holdDownMs'> {
  keySpace: KeySpace;
  places: Places;
  unsettled: UnsettledRows;
  cache: QueryCache;
  flights: FlightsInAir;
  nowMs: () => number;
}

export class QueryUpkeep implements RowWatcher {
  readonly #options: QueryUpkeepOptions;
  /** an index lags behind its table as long as eventual reads do */
  readonly #lagMs: number;
  readonly #holdDownMs: number;
  /** what the rows were whose writes run, as far as it was known when they began */
  readonly #before = new Map<TouchedRow, Images['before']>();

  constructor(options: QueryUpkeepOptions) {
    this.#options = options;
    this.#lagMs = options.strongAfterWriteMs ?? DEFAULT_STRONG_AFTER_WRITE_MS;
    this.#holdDownMs = options.holdDownMs ?? DEFAULT_HOLD_DOWN_MS;
  }

  began(row: TouchedRow, cached: string | null | undefined): void {
    if (row.change === 'check') return;
    const before = imagesOf(cached);
    this.#before.set(row, before);
    const { unsettled, flights, places, nowMs } = this.#options;
    flights.touch(unsettled.begin(touchOf(places, row.key, imagesBefore(row, before))), nowMs());
  }

  ended(row: TouchedRow, effect: Effect | undefined, wasHeld: boolean): void {
    const { unsettled, places } = this.#options;
    const before = this.#before.get(row) ?? [];
    if (this.#before.delete(row)) unsettled.stop(row.key);
    if (effect === undefined || isNothingNew(effect, before)) return;
    const touch = touchOf(places, row.key, imagesAfter(row, before, effect));
    this.#note(isKnown(effect) && !wasHeld ? touch : { ...touch, after: NOWHERE }, this.#untilOf(effect));
  }

  settled(key: ItemKey): void {
    const { unsettled, nowMs } = this.#options;
    unsettled.settle(key, nowMs() + this.#lagMs);
  }

  exposed(isSeen: (keyId: string) => boolean): void {
    const { unsettled, flights, nowMs } = this.#options;
    for (const row of unsettled.running) {
      if (!isSeen(row.key.id)) continue;
      flights.touch(row, nowMs());
      this.#drop([...row.places.values()], row.anywhere);
    }
  }

  invalidated(key: ItemKey, cached: string | null | undefined, row: Image): void {
    const touch = touchOf(this.#options.places, key, { before: imagesOf(cached), after: row });
    // It may have been written once more since.
    this.#note({ ...touch, after: NOWHERE }, { laggingUntilMs: this.#options.nowMs() + this.#lagMs, heldUntilMs: 0 });
  }

  invalidatedAll(): void {
    const { cache, unsettled, nowMs } = this.#options;
    cache.clear();
    unsettled.lagUnlisted(nowMs() + this.#lagMs);
  }

  /** What an earlier instance has left of a row: where it stands is not known. */
  recall({ id, heldUntilMs, strongUntilMs }: LeftKey): void {
    const { unsettled, keySpace, places } = this.#options;
    const touch = touchOf(places, keySpace.keyOfId(id), { before: [], after: undefined });
    unsettled.remember(touch, { laggingUntilMs: strongUntilMs, heldUntilMs: heldUntilMs ?? 0 });
  }

  /** They may stand in an index among the tenant's, and are never looked up. */
  wroteRowsOfNobody(): void {
    const { cache, unsettled, nowMs } = this.#options;
    cache.dropIndexes();
    unsettled.lagUnlisted(nowMs() + this.#lagMs);
  }

  #note(touch: RowTouch, until: Until): void {
    const { unsettled, flights, nowMs } = this.#options;
    flights.touch(unsettled.remember(touch, until), nowMs());
    this.#drop(touch.places, touch.anywhere);
  }

  #drop(places: RowTouch['places'], anywhere: Iterable<string>): void {
    for (const place of places) this.#options.cache.drop(place);
    for (const collection of anywhere) this.#options.cache.dropAll(collection);
  }

  #untilOf(effect: Effect): Until {
    const nowMs = this.#options.nowMs();
    if (effect.kind !== 'unknown') return { laggingUntilMs: nowMs + this.#lagMs, heldUntilMs: 0 };
    const heldUntilMs = nowMs + this.#holdDownMs;
    return { laggingUntilMs: heldUntilMs + this.#lagMs, heldUntilMs };
  }
}

function imagesOf(cached: string | null | undefined): Images['before'] {
  if (cached === undefined) return [];
  return [cached === null ? null : (JSON.parse(cached) as AttributeMap)]; // written from an item
}

/** What is known of a row when its write leaves. */
function imagesBefore({ item, mayChange, isCreation }: TouchedRow, cached: Images['before']): Images {
  const before = isCreation === true ? [...cached, null] : cached;
  return { before, after: item, ...(mayChange === undefined ? {} : { mayChange }) };
}

/** What is known of it when the write has ended. */
function imagesAfter(row: TouchedRow, before: Images['before'], effect: Effect): Images {
  if (effect.kind !== 'value' && effect.isDoubted === true) return { before, after: undefined };
  if (effect.kind === 'unknown') return imagesBefore(row, before);
  if (effect.isSeen === true) {
    const seen = [...before, ...(effect.item === undefined ? [] : [effect.item])];
    return { before: seen.length === 0 ? [null] : seen, after: seen.at(-1) ?? null };
  }
  const told = effect.before === undefined ? [] : [effect.before];
  // What a put or delete leaves is known before; whether it has done it now may not be.
  const item = effect.item === undefined ? row.item : effect.item;
  return imagesBefore({ ...row, item }, [...before, ...told]);
}

/** Whether it is known what the row is now. */
function isKnown(effect: Effect): boolean {
  return effect.kind !== 'unknown' && effect.item !== undefined;
}

/** A write that was refused has only shown what is in memory anyway. */
function isNothingNew(effect: Effect, [before]: Images['before']): boolean {
  if (effect.kind === 'unknown' || effect.isSeen !== true || effect.item === undefined || before === undefined) return false;
  if (effect.item === null || before === null) return effect.item === before;
  return comparableText(effect.item) === comparableText(before);
}
