/** Collects what a generated file imports, and writes it down sorted. */
import { quoted } from './literals.ts';

export class ImportList {
  /** the specifier of the file itself, which imports nothing from there */
  readonly #own: string;
  /** by specifier: its names, and whether each is needed when the code runs */
  readonly #modules = new Map<string, Map<string, boolean>>();

  readonly #effects = new Set<string>();

  constructor(own: string) {
    this.#own = own;
  }

  value(specifier: string, ...names: string[]): void {
    if (specifier === this.#own) return;
    for (const name of names) this.#namesOf(specifier).set(name, true);
  }

  /** A module that is imported for what it does. */
  effect(specifier: string): void {
    this.#effects.add(specifier);
  }

  type(specifier: string, ...names: string[]): void {
    if (specifier === this.#own) return;
    const known = this.#namesOf(specifier);
    for (const name of names) if (!known.has(name)) known.set(name, false);
  }

  /** The lines of a TypeScript file: one import per module, in the order in which modules were first named. */
  toTypeScript(): string {
    return this.#withEffects(
      (specifier) => `import ${quoted(specifier)};\n`,
      (specifier, names) => {
        const hasValues = names.some(([, isValue]) => isValue);
        const list = names.map(([name, isValue]) => (hasValues && !isValue ? `type ${name}` : name));
        return `import ${hasValues ? '' : 'type '}{ ${list.join(', ')} } from ${quoted(specifier)};\n`;
      },
    );
  }

  /** The lines of a declaration file: types only. */
  toDeclarations(): string {
    return this.#lines((specifier, names) => {
      const list = names.filter(([, isValue]) => !isValue).map(([name]) => name);
      return list.length === 0 ? '' : `import type { ${list.join(', ')} } from ${quoted(specifier)};\n`;
    });
  }

  /** The lines of an ES module: values only. */
  toModule(): string {
    return this.#withEffects(
      (specifier) => `import ${quoted(specifier)};\n`,
      (specifier, names) => {
        const list = valuesOf(names);
        return list.length === 0 ? '' : `import { ${list.join(', ')} } from ${quoted(specifier)};\n`;
      },
    );
  }

  /** The lines of a CommonJS module: values only. */
  toCommonJs(): string {
    return this.#withEffects(
      (specifier) => `require(${quoted(specifier)});\n`,
      (specifier, names) => {
        const list = valuesOf(names);
        return list.length === 0 ? '' : `const { ${list.join(', ')} } = require(${quoted(specifier)});\n`;
      },
    );
  }

  #withEffects(writeEffect: (specifier: string) => string, write: (specifier: string, names: [string, boolean][]) => string): string {
    return `${this.#lines(write)}${Array.from(this.#effects, writeEffect).join('')}`;
  }

  #lines(write: (specifier: string, names: [string, boolean][]) => string): string {
    return [...this.#modules]
      .map(([specifier, names]) =>
        write(
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

function valuesOf(names: readonly [string, boolean][]): string[] {
  return names.filter(([, isValue]) => isValue).map(([name]) => name);
}
