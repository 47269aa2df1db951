/** Builds the application of this folder as its users would, and runs it on workerd. */
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';
import { buildWorkflows } from '../../src/cli/workflows-build.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const RUNTIME = fileURLToPath(new URL('../../src/workflows.ts', import.meta.url));
const VARIABLES = { ENVIRONMENT: 'development', TABLE_NAME: 'steamer', AWS_REGION: 'us-east-1' };
const SECRETS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  SIGNING_KEYS: 'k1:c2lnbmluZy1rZXktb2YtdGhlLXRlc3Qtc3VpdGUtMDE=',
};

export interface RunningApp {
  /** with a body: by POST */
  fetch(path: string, body?: unknown): Promise<Response>;
  stop(): Promise<void>;
}

/** Builds the workflows, bundles the Worker and starts it, on databases of its own. */
export async function startApp(): Promise<RunningApp> {
  await buildWorkflows({ projectFolder: APP, sourceFolders: ['workflows'], outputFolder: '.steamer', runtime: RUNTIME });
  const server = createTestHarness({ root: APP, workers: [{ configPath: 'wrangler.toml', vars: VARIABLES, secrets: SECRETS }] });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('WORKFLOW_DB');
  return {
    fetch: (path, body) =>
      fetch(new URL(path, url), {
        headers: { 'accept-encoding': 'identity' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      }),
    stop: () => server.close(),
  };
}
