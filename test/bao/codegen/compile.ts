/** Runs the compiler on files beside generated models. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GeneratedFolder } from './generated-folder.ts';

/** What the compiler says of files beside generated models, under the repository's own settings; by file. */
export async function compile({ path, repository }: GeneratedFolder, files: string[]): Promise<Map<string, string[]>> {
  const config = {
    extends: join(repository, 'tsconfig.json'),
    files: [...files, join(repository, 'worker-configuration.d.ts')],
    include: [],
    exclude: [],
  };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(config));
  const output = await new Promise<string>((done) => {
    execFile(join(repository, 'node_modules/.bin/tsc'), ['-p', path, '--pretty', 'false'], { cwd: path }, (_error, stdout) => done(stdout));
  });
  const lines = output.split('\n').filter((line) => /^(?:usage|mistake|models)/.test(line));
  return Map.groupBy(lines, (line) => line.slice(0, line.indexOf('(')));
}
