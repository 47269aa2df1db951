/** What JSON can say, looked at as JavaScript values. */

/** Objects inside objects; DynamoDB takes 32 levels, one of which is the item's own. */
const MAX_LEVELS = 30;

/** What was expected, in words, where a value is not JSON that an item can hold; else null. Members that are undefined count as absent. */
export function whatJsonExpects(value: unknown, levels = 0): string | null {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? null : 'well-formed text';
    case 'boolean':
      return null;
    case 'number': {
      // DynamoDB's numbers end at 10^126 and begin at 10^-130.
      const magnitude = Math.abs(value);
      return magnitude === 0 || (magnitude < 1e126 && magnitude >= 1e-130) ? null : 'numbers between 1e-130 and 1e126 in magnitude';
    }
    case 'object':
      if (value === null) return null;
      return levels === MAX_LEVELS ? `at most ${MAX_LEVELS} levels of objects and arrays` : whatPartsExpect(value, levels + 1);
    default:
      return 'JSON';
  }
}

function whatPartsExpect(value: object, levels: number): string | null {
  if (Array.isArray(value)) return firstExpectation(value, levels);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'JSON';
  // DynamoDB takes the empty string as a value, and not as a name.
  if (Object.hasOwn(value, '')) return 'members with names that are not empty';
  const members = Object.entries(value as Record<string, unknown>).filter(([, member]) => member !== undefined); // any plain object
  return firstExpectation(members.flat(), levels);
}

function firstExpectation(parts: readonly unknown[], levels: number): string | null {
  for (const part of parts) {
    const expected = whatJsonExpects(part, levels);
    if (expected !== null) return expected;
  }
  return null;
}
