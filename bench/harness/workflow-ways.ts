/** The ways in which a benchmark of workflows runs the tests' application: inside a Worker, and in Node with each of the Worlds. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { findPort } from '../../src/cli/free-port.ts';
import { setup as installApp } from '../../test/workflows/install.ts';
import { buildNodeApp, startNodeApp } from '../../test/workflows/node-app.ts';
import { bundleAppWorker } from '../../test/workflows/run-app.ts';
import { hasPostgres, installPostgres, Postgres } from './postgres.ts';
import { startWorkerd } from './workerd.ts';
import { WorkflowService } from './workflow-service.ts';

/** The application, as it is reached, and all processes that belong to it. */
export interface Way {
  name: string;
  port: number;
  pids: readonly number[];
}

const POSTGRES_WORLD = fileURLToPath(new URL('../node_modules/@workflow/world-postgres/', import.meta.url));
const OBJECTS = { WORKFLOW_RUN: 'WorkflowRun', STREAM_HUB: 'StreamHub', STREAM_DIRECTORY: 'StreamDirectory' };

/**
 * Starts all of them. What is kept is in memory: what is measured is not the disk.
 *
 * @param running ends them
 * @param installs whether PostgreSQL is installed where it is not; where there is none its way is left out
 */
export async function startWays(running: AsyncDisposableStack, installs: boolean, onProgress: (line: string) => void): Promise<Way[]> {
  installApp();
  const service = running.use(await WorkflowService.start());
  buildNodeApp();
  const inNode = async (name: string, variables: Record<string, string>, ...pids: number[]): Promise<Way> => {
    const port = await findPort();
    const url = `http://127.0.0.1:${port}`;
    const app = await startNodeApp({ ...variables, WORKFLOW_LOCAL_BASE_URL: url, STEAMER_CALLBACK_URL: url }, port);
    const end = (): Promise<void> => app.kill();
    process.once('exit', () => void end()); // it is killed at once
    running.defer(end);
    return { name, port, pids: [app.pid, ...pids] };
  };
  const files = mkdtempSync('/dev/shm/steamer-local-world-');
  running.defer(() => rmSync(files, { recursive: true, force: true }));
  const ways = [
    await inNode('world-local', { WORKFLOW_TARGET_WORLD: 'local', WORKFLOW_LOCAL_DATA_DIR: files }),
    await inNode('steamer/world', service.variables, service.pid),
  ];
  const postgres = await startPostgres(installs, onProgress);
  if (postgres !== null) {
    const { url, pid } = running.use(postgres);
    const variables = { WORKFLOW_TARGET_WORLD: join(POSTGRES_WORLD, 'dist/index.js'), WORKFLOW_POSTGRES_URL: url };
    ways.push(await inNode('world-postgres', variables, pid));
  }
  const config = { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects: OBJECTS };
  const worker = running.use(
    await startWorkerd(await bundleAppWorker('killed-worker', '--config', 'killed.toml', '--minify'), config, { isInMemory: true }),
  );
  return [{ name: 'Worker', port: worker.port, pids: [worker.pid] }, ...ways];
}

/** A database with the World's tables; null, with the reason told, where there cannot be one. */
async function startPostgres(installs: boolean, onProgress: (line: string) => void): Promise<Postgres | null> {
  try {
    if (!hasPostgres() && installs) installPostgres();
    if (!hasPostgres()) throw new Error('PostgreSQL 15 is not installed');
    const postgres = await Postgres.start();
    const env = { ...process.env, WORKFLOW_POSTGRES_URL: postgres.url };
    execFileSync(process.execPath, [join(POSTGRES_WORLD, 'bin/setup.js')], { env, stdio: 'ignore' });
    return postgres;
  } catch (error) {
    onProgress(`world-postgres is left out: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
