/** Collects what a generated file imports, and writes it down sorted. */
import { quoted } from './literals.ts';

export class ImportList {
  /** the specifier of the file itself, which imports nothing from there */
  readonly #own: string;
  /** by specifier: names, and whether they are needed as values */
  readonly #modules = new Map<string, Map<string, boolean>>();

  constructor(own: string) {
    this.#own = own;
  }

  value(specifier: string, ...names: string[]): void {
    if (specifier === this.#own) return;
    for (const name of names) this.#namesOf(specifier).set(name, true);
  }

  type(specifier: string, ...names: string[]): void {
    if (specifier === this.#own) return;
    const known = this.#namesOf(specifier);
    for (const name of names) known.set(name, known.get(name) ?? false);
  }

  /** One import per module, in the order in which modules were first named. */
  toString(): string {
    return [...this.#modules]
      .map(([specifier, names]) =>
        importLine(
          specifier,
          [...names].toSorted(([one], [other]) => (one < other ? -1 : 1)),
        ),
      )
      .join('');
  }

  #namesOf(specifier: string): Map<string, boolean> {
    const names = this.#modules.get(specifier) ?? new Map<string, boolean>();
    this.#modules.set(specifier, names);
    return names;
  }
}

function importLine(specifier: string, names: readonly (readonly [name: string, isValue: boolean])[]): string {
  const hasValues = names.some(([, isValue]) => isValue);
  const list = names.map(([name, isValue]) => (hasValues && !isValue ? `type ${name}` : name)).join(', ');
  return `import ${hasValues ? '' : 'type '}{ ${list} } from ${quoted(specifier)};\n`;
}
