/** The limits of a filter: what comes from outside may be nested ten thousand deep. */
import { QueryError } from './errors.ts';

/** Groups inside groups; the filter itself is the first level. */
export const FILTER_MAX_DEPTH = 16;
/** Values a filter may compare with, each member of `$in` and `$between` counted, and each filter inside a group. */
export const FILTER_MAX_OPERANDS = 100;

/** What is left of the limits while a filter is read. */
export class FilterBudget {
  #depth = 0;
  #operands = 0;

  /** Reads a filter, which may be inside of others. @throws QueryError when it is too deep */
  within<Result>(read: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > FILTER_MAX_DEPTH) throw new QueryError(`a filter may be nested at most ${FILTER_MAX_DEPTH} levels deep`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Counts the members of an operand. @throws QueryError when there are too many */
  count(operand: unknown): void {
    this.#operands += Array.isArray(operand) ? operand.length : 1;
    if (this.#operands > FILTER_MAX_OPERANDS) throw new QueryError(`a filter may have at most ${FILTER_MAX_OPERANDS} operands`);
  }
}
