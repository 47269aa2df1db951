/** The limits of a filter, checked without recursion: what comes from outside may be nested ten thousand deep. */
import { QueryError } from './errors.ts';
import { isPlainObject } from './plain-object.ts';

/** Groups inside groups; the filter itself is the first level. */
export const FILTER_MAX_DEPTH = 16;
/** Values a filter may compare with, each member of `$in` and `$between` counted, and each filter inside a group. */
export const FILTER_MAX_OPERANDS = 100;

/** @throws QueryError when the filter is deeper or has more operands than the limits */
export function checkFilterSize(filter: unknown): void {
  let operands = 0;
  const waiting: { part: unknown; depth: number }[] = [{ part: filter, depth: 1 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { part, depth } = next;
    if (depth > FILTER_MAX_DEPTH) throw new QueryError(`a filter may be nested at most ${FILTER_MAX_DEPTH} levels deep`);
    for (const [name, operand] of Object.entries(isPlainObject(part) ? part : {})) {
      const inner = innerFilters(name, operand);
      operands += inner?.length ?? operandCount(operand);
      if (operands > FILTER_MAX_OPERANDS) throw new QueryError(`a filter may have at most ${FILTER_MAX_OPERANDS} operands`);
      for (const filterInside of inner ?? []) waiting.push({ part: filterInside, depth: depth + 1 });
    }
  }
}

/** The filters inside a group, or null when `name` is no group. */
function innerFilters(name: string, operand: unknown): readonly unknown[] | null {
  if (name === '$not') return [operand];
  if (name !== '$and' && name !== '$or') return null;
  return Array.isArray(operand) ? (operand as unknown[]) : []; // members of any type
}

function operandCount(operand: unknown): number {
  const values = isPlainObject(operand) ? Object.values(operand) : [operand];
  return values.reduce<number>((count, value) => count + (Array.isArray(value) ? value.length : 1), 0);
}
