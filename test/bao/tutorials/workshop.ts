/**
 * A folder outside of the repository in which tutorials are followed: projects of their own, in front of them the packages as their users
 * get them, built from the sources as they are now. There samples run in Node and in wrangler's workerd.
 */
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTestHarness } from 'wrangler';
import type { TestHarness } from 'wrangler';
import steamerPackage from '../../../package.json' with { type: 'json' };

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** What became of a command. */
export interface Outcome {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A project that a tutorial is followed in. */
export interface Project {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** runs a line of shell in the project's folder, with what the tests say of DynamoDB in the environment */
  run(line: string, variables?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** starts the project's wrangler.toml, with the test's variables over its own; the caller closes it */
  startWorker(variables?: Readonly<Record<string, string>>): Promise<TestHarness>;
}

/** The folder of all projects of one test file. */
export interface Workshop {
  project(name: string): Promise<Project>;
  close(): Promise<void>;
}

/** Builds the packages and puts them where projects find them. `variables` reach every process and Worker. */
export async function openWorkshop(variables: Readonly<Record<string, string>>): Promise<Workshop> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'steamer-tutorials-')));
  await installPackages(join(root, 'node_modules')).catch(async (error: unknown) => {
    await rm(root, { recursive: true });
    throw error;
  });
  return {
    async project(name) {
      const folder = join(root, name);
      await mkdir(folder, { recursive: true });
      return {
        folder,
        write: (files) => writeFiles(folder, files),
        run: (line, more = {}) => run(line, folder, { ...variables, ...more }),
        async startWorker(more = {}) {
          const worker = createTestHarness({ root: folder, workers: [{ configPath: 'wrangler.toml', vars: { ...variables, ...more } }] });
          await worker.listen();
          return worker;
        },
      };
    },
    async close() {
      await rm(root, { recursive: true });
    },
  };
}

async function installPackages(modules: string): Promise<void> {
  await buildPackage('.', 'tsconfig.build.json', join(modules, 'steamer'));
  await buildPackage('packages/dynamo-bao', 'packages/dynamo-bao/tsconfig.build.json', join(modules, 'dynamo-bao'));
  for (const name of Object.keys(steamerPackage.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(REPOSITORY, 'node_modules', name), join(modules, name));
  }
  await mkdir(join(modules, '.bin'));
  // As npm does it for a package that is installed.
  await chmod(join(modules, 'dynamo-bao/dist/bin/bao-codegen.js'), 0o755);
  await symlink('../dynamo-bao/dist/bin/bao-codegen.js', join(modules, '.bin', 'bao-codegen'));
  await cp(join(import.meta.dirname, 'express.cjs'), join(modules, 'express', 'index.js'));
}

/** Types are checked elsewhere: here only the JavaScript is of interest. */
async function buildPackage(source: string, config: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await cp(join(REPOSITORY, source, 'package.json'), join(target, 'package.json'));
  const outcome = await run(`tsc -p ${config} --noCheck --declaration false --outDir '${join(target, 'dist')}'`, REPOSITORY, {});
  if (outcome.exitCode !== 0) throw new Error(outcome.stdout);
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function run(line: string, cwd: string, variables: Readonly<Record<string, string>>): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  // Of the environment of the tests nothing else: what a sample finds is what the tutorial or the test gives it.
  const env: Record<string, string> = { PATH: `${join(REPOSITORY, 'node_modules', '.bin')}:${PATH}`, HOME, ...variables };
  const child = spawn(line, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const outcome: Outcome = { exitCode: null, stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (outcome.stdout += String(part)));
  child.stderr.on('data', (part) => (outcome.stderr += String(part)));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve({ ...outcome, exitCode }));
  });
}
