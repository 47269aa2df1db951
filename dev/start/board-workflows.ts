/** The leaderboard's workflows: the packages that they need, in a folder of their own, and their modules. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasPackages } from '../install-packages.ts';
import { npmCommand } from './npm.ts';
import type { Runner } from './runner.ts';
import { LEADERBOARD_MODELS } from './served-models.ts';
import { StartError } from './start-error.ts';

const FOLDER = 'examples/leaderboard';

/**
 * Installs the packages where they are missing. It takes half a minute, in which other steps are done.
 *
 * @returns why there are none: the models are others, or npm cannot have the packages; null when they are there
 */
export async function installWorkflowSdk({ run }: Pick<Runner, 'run'>): Promise<string | null> {
  // Written by a step before, so that it cannot be imported above.
  const models: Record<string, unknown> = (await import('../../.bao/models.ts')).default;
  const names = Object.values(LEADERBOARD_MODELS);
  if (!names.every((name) => name in models)) return `models.yaml has not all of ${names.join(', ')}`;
  if (hasPackages(pathToFileURL(`${resolve(FOLDER)}/`))) return null;
  const install = npmCommand(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  const { exitCode, stderr } = await run({ ...install, cwd: FOLDER });
  return exitCode === 0 ? null : `npm could not install the Workflow SDK: ${stderr.trim().split('\n')[0]}`;
}

/**
 * Builds the workflows, once their packages are there; without them the leaderboard takes no submissions.
 *
 * @throws StartError when they cannot be built
 */
export async function buildWorkflows(
  { run }: Pick<Runner, 'run'>,
  installed: Promise<string | null>,
  progress: (text: string) => void,
): Promise<{ isBuilt: boolean; detail: string }> {
  progress('installs the Workflow SDK');
  const whyNot = await installed;
  if (whyNot !== null) return { isBuilt: false, detail: `left out: ${whyNot}` };
  progress('builds them');
  const args = [resolve('src/cli/steamer.ts'), 'workflows', 'build'];
  const { exitCode, stdout, stderr } = await run({ command: process.execPath, args, cwd: FOLDER });
  if (exitCode !== 0) throw new StartError(`the leaderboard's workflows cannot be built:\n\n${stderr || stdout}`);
  return { isBuilt: true, detail: 'submit, validate' };
}
