/** The leaderboard's workflows: the packages that they need, in a folder of their own, and their modules. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasPackages } from '../install-packages.ts';
import { npmCommand } from './npm.ts';
import type { Runner } from './runner.ts';
import { StartError } from './start-error.ts';

const FOLDER = 'examples/leaderboard';
const MODELS = ['System', 'Benchmark', 'Result', 'Submission'];

/**
 * Installs and builds what `npm ci` of the repository has not. False, with the reason as detail, where the packages cannot be had or the models are
 * others: then the leaderboard takes no submissions.
 *
 * @throws StartError when the workflows cannot be built
 */
export async function boardWorkflows(
  { run }: Pick<Runner, 'run'>,
  progress: (text: string) => void,
): Promise<{ isBuilt: boolean; detail: string }> {
  // Written by a step before, so that it cannot be imported above.
  const models: Record<string, unknown> = (await import('../../.bao/models.ts')).default;
  if (!MODELS.every((name) => name in models))
    return { isBuilt: false, detail: `left out: models.yaml has not all of ${MODELS.join(', ')}` };
  if (!hasPackages(pathToFileURL(`${resolve(FOLDER)}/`))) {
    progress('installs the Workflow SDK, once');
    const install = npmCommand(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    const { exitCode, stderr } = await run({ ...install, cwd: FOLDER });
    if (exitCode !== 0) return { isBuilt: false, detail: `left out, as npm could not install them: ${stderr.trim().split('\n')[0]}` };
  }
  progress('builds them');
  const { exitCode, stdout, stderr } = await run({
    command: process.execPath,
    args: [resolve('src/cli/steamer.ts'), 'workflows', 'build'],
    cwd: FOLDER,
  });
  if (exitCode !== 0) throw new StartError(`the leaderboard's workflows cannot be built:\n\n${stderr || stdout}`);
  return { isBuilt: true, detail: 'submit, validate' };
}
