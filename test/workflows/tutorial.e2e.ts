/** docs/workflows.md, followed to the letter in new folders, with the package as it is packed. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findPort } from '../../src/cli/free-port.ts';
import { readCborSequence, writeCbor } from '../../src/lib/cbor.ts';
import { fencedBlocks } from '../docs/fenced-blocks.ts';

const WAIT = { timeout: 120_000, interval: 500 };
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/workflows.md';
const folder = mkdtempSync(join(tmpdir(), 'steamer-tutorial-'));
const started: ChildProcess[] = [];

/** The commands of the page that stand in one block with this text, without what is said beside them. */
function commands(text: string): string[] {
  const blocks = readFileSync(join(ROOT, PAGE), 'utf8')
    .split(/\n\n/)
    .filter((block) => /^ {4}/.test(block) && !block.includes('```'));
  const block = blocks.find((lines) => lines.includes(text)) ?? expect.fail(`the page has no command with ${text}`);
  return block.split('\n').map((line) => line.trim().replace(/ {2,}# .*$/, ''));
}

/** The fenced code of the page that has this text. */
function code(text: string): string {
  const blocks = fencedBlocks('ts', 'js', 'toml').filter(({ page }) => page === PAGE);
  return blocks.find((block) => block.text.includes(text))?.text ?? expect.fail(`the page has no code with ${text}`);
}

async function shell(cwd: string, ...lines: string[]): Promise<string> {
  return (await promisify(execFile)('sh', ['-ec', lines.join('\n')], { cwd })).stdout;
}

/** Starts what goes on, as a group of processes. */
function start(cwd: string, line: string, variables: Record<string, string> = {}): void {
  started.push(spawn('sh', ['-c', line], { cwd, detached: true, stdio: 'ignore', env: { ...process.env, ...variables } }));
}

function write(project: string, path: string, text: string): void {
  mkdirSync(join(folder, project, path, '..'), { recursive: true });
  writeFileSync(join(folder, project, path), text);
}

/** A Worker's entry with what the page has as new. */
function withWorkflows(entry: string): string {
  const lines = code('defineWorkflows(build, ').split('\n');
  const those = (beginning: string) => lines.filter((line) => line.startsWith(beginning) && !entry.includes(line)).join('\n');
  return [
    those('import '),
    entry.replace('const service', `${those('const workflows')}\nconst service`).replace('createService({ ', 'createService({ workflows, '),
    those('export class Workflow'),
  ].join('\n');
}

beforeAll(async () => {
  const [pack = ''] = commands('npm pack');
  await shell(ROOT, pack.replace('--pack-destination ..', `--pack-destination ${folder}`));
}, 300_000);
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.pid === undefined) continue;
    const exited = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    await exited;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
});

it('leads to a first run in the Worker', async () => {
  const project = join(folder, 'my-app');
  const port = String(await findPort());
  const [init = '', install = ''] = commands('steamer -- init');
  await shell(ROOT, init.replace('../my-app', project));
  await shell(folder, install.replace('../my-app', 'my-app'));
  await shell(project, ...commands('@workflow/builders'));
  write('my-app', 'workflows/greet.ts', code("'use workflow'"));
  write('my-app', 'src/worker.ts', withWorkflows(readFileSync(join(project, 'src/worker.ts'), 'utf8')));
  const config = readFileSync(join(project, 'wrangler.toml'), 'utf8');
  write('my-app', 'wrangler.toml', `${code('build = {')}${config}\n${code('binding = "WORKFLOW_DB"')}`);
  await shell(project, ...commands('npx steamer workflows build'), 'npm run generate', 'npx tsc');
  const [migrate = '', serve = ''] = commands('d1 migrations apply WORKFLOW_DB --local');
  await shell(project, migrate);
  write('my-app', 'scripts/start.ts', readFileSync(join(project, 'scripts/start.ts'), 'utf8').replaceAll('8787', port));
  start(project, serve);
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200), WAIT);
  const [key = '', runs = '', begin = '', show = ''] = commands('KEY=').map((line) => line.replace('8787', port));
  const { runId } = JSON.parse(await shell(project, key, runs, begin)) as { runId: string };
  await vi.waitFor(async () => {
    const run = JSON.parse(await shell(project, key, runs, show.replace('wrun_…', runId))) as object;
    expect(run).toMatchObject({ status: 'completed', output: 'Hello, Ada' });
  }, WAIT);
}, 320_000);

it('leads to a first run of an app in Node, which the SDK’s command line and its web inspector show', async () => {
  const project = join(folder, 'my-node-app');
  const port = String(await findPort());
  const local = (line: string) => line.replace('localhost:3000', `127.0.0.1:${port}`);
  await shell(folder, ...commands('mkdir ../my-node-app').map((line) => line.replaceAll('../my-node-app', 'my-node-app')));
  write('my-node-app', 'workflows/greet.ts', code("'use workflow'"));
  write('my-node-app', 'server.mjs', code("from '@hono/node-server'"));
  const [build = '', serve = '', greet = '', look = '', inspect = '', web = ''] = commands('npx workflow build').map(local);
  await shell(project, build);
  start(project, serve, { PORT: port });
  const { runId } = await vi.waitFor(async () => JSON.parse(await shell(project, greet)) as { runId: string }, WAIT);
  await vi.waitFor(async () => {
    expect(JSON.parse(await shell(project, look.replace('wrun_…', runId)))).toEqual({ status: 'completed', value: 'Hello, Ada' });
  }, WAIT);
  expect(await shell(project, `${inspect} --json`)).toContain(runId);
  const webPort = await findPort();
  start(project, `${web} --noBrowser --webPort ${webPort}`);
  const ask = async (method: string, params: object) => {
    const headers = { 'content-type': 'application/cbor', accept: 'application/cbor' };
    const body = writeCbor({ method, params: { worldEnv: {}, ...params } });
    const response = await fetch(`http://127.0.0.1:${webPort}/api/rpc`, { method: 'POST', headers, body });
    return readCborSequence(new Uint8Array(await response.arrayBuffer()))[0];
  };
  const run = { runId, status: 'completed' };
  await vi.waitFor(
    async () => expect(await ask('fetchRuns', { params: {} })).toMatchObject({ success: true, data: { data: [run] } }),
    WAIT,
  );
  expect(await ask('fetchRun', { runId, resolveData: 'none' })).toMatchObject({ success: true, data: run });
}, 320_000);
