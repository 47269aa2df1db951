/** Reads one mapping of a definitions file key by key, and reports what is missing, of the wrong type or unknown. */
import { nearest } from './nearest.ts';
import type { IssueList, Position, SourceEntry, SourceMap, SourceValue } from './source.ts';

/** A value and where it stands. */
export interface Located<T> {
  value: T;
  at: Position;
}

export class MapReader {
  readonly #source: SourceMap;
  readonly #issues: IssueList;
  readonly #known = new Set<string>();
  /** names the mapping in messages, `Field "title"` */
  readonly what: string;

  constructor(source: SourceMap, what: string, issues: IssueList) {
    this.#source = source;
    this.what = what;
    this.#issues = issues;
  }

  /** Where the mapping starts. */
  get at(): Position {
    return this.#source.at;
  }

  /** The entry under `key`, or undefined when it is missing. Marks the key as known. */
  entry(key: string): SourceEntry | undefined {
    this.#known.add(key);
    return this.#source.entries.get(key);
  }

  /** All entries in the order of the file; for mappings whose keys are names. */
  entries(): [string, SourceEntry][] {
    return [...this.#source.entries];
  }

  /** A string that is not empty. */
  text(key: string): Located<string> | undefined {
    return this.#scalar(key, 'a string', (value): value is string => typeof value === 'string' && value !== '');
  }

  boolean(key: string): Located<boolean> | undefined {
    return this.#scalar(key, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  /** A whole number from `min` to `max`, both included. */
  integer(key: string, min: number, max: number): Located<number> | undefined {
    const isInRange = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    return this.#scalar(key, `a whole number from ${min} to ${max}`, isInRange);
  }

  /** One of a few words. */
  choice<Word extends string>(key: string, words: readonly Word[]): Located<Word> | undefined {
    return this.#scalar(key, listOf(words), (value): value is Word => words.some((word) => word === value));
  }

  /** The mapping under `key`, or null when it is missing or none. */
  map(key: string): MapReader | null {
    const entry = this.entry(key);
    if (entry === undefined) return null;
    return asMap(entry, `${this.what}: "${key}"`, this.#issues);
  }

  missing(key: string, hint: string): void {
    this.#issues.error(this.at, `${this.what}: "${key}" is missing; ${hint}`);
  }

  /** Reports every key that nothing asked for. */
  finish(): void {
    for (const [key, entry] of this.#source.entries) {
      if (this.#known.has(key)) continue;
      this.#issues.error(entry.at, `${this.what}: unknown key "${key}"; ${suggestion(key, [...this.#known])}`);
    }
  }

  #scalar<Value>(key: string, expected: string, accepts: (value: unknown) => value is Value): Located<Value> | undefined {
    const entry = this.entry(key);
    if (entry === undefined) return undefined;
    const { value: found } = entry;
    if (found.kind === 'scalar') {
      const { value } = found;
      if (accepts(value)) return { value, at: found.at };
    }
    this.#issues.error(found.at, `${this.what}: "${key}" expected ${expected}, got ${describe(found)}`);
    return undefined;
  }
}

/** A reader of `entry`, or null after reporting that it is no mapping. */
export function asMap(entry: SourceEntry, what: string, issues: IssueList): MapReader | null {
  if (entry.value.kind === 'map') return new MapReader(entry.value, what, issues);
  issues.error(entry.value.at, `${what} expected a mapping, got ${describe(entry.value)}`);
  return null;
}

/** A value in the words of a message: `"gsi6"`, `12`, `nothing`, `a list`. */
export function describe(value: SourceValue): string {
  if (value.kind === 'list') return 'a list';
  if (value.kind === 'map') return 'a mapping';
  return value.value === null ? 'nothing' : JSON.stringify(value.value);
}

/** "did you mean "x"?" when a known word is close, else "known: …". */
export function suggestion(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined ? `known: ${known.length === 0 ? 'none' : known.join(', ')}` : `did you mean "${close}"?`;
}

/** "a, b or c". */
function listOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
