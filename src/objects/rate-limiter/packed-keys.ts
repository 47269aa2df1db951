/** Keys that are stored together: their form in rows. */
import type { KeyState } from './key-state.ts';
import type { LimiterCore } from './limiter-core.ts';
import type { PreparedRule } from './prepared-rule.ts';

/** Many keys in one row: the rules they are counted as, and their numbers one after the other. */
export interface PackedKeys {
  atMs: number;
  /** of each of the rules. Rows of releases that did not store them have none, and are not read */
  shapes?: Map<string, string>;
  keys: string[];
  rules: string[];
  /** of each key how many numbers follow, and then those */
  numbers: Float64Array;
}

/** A row has at most 2 MB. */
const ROW_MAX_BYTES = 1_500_000;
const BYTES_PER_NUMBER = 8;

/** The rule by which what was counted under a name and a shape is read; undefined when nothing is counted so any more. */
export function ruleOf(core: LimiterCore, countedAs: string, shape: string | undefined): PreparedRule | undefined {
  const rule = core.rule(countedAs);
  return rule?.countedAs === countedAs && rule.shape === shape ? rule : undefined;
}

/** Whether a key is written together with others; not what was spent under another shape than today's, which begins afresh when it is asked for. */
export function isPacked(core: LimiterCore, countedAs: string, { rule, ownRow }: KeyState): boolean {
  const { durability, shape } = rule;
  return (durability === 'coalesced' || (durability === 'strict' && ownRow !== 'current')) && ruleOf(core, countedAs, shape) !== undefined;
}

/** The rows of all keys that are written together, as they are now. */
export function pack(core: LimiterCore, nowMs: number): PackedKeys[] {
  const rows: PackedKeys[] = [];
  let keys: string[] = [];
  let rules: string[] = [];
  let shapes = new Map<string, string>();
  let numbers: number[] = [];
  let bytes = 0;
  const close = () => {
    if (keys.length > 0) rows.push({ atMs: nowMs, shapes, keys, rules, numbers: Float64Array.from(numbers) });
    [keys, rules, shapes, numbers, bytes] = [[], [], new Map<string, string>(), [], 0];
  };
  for (const [countedAs, key, state] of core.keys.entries()) {
    if (!isPacked(core, countedAs, state)) continue;
    const own = state.toNumbers();
    bytes += key.length + countedAs.length + (own.length + 1) * BYTES_PER_NUMBER + 8;
    if (bytes > ROW_MAX_BYTES) close();
    keys.push(key);
    rules.push(countedAs);
    shapes.set(countedAs, state.rule.shape);
    numbers.push(own.length);
    for (const number of own) numbers.push(number);
  }
  close();
  return rows;
}
