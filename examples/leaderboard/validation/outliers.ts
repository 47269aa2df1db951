/** Whether a value is plausible beside what was measured before. */

/** What was measured in the same benchmark before. */
export interface History {
  /** of the same system, the newest first */
  own: readonly number[];
  /** of other systems */
  others: readonly number[];
}

/** What a comparison came to. */
export interface Comparison {
  isOutlier: boolean;
  /** with what it was compared, in words */
  beside: string;
  /** why it is an outlier, or none, in words */
  text: string;
}

/** A system that was measured before may have become so much faster or slower. */
const OWN_FACTOR = 5;
/** A new one may be so far outside of all others: libraries and emulators do not differ by more. */
const OTHERS_FACTOR = 100;

/**
 * Compares a value with the median of the system's own results, or where there is none with the range of the others'. Where there is nothing at all
 * every value is plausible. What is not above 0 is no history.
 *
 * @param value above 0
 */
export function compareWithHistory(value: number, history: History): Comparison {
  const own = history.own.filter((earlier) => earlier > 0);
  const others = history.others.filter((other) => other > 0);
  if (own.length > 0) return compareWithOwn(value, own);
  if (others.length > 0) return compareWithOthers(value, others);
  const text = 'the first result of this benchmark';
  return { isOutlier: false, beside: `nothing, as it is ${text}`, text };
}

function compareWithOwn(value: number, own: readonly number[]): Comparison {
  const median = medianOf(own);
  const factor = value / median;
  const beside = own.length === 1 ? "the system's earlier result" : `the median of the system's ${own.length} earlier results`;
  return {
    isOutlier: factor > OWN_FACTOR || factor < 1 / OWN_FACTOR,
    beside,
    text: `${digits(factor)} times ${beside}, ${digits(median)}, where ${digits(1 / OWN_FACTOR)} to ${OWN_FACTOR} times are plausible`,
  };
}

function compareWithOthers(value: number, others: readonly number[]): Comparison {
  const lowest = Math.min(...others) / OTHERS_FACTOR;
  const highest = Math.max(...others) * OTHERS_FACTOR;
  const beside = others.length === 1 ? 'the result of another system' : `the results of ${others.length} other systems`;
  return {
    isOutlier: value > highest || value < lowest,
    beside,
    text: `the first result of the system, where ${digits(lowest)} to ${digits(highest)} are plausible by ${beside}`,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function digits(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
