import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';
import { initProject } from '../../src/cli/init-project.ts';
import { wranglerCommand } from '../../src/cli/wrangler.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;
const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), 'steamer-init-'));
const project = join(folder, 'my-app');
beforeAll(() => initProject(project, { dependency: null, isDryRun: false }));
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (path: string) => readFileSync(join(project, path), 'utf8');

describe('a new project', () => {
  it('generates its models, has the right types, and is a Worker in every environment', { timeout: TIMEOUT_MS }, async () => {
    await installPackage();
    const inProject = { cwd: project };
    const codegen = join(project, 'node_modules/steamer/dist/cli/bao-codegen.js');
    await run(
      process.execPath,
      [codegen, 'models.yaml', '.bao/models', '--manifest', '.bao/models.ts', '--client', '.bao/client.ts'],
      inProject,
    );
    const types = await run(join(ROOT, 'node_modules/.bin/tsc'), [], inProject).catch((error: unknown) => error);
    expect(types).toMatchObject({ stdout: '' });
    const { command, args, env } = wranglerCommand(['deploy', '--dry-run', '--env', 'production', '--outdir', 'out'], folder);
    expect((await run(command, args, { ...inProject, env })).stdout).toContain('env.ERASURE_QUEUE (steamer-erasures-production)');
  });

  it('starts with no option that it does not know', async () => {
    const start = run(process.execPath, ['scripts/start.ts', '--port', '8123', '--prot', '8123'], { cwd: project });
    await expect(start).rejects.toMatchObject({ stderr: expect.stringContaining("Unknown option '--prot'") as string });
  });

  it.skipIf(inject('testScale') === 1)('passes its tests', { timeout: TIMEOUT_MS }, async () => {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const tests = await run(process.execPath, [vitest, 'run'], { cwd: project }).catch((error: unknown) => error);
    expect(tests).toMatchObject({ stdout: expect.stringMatching(/Tests .*3 passed/) as string });
  });

  it("binds and exports what Steamer's own Worker does", () => {
    for (const environment of [undefined, 'staging', 'production']) {
      expect(bindingsOf(join(project, 'wrangler.toml'), environment)).toEqual(bindingsOf(join(ROOT, 'wrangler.toml'), environment));
    }
    const classesOf = (text: string) => [...text.matchAll(/^export class .*$/gm)].map(String);
    expect(classesOf(textOf('src/worker.ts'))).toEqual(classesOf(readFileSync(join(ROOT, 'src/worker.ts'), 'utf8')));
  });

  it('pins every version, depends on Steamer as it is told to, and has no secret', async () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
    expect(dependencies).toEqual({ steamer: expect.stringMatching(/^file:\.\./) as string });
    for (const version of Object.values(devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(textOf('.gitignore')).toContain('.dev.vars');
    expect(existsSync(join(project, '.dev.vars'))).toBe(false);
    await initProject(join(folder, 'other-app'), { dependency: '1.2.3', isDryRun: false });
    expect(JSON.parse(readFileSync(join(folder, 'other-app/package.json'), 'utf8')).dependencies).toEqual({ steamer: '1.2.3' });
  });

  it('is only told of in a dry run, and never goes into a folder that has files or no name of a Worker', async () => {
    const planned = join(folder, 'planned');
    expect(await initProject(planned, { dependency: null, isDryRun: true })).toContain('src/worker.ts');
    expect(existsSync(planned)).toBe(false);
    mkdirSync(planned);
    writeFileSync(join(planned, 'notes.txt'), 'mine');
    const refused = initProject(planned, { dependency: null, isDryRun: false });
    await expect(refused).rejects.toThrow(`Expected an empty folder or none, and ${planned} has notes.txt in it; nothing was written`);
    expect(readdirSync(planned)).toEqual(['notes.txt']);
    await expect(initProject(join(planned, 'notes.txt'), { dependency: null, isDryRun: false })).rejects.toThrow('got "notes.txt"');
    await expect(initProject(join(folder, 'My App'), { dependency: null, isDryRun: false })).rejects.toThrow('got "My App"');
  });
});

/** The package as npm would install it into the project, with what this repository has installed. */
async function installPackage(): Promise<void> {
  const modules = join(project, 'node_modules');
  const steamer = join(modules, 'steamer');
  mkdirSync(steamer, { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  for (const name of ['assets', 'migrations']) symlinkSync(join(ROOT, name), join(steamer, name));
  cpSync(join(ROOT, 'package.json'), join(steamer, 'package.json'));
  const build = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(steamer, 'dist')];
  await run(join(ROOT, 'node_modules/.bin/tsc'), build, { cwd: ROOT });
}

/** What of wrangler's own config type is compared here; that type needs the Workers' types, which Node code has not. */
interface Config {
  compatibility_date: string;
  vars: Record<string, string>;
  secrets: { required: string[] };
  assets: { run_worker_first: string[] };
  triggers: { crons: string[] };
  d1_databases: { binding: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  kv_namespaces: { binding: string }[];
  r2_buckets: { binding: string }[];
  queues: { producers: object[]; consumers: object[] };
  analytics_engine_datasets: { binding: string }[];
  migrations: { new_sqlite_classes: string[] }[];
}

function bindingsOf(path: string, env: string | undefined): object {
  const config = readConfig({ config: path, env }) as unknown as Config; // see Config
  const namesOf = (bindings: { binding: string }[]) => bindings.map(({ binding }) => binding).toSorted();
  return {
    date: config.compatibility_date,
    vars: Object.keys(config.vars).toSorted(),
    secrets: config.secrets.required,
    assets: config.assets.run_worker_first,
    crons: config.triggers.crons,
    d1: namesOf(config.d1_databases),
    objects: config.durable_objects.bindings.map(({ name, class_name }) => `${name} ${class_name}`).toSorted(),
    classes: config.migrations.flatMap((migration) => migration.new_sqlite_classes).toSorted(),
    kv: namesOf(config.kv_namespaces),
    r2: namesOf(config.r2_buckets),
    queues: [...config.queues.producers, ...config.queues.consumers].map((queue) => JSON.stringify(queue)).toSorted(),
    datasets: namesOf(config.analytics_engine_datasets),
  };
}
