/** How large the items of each model were, as a maximum that fades. */
import type { ItemKey } from './item-key.ts';

const UNSEEN_ITEM_BYTES = 4096;

export class ItemSizes {
  readonly #bytes = new Map<string, number>();

  /** What to expect of an item, in bytes of its JSON. */
  expect(key: ItemKey): number {
    return this.#bytes.get(key.model?.prefix ?? '') ?? UNSEEN_ITEM_BYTES;
  }

  learn(key: ItemKey, bytes: number): void {
    const prefix = key.model?.prefix ?? '';
    const known = this.#bytes.get(prefix) ?? 0;
    this.#bytes.set(prefix, Math.max(bytes, known - (known - bytes) / 16));
  }
}
