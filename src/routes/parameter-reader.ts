/** Query parameters, taken one by one; what is wrong with them is said of all at once. */
import type { ModelView } from '../access/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { QUERY_PARAMETER_MAX_CHARACTERS } from '../wire/limits.ts';

/** The choices of a parameter that is a boolean. */
export const TRUE_OR_FALSE = { true: true, false: false };

const PARAMETER = /^([\w-]+?)(?:\[(\w*)\])?$/;

/**
 * Takes parameters one by one and remembers what was wrong; `finish` refuses that, and what is left over.
 *
 * @throws ServiceError `invalid_input` at once for a parameter that came twice or is too long
 */
export class ParameterReader {
  readonly #texts = new Map<string, string>();
  readonly #issues: FieldIssue[] = [];

  constructor(url: URL) {
    for (const [name, text] of url.searchParams) {
      if (this.#texts.has(name)) this.refuse(name, 'expected once, came more than once');
      if (text.length > QUERY_PARAMETER_MAX_CHARACTERS)
        this.refuse(name, `expected at most ${QUERY_PARAMETER_MAX_CHARACTERS} characters, got ${text.length}`);
      this.#texts.set(name, text);
    }
    this.#throwIssues();
  }

  has(name: string): boolean {
    return this.#texts.has(name);
  }

  take(name: string): string | null {
    const text = this.#texts.get(name) ?? null;
    this.#texts.delete(name);
    return text;
  }

  /** Every `name` and `name[operator]`, as [operator, text]. */
  takeOperators(name: string): [string, string][] {
    const found: [string, string][] = [];
    for (const [parameter, text] of this.#texts) {
      const match = PARAMETER.exec(parameter);
      if (match?.[1] !== name) continue;
      found.push([match[2] ?? '', text]);
      this.#texts.delete(parameter);
    }
    return found;
  }

  /** The words of a parameter, by commas; null where it is absent. */
  list(name: string): string[] | null {
    return (
      this.take(name)
        ?.split(',')
        .filter((word) => word !== '') ?? null
    );
  }

  integer<Fallback>(name: string, fallback: Fallback, max: number): number | Fallback {
    const text = this.take(name);
    if (text === null) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > max) this.refuse(name, `expected a whole number from 1 to ${max}, got ${JSON.stringify(text.slice(0, 80))}`);
    return value;
  }

  oneOf<T>(name: string, choices: Record<string, T>, fallback: T): T {
    const text = this.take(name);
    if (text === null) return fallback;
    if (Object.hasOwn(choices, text)) return choices[text] ?? fallback;
    this.refuse(name, `expected one of ${Object.keys(choices).join(', ')}, got ${JSON.stringify(text.slice(0, 80))}`);
    return fallback;
  }

  value(view: ModelView, field: string, text: string): unknown {
    const parsed = view.jsonForm(field)?.fromText(text) ?? { reason: 'is no field here' };
    if ('value' in parsed) return parsed.value;
    this.refuse(field, parsed.reason);
    return undefined;
  }

  refuse(name: string, reason: string): void {
    this.#issues.push({ path: `?${name}`, reason });
  }

  finish(allowed: string): void {
    for (const name of this.#texts.keys()) this.refuse(name.slice(0, 80), `is not a parameter here; expected ${allowed}`);
    this.#throwIssues();
  }

  #throwIssues(): void {
    if (this.#issues.length === 0) return;
    const [first] = this.#issues;
    throw new ServiceError('invalid_input', `${first?.path}: ${first?.reason}.`, { issues: this.#issues });
  }
}
