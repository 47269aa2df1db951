/** The languages that models are generated in. */

/** TypeScript; or JavaScript, with its types in a declaration file beside each file. */
export type OutputLanguage = 'typescript' | 'javascript';

/** How JavaScript files import each other. TypeScript and the manifest are always ES modules. */
export type ModuleSystem = 'esm' | 'commonjs';

export interface OutputFormat {
  language: OutputLanguage;
  moduleSystem: ModuleSystem;
  /** how generated TypeScript names its neighbours: `.ts` where the project's compiler allows it, else `.js` */
  importExtension: '.ts' | '.js';
}

/** A file of code, and what describes its types when it is JavaScript. */
export interface SourceText {
  code: string;
  /** null for TypeScript */
  declarations: string | null;
}

/** The extension by which generated files of the format import each other. */
export function importExtension({ language, importExtension: extension }: OutputFormat): string {
  return language === 'javascript' ? '.js' : extension;
}

/** A name such as "user" and its texts as files: "user.ts", or "user.js" and "user.d.ts". */
export function filesOf(name: string, { code, declarations }: SourceText): { name: string; text: string }[] {
  if (declarations === null) return [{ name: `${name}.ts`, text: code }];
  return [
    { name: `${name}.js`, text: code },
    { name: `${name}.d.ts`, text: declarations },
  ];
}
