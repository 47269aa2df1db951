/** Options of a field that contradict each other: limits that no value keeps, and values of the definition that break its own limits. */
import type { Literal } from './definitions.ts';
import type { MapReader } from './map-reader.ts';
import type { IssueList } from './source.ts';

type Options = ReadonlyMap<string, Literal>;

const RANGES = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
] as const;

/** Reports contradictions where the option stands that cannot be kept. */
export function checkOptions(options: Options, reader: MapReader, issues: IssueList): void {
  const report = (option: string, reason: string) =>
    issues.error(reader.entry(option)?.value.at ?? reader.at, `${reader.what}: "${option}" ${reason}`);
  for (const [low, high] of RANGES) {
    const [least, most] = [options.get(low), options.get(high)];
    if (typeof least === 'number' && typeof most === 'number' && least > most)
      report(high, `expected at least ${least}, the ${low}, got ${most}`);
  }
  const listed = options.get('enum');
  const words = typeof listed === 'object' ? listed : null;
  for (const word of words ?? []) {
    const limit = brokenLimit(options, word);
    if (limit !== null) report('enum', `expected words of ${limit}, got ${JSON.stringify(word)}`);
  }
  const value = options.get('defaultValue');
  if (value === undefined) return;
  const limit = words && !words.some((word) => word === value) ? `one of ${words.join(', ')}` : brokenLimit(options, value);
  if (limit !== null) report('defaultValue', `expected ${limit}, got ${JSON.stringify(value)}`);
}

/** The limit that a value breaks, in words; else null. */
function brokenLimit(options: Options, value: Literal): string | null {
  const broken = (option: string, breaks: (limit: number) => boolean): number | null => {
    const limit = options.get(option);
    return typeof limit === 'number' && breaks(limit) ? limit : null;
  };
  if (typeof value === 'number') {
    const least = broken('minimum', (limit) => value < limit);
    if (least !== null) return `at least ${least}`;
    const most = broken('maximum', (limit) => value > limit);
    return most === null ? null : `at most ${most}`;
  }
  if (typeof value !== 'string') return null;
  const shortest = broken('minLength', (limit) => value.length < limit);
  if (shortest !== null) return `at least ${shortest} characters`;
  const longest = broken('maxLength', (limit) => value.length > limit);
  if (longest !== null) return `at most ${longest} characters`;
  const pattern = options.get('pattern');
  return typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value) ? `text that matches ${pattern}` : null;
}
