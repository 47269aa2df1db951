import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codegenCommand } from '../../src/cli/codegen-command.ts';
import { fencedBlocks, PAGES } from './fenced-blocks.ts';

const ROOT = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'snippets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'bin', Record<string, string>>; // our own file
const STEAMER = readFileSync('src/cli/steamer.ts', 'utf8');
const TEMPLATE_SCRIPTS = ['generate', 'migrate', 'deploy', 'start'];

describe('the snippets of the pages', () => {
  it.each(fencedBlocks('json').map((block) => [block.place, block.text]))('%s is JSON', (_, text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it.each(fencedBlocks('yaml').map((block) => [block.place, block.text]))('%s is YAML', (_, text) => {
    expect(() => parse(text) as unknown).not.toThrow();
  });

  it('in TypeScript compile, but for names that the reader brings', { timeout: 180_000 }, async () => {
    await writeSnippets();
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['-p', folder, '--pretty', 'false'], { maxBuffer: 1 << 26 }).catch(
      (error: unknown) => error as { stdout: string }, // tsc fails as it says what is wrong
    );
    const told = stdout.split('\n').filter((line) => line.includes('/snippets/'));
    expect(told.filter((line) => !isOfTheReader(line))).toEqual([]);
  });
});

/** A name that stands for something of the reader's, or a module of somebody else's. */
function isOfTheReader(line: string): boolean {
  return /TS2304|TS2552|TS2882|TS18004|TS7006|TS7031/.test(line) || (line.includes('TS2307') && !line.includes("module 'steamer"));
}

/** Each snippet as a module, beside generated models: of the README its own, of the other pages the template's. */
async function writeSnippets(): Promise<void> {
  mkdirSync(join(folder, 'snippets'));
  const own = fencedBlocks('yaml').find(({ page, text }) => page === 'README.md' && text.startsWith('models:'));
  await generate('readme', own?.text ?? expect.unreachable('README.md has models'));
  await generate('template', readFileSync('templates/project/models.yaml', 'utf8'));
  for (const [index, { page, place, text }] of fencedBlocks('ts').entries()) {
    const code = text.replaceAll(/(['"])\.{1,2}\/\.bao\//g, `$1../${page === 'README.md' ? 'readme' : 'template'}/`);
    writeFileSync(join(folder, `snippets/${index}-${place.replaceAll(/\W/g, '_')}.ts`), `${importsOf(text)} export {}; ${code}`);
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig()));
}

/** Generates the models of a definitions file, with their client, into a folder. */
async function generate(name: string, definitions: string): Promise<void> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, definitions);
  const outputs = ['--manifest', join(folder, name, 'models.ts'), '--client', join(folder, name, 'client.ts'), '--ts'];
  const errors: string[] = [];
  const output = { out: () => undefined, error: (line: string) => errors.push(line) };
  await codegenCommand([file, join(folder, name, 'models'), ...outputs], output);
  expect(errors).toEqual([]);
}

/** What pages have explained before, and snippets use without importing it again. */
const EXPLAINED: Readonly<Record<string, readonly string[]>> = {
  'steamer/bao': ['BaoModel', 'IndexConfig', 'PrimaryKeyConfig', 'actions', 'fields', 'queryCollection', 'transactWrite'],
  'steamer/bao/backfill': ['backfill'],
  'steamer/edge': ['EdgeCache', 'KvCache'],
  'steamer/workflows': ['defineWorkflows'],
};

function importsOf(text: string): string {
  const explained = Object.entries(EXPLAINED).flatMap(([module, names]) => names.map((name) => [module, name] as const));
  const isImported = (name: string) => new RegExp(`^import \\{[^}]*\\b${name}\\b`, 'm').test(text);
  const used = explained.filter(([, name]) => new RegExp(`\\b${name}\\b`).test(text) && !isImported(name));
  return used.map(([module, name]) => `import { ${name} } from '${module}';`).join(' ');
}

function tsconfig(): object {
  const source = (path: string) => [join(ROOT, 'src', path)];
  const paths = {
    steamer: source('index.ts'),
    'steamer/bao': source('bao/index.ts'),
    'steamer/bao/backfill': source('bao/backfill.ts'),
    'steamer/client': source('client/index.ts'),
    'steamer/edge': source('edge/index.ts'),
    'steamer/objects': source('objects/index.ts'),
    'steamer/testing': source('testing/index.ts'),
    'steamer/testing/setup': source('cli/test-setup.ts'),
    'steamer/workflows/vite': source('cli/workflows-vite.ts'),
    'steamer/workflows': source('workflows.ts'),
    'steamer/world-cloudflare': source('world-cloudflare.ts'),
    'steamer/*': source('*.ts'),
    vitest: [join(ROOT, 'node_modules/vitest')],
    'vitest/config': [join(ROOT, 'node_modules/vitest/config.d.ts')],
    '@cloudflare/vitest-plugin': [join(ROOT, 'node_modules/@cloudflare/vitest-plugin')],
  };
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      paths,
      typeRoots: [join(ROOT, 'node_modules')],
      types: [join(ROOT, 'node_modules/@cloudflare/workers-types'), join(ROOT, 'node_modules/@types/node')],
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitOverride: false,
    },
    include: ['snippets', join(ROOT, 'worker-configuration.d.ts')],
    exclude: [],
  };
}

it('the links between pages lead to files that there are', () => {
  const links = PAGES.flatMap((page) =>
    Array.from(
      readFileSync(page, 'utf8').matchAll(/\w\]\((?!https?:|#|node_modules\/)([^)#\s]*[./][^)#\s]*)/g),
      ([, to = '']) => [page, to] as const,
    ),
  );
  expect(links.length).toBeGreaterThan(60);
  expect(links.filter(([page, to]) => !existsSync(join(dirname(page), to)))).toEqual([]);
});

describe('the commands of the pages', () => {
  const commands = PAGES.flatMap((page) =>
    [
      ...readFileSync(page, 'utf8').matchAll(/(?:^ {4,}(?:- run: )?|^\$ |`|&& |^- run: )((?:npx|npm run|npm test|npm start)\b[^`\n]*)/gm),
    ].map(({ 1: line = '' }) => [page, line] as const),
  );

  it('are many', () => expect(commands.length).toBeGreaterThan(40));

  it('are commands that there are', () => {
    const steps = commands.flatMap(([page, line]) =>
      line
        .replace(/ {2,}#.*$/, '')
        .split(/ && | \| /)
        .map((step) => [page, step.trim()] as const),
    );
    const wrong = steps.flatMap(([page, step]) => problemOf(page, step) ?? []);
    expect(wrong).toEqual([]);
  });
});

/** Why there is no such command; null when there is. */
function problemOf(page: string, command: string): string | null {
  const script = /^npm run (?:-s |--silent )*([\w:-]+)/.exec(command)?.[1];
  const isOfTemplate = page.startsWith('templates/');
  if (script !== undefined && !Object.hasOwn(scripts, script) && !(isOfTemplate && TEMPLATE_SCRIPTS.includes(script)))
    return `${page}: no script ${script}`;
  const tool = /^npx (?:--no-install )?([\w-]+)/.exec(command)?.[1];
  if (tool !== undefined && ![...Object.keys(bin), 'wrangler', 'vitest', 'workflow'].includes(tool)) return `${page}: no command ${tool}`;
  const said = /^(?:npx steamer|npm run (?:-s |--silent )*steamer --) (.*)$/.exec(command)?.[1];
  return said === undefined ? null : problemOfSteamer(said);
}

function problemOfSteamer(said: string): string | null {
  const words = said.split(' ').filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('--'));
  const known = [words.slice(0, 1), words.slice(0, 2)].map((some) => some.join(' '));
  if (words.length > 0 && !known.some((name) => STEAMER.includes(`\n  steamer ${name} `) || STEAMER.includes(`\n  steamer ${name}\n`)))
    return `no command steamer ${known[1]}`;
  const option = [...said.matchAll(/--([a-z-]+)/g)]
    .map(({ 1: name = '' }) => name)
    .find((name) => !new RegExp(`^ {2}'?${name}'?: \\{ type`, 'm').test(STEAMER));
  return option === undefined ? null : `no option --${option}`;
}
