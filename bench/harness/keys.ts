/** Which key each request asks for. */

/** `zipf`: a few keys are asked often, the n-th in proportion to n^-exponent; `each`: one after the other; `one`: always the same. */
export type KeyChoice =
  | { kind: 'zipf'; count: number; exponent: number }
  | { kind: 'uniform'; count: number }
  | { kind: 'each'; count: number }
  | { kind: 'one' };

/** @returns how many different keys are asked for */
export function keyCount(choice: KeyChoice): number {
  return choice.kind === 'one' ? 1 : choice.count;
}

/**
 * @param random numbers from 0 up to but not including 1
 * @returns a function that gives the index of the next key, from 0 up to but not including `keyCount(choice)`
 */
export function keyIndexes(choice: KeyChoice, random: () => number): () => number {
  switch (choice.kind) {
    case 'zipf':
      return zipfIndexes(choice.count, choice.exponent, random);
    case 'uniform':
      return () => Math.floor(random() * choice.count);
    case 'each': {
      let asked = 0;
      return () => asked++ % choice.count;
    }
    case 'one':
      return () => 0;
  }
}

/** Inverts the distribution function by binary search. */
function zipfIndexes(count: number, exponent: number, random: () => number): () => number {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let index = 0; index < count; index++) {
    total += (index + 1) ** -exponent;
    cumulative[index] = total;
  }
  return () => {
    const target = random() * total;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/**
 * Makes every entry be asked for the same keys (mulberry32).
 *
 * @returns numbers from 0 up to but not including 1, the same sequence for the same seed
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
