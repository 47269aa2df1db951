/** Generated models in a folder of their own outside of the repository, which can be compiled and imported. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codegenCommand } from '../../../src/cli/codegen-command.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

export interface GeneratedFolder {
  path: string;
  /** the repository's own root, for its tsconfig and packages */
  repository: string;
  remove(): Promise<void>;
}

/**
 * Generates `models/` and `models.ts` (or `models.js`) from a definitions file beside this one.
 *
 * @param options further options of the command
 */
export async function generateInto(definitions: string, extension: 'ts' | 'js' = 'ts', options: string[] = []): Promise<GeneratedFolder> {
  const path = await mkdtemp(join(tmpdir(), 'steamer-codegen-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(path, 'node_modules'));
  const problems: string[] = [];
  const layer = join(REPOSITORY, 'src/bao/index.ts');
  const args = [
    join(import.meta.dirname, definitions),
    join(path, 'models'),
    '--manifest',
    join(path, `models.${extension}`),
    '--import',
    layer,
  ];
  const code = await codegenCommand([...args, ...options], { out: () => undefined, error: (line) => problems.push(line) });
  if (code !== 0) throw new Error(problems.join('\n'));
  return { path, repository: REPOSITORY, remove: () => rm(path, { recursive: true }) };
}
