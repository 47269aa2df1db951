/** `npm run docs`: the reference of every public entry, made of docstrings, into docs/reference. What has none fails it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../install-packages.ts';
import { type PublicEntry, publicEntries } from './public-entries.ts';

const FOLDER = new URL('.', import.meta.url);
/** TypeDoc takes what a module is called from a comment in it: each entry has a module here that says so. */
const WORK = resolve('.steamer/reference');
const OUT = 'docs/reference';

const OPTIONS = {
  name: 'Steamer',
  plugin: ['typedoc-plugin-markdown'],
  tsconfig: join(WORK, 'tsconfig.json'),
  out: resolve(OUT),
  // That is for `npm run check`, of which each part has a configuration of its own.
  skipErrorChecking: true,
  readme: 'none',
  outputFileStrategy: 'modules',
  excludeExternals: true,
  excludePrivate: true,
  disableSources: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  blockTags: ['@param', '@returns', '@throws', '@see', '@example', '@typeParam', '@module'],
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Variable'],
  validation: { notExported: false, notDocumented: true, invalidLink: true },
  treatValidationWarningsAsErrors: true,
};

installPackages(FOLDER);
rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
const modules = publicEntries().map((entry) => moduleOf(entry));
write('tsconfig.json', {
  extends: resolve('tsconfig.build.json'),
  compilerOptions: { noEmit: true, rewriteRelativeImportExtensions: false, rootDir: '/' },
  include: modules,
});
write('typedoc.json', { ...OPTIONS, entryPoints: modules });
const typedoc = fileURLToPath(new URL('node_modules/typedoc/bin/typedoc', FOLDER));
execFileSync(process.execPath, [typedoc, '--options', join(WORK, 'typedoc.json')], { cwd: FOLDER, stdio: 'inherit' });
console.log(`${modules.length} entries: ${OUT}/README.md`);

function moduleOf({ name, source }: PublicEntry): string {
  const [, about = ''] = /^\/\*\* ?([^]*?) ?\*\//.exec(readFileSync(source, 'utf8').replace(/^#!.*\n/, '')) ?? [];
  const path = join(WORK, `${name.replaceAll('/', '-')}.ts`);
  writeFileSync(path, `/**\n * ${about}\n *\n * @module ${name}\n */\nexport * from ${JSON.stringify(resolve(source))};\n`);
  return path;
}

function write(name: string, content: object): void {
  writeFileSync(join(WORK, name), JSON.stringify(content));
}
