/** Writes generated files: only those that changed, and never over a file that was not generated. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { isGenerated } from '../bao/codegen/index.ts';
import { CommandError } from './command.ts';

/** What a run of code generation leaves on disk. */
export interface GeneratedOutput {
  /** the folder that holds the files of the models, and nothing else that was generated */
  outputFolder: string;
  files: readonly { name: string; text: string }[];
  /** the manifest, the module of clients, and what belongs to them */
  modules: readonly { path: string; text: string }[];
}

/** Paths of what a run changed, or would change. */
export interface FileChanges {
  written: string[];
  deleted: string[];
}

/**
 * Brings the files on disk up to date.
 *
 * @param isDryRun reports what would change, and changes nothing
 * @throws CommandError before anything is written, when a file in the way was not generated
 */
export async function writeGenerated({ outputFolder, files, modules }: GeneratedOutput, isDryRun = false): Promise<FileChanges> {
  const wanted = new Map(files.map(({ name, text }) => [join(outputFolder, name), text]));
  for (const { path, text } of modules) {
    const modulePath = normalize(path);
    if (wanted.has(modulePath))
      throw new CommandError(
        `${modulePath} is there already, generated for a model or the manifest; choose another --manifest or --client`,
      );
    wanted.set(modulePath, text);
  }
  const changed: [path: string, text: string][] = [];
  for (const [path, text] of wanted) {
    const present = await readIfPresent(path);
    if (present === text) continue;
    if (present !== null && !isGenerated(present))
      throw new CommandError(`${path} was not generated; move it away, or choose another output`);
    changed.push([path, text]);
  }
  const orphans = await orphansIn(outputFolder, wanted);
  if (!isDryRun) {
    for (const [path, text] of changed) await replaceFile(path, text);
    for (const path of orphans) await rm(path);
  }
  return { written: changed.map(([path]) => path), deleted: orphans };
}

/** Generated files of models that no longer exist, or of another language. */
async function orphansIn(folder: string, wanted: ReadonlyMap<string, string>): Promise<string[]> {
  const names = await readdir(folder).catch(nothingIfAbsent);
  const orphans: string[] = [];
  for (const name of (names ?? []).filter((candidate) => /\.[jt]s$/.test(candidate)).toSorted()) {
    const path = join(folder, name);
    if (!wanted.has(path) && isGenerated((await readIfPresent(path)) ?? '')) orphans.push(path);
  }
  return orphans;
}

/** Through a file beside it, so that a reader never sees half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, text);
  await rename(draft, path);
}

async function readIfPresent(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(nothingIfAbsent);
}

function nothingIfAbsent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
