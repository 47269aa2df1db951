/** Limits for tests. */
import type { AlgorithmName, Limit } from '../../../src/wire/limit-rules.ts';

/** A limit of `limit` in a second, unless said otherwise. */
export function limitOf(algorithm: AlgorithmName, parts: Partial<Limit> = {}): Limit {
  const limit = parts.limit ?? 10;
  return {
    name: 'rate',
    algorithm,
    limit,
    windowMs: 1000,
    capacity: limit,
    period: algorithm === 'calendar' ? 'day' : null,
    timeZone: 'UTC',
    ...parts,
  };
}
