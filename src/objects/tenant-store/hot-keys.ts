/**
 * Which keys are read from memory most. One hit of some sixteen is looked at, so that the others pay nothing for it, and of the keys that come up the most frequent
 * are kept (Space-Saving: Metwally et al., ICDT 2005): a key that is new takes the place of the rarest, and its count.
 */
import { type KeySpace, partitionKeyOfId, sortKeyOfId } from './item-key.ts';

export interface HotKey {
  /** the model's class name, null for rows of no model */
  model: string | null;
  /** as it stands in the table, without tenant and model */
  key: string;
  /** how often it was read from memory, as far as samples tell */
  hits: number;
}

const HITS_PER_SAMPLE = 16;
const MAX_KEPT = 64;
const MAX_SHOWN = 10;

export class HotKeys {
  readonly #samples = new Map<string, number>();
  readonly #random: () => number;
  #skipped = 0;
  /** no count is lower, so that the rarest key is found before all are looked at */
  #least = 1;

  constructor(random: () => number) {
    this.#random = random;
  }

  hit(id: string): void {
    if (this.#skipped-- > 0) return;
    // Every sixteenth would miss a key that comes up in the same rhythm.
    this.#skipped = Math.floor(this.#random() * (2 * HITS_PER_SAMPLE - 1));
    const count = this.#samples.get(id) ?? this.#makeRoom();
    this.#samples.set(id, count + 1);
  }

  /** The keys that come up most, those first. */
  shown(keySpace: KeySpace): HotKey[] {
    const byCount = Array.from(this.#samples).toSorted(([, one], [, other]) => other - one);
    return byCount.slice(0, MAX_SHOWN).map(([id, count]) => ({ ...named(id, keySpace), hits: count * HITS_PER_SAMPLE }));
  }

  /** @returns the count that a key begins with */
  #makeRoom(): number {
    if (this.#samples.size < MAX_KEPT) return 0;
    for (const [id, count] of this.#samples) {
      if (count > this.#least) continue;
      this.#samples.delete(id);
      return count;
    }
    this.#least = Math.min(...this.#samples.values());
    return this.#makeRoom();
  }
}

/** The hottest of several objects. */
export function hottestOf(ofShards: readonly (readonly HotKey[])[]): HotKey[] {
  return ofShards
    .flat()
    .toSorted((one, other) => other.hits - one.hits)
    .slice(0, MAX_SHOWN);
}

function named(id: string, keySpace: KeySpace): Omit<HotKey, 'hits'> {
  const partitionKey = partitionKeyOfId(id);
  const sortKey = sortKeyOfId(id);
  const model = keySpace.modelOf(partitionKey);
  if (model === undefined) return { model: null, key: `${partitionKey} ${sortKey}` };
  const partition = partitionKey.slice(keySpace.prefix.length + model.prefix.length + 1);
  return { model: model.name, key: sortKey === model.prefix ? partition : `${partition} ${sortKey}` };
}
