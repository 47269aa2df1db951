/** The application of this folder in a folder of its own, with dynamo-bao from npm or Steamer's package of that name in its node_modules. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const REPOSITORY = pathOf('../..');

/** What the application prints, and its commands. */
export interface MovedApplication {
  folder: string;
  /** `node library.js …`, what it prints */
  work(...args: string[]): Promise<unknown>;
  /** a command of the dynamo-bao that is installed, by the name of its program */
  command(program: string, ...args: string[]): Promise<string>;
  /** npm's 0.4.2 */
  installOriginal(): Promise<void>;
  /** Steamer's package, as `npm install` would put it there */
  installSuccessor(): Promise<void>;
  remove(): Promise<void>;
}

/** Copies the application. `variables` are those of its environment. */
export async function copyApplication(variables: Record<string, string>): Promise<MovedApplication> {
  const folder = await mkdtemp(join(tmpdir(), 'library-'));
  await cp(pathOf('application'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  const options = { cwd: folder, env: { ...process.env, ...variables } };
  const emptyModules = async () => {
    await rm(modules, { recursive: true, force: true });
    await mkdir(modules);
  };
  return {
    folder,
    async work(...args) {
      const { stdout } = await run('node', ['--import', pathOf('redirect-process.ts'), 'library.js', ...args], options);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    },
    async command(program, ...args) {
      const path = join(modules, 'dynamo-bao', await programPath(join(modules, 'dynamo-bao'), program));
      const { stdout } = await run('node', ['--import', pathOf('redirect-process.ts'), path, ...args], options);
      return stdout;
    },
    async installOriginal() {
      await emptyModules();
      await symlink(pathOf('node_modules/dynamo-bao'), join(modules, 'dynamo-bao'));
    },
    async installSuccessor() {
      await emptyModules();
      await build(REPOSITORY, 'tsconfig.build.json', join(modules, 'steamer'));
      await build(join(REPOSITORY, 'packages/dynamo-bao'), 'tsconfig.build.json', join(modules, 'dynamo-bao'));
      await symlink(join(REPOSITORY, 'node_modules'), join(modules, 'steamer/node_modules'));
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Builds a package as `npm run build` does, into another folder than its own. */
async function build(source: string, project: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await cp(join(source, 'package.json'), join(target, 'package.json'));
  await run('tsc', ['-p', join(source, project), '--outDir', join(target, 'dist'), '--noCheck', '--declaration', 'false']);
}

async function programPath(packageFolder: string, program: string): Promise<string> {
  const { bin } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { bin: Record<string, string> }; // npm's own format
  const path = bin[program];
  if (path === undefined) throw new Error(`${dirname(packageFolder)} has no program ${program}`);
  return path;
}
