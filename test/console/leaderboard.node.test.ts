/** The leaderboard as its users have it: whoever signs up has one, and results are published once they are validated. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientModels } from '../../.bao/models.ts';
import { createClient, type SteamerClient } from '../../src/client/index.ts';
import { curlLines, shell } from '../dev/start/started.ts';
import { ConsoleUnderTest, overflowOf, seriousFindings } from './console-page.ts';

/** The Workflow SDK may have to be installed. */
const STARTED_WITHIN_MS = 300_000;
const SCORE = { benchmarkId: 'gets', systemId: 'kettle', machine: '2 vCPU', measuredAt: '2026-11-20T00:00:00.000Z' };
const folder = mkdtempSync(join(tmpdir(), 'steamer-leaderboard-'));
const subject = new ConsoleUnderTest();
let page: Page;
let owner: SteamerClient<ClientModels>;
let submitterKey: string;
let submitter: SteamerClient<ClientModels>;

beforeAll(async () => {
  await subject.begin({ hasWorkflows: true });
  page = await subject.open();
}, STARTED_WITHIN_MS);
afterAll(async () => {
  await subject.end();
  rmSync(folder, { recursive: true });
});

const board = (path: string) => `${subject.url}/board/kettle${path}`;
const clientOf = (key: string) =>
  createClient<ClientModels>({ url: `${subject.url}/v1/kettle`, headers: { authorization: `Bearer ${key}` } });
const submit = (value: number, more: object = {}) => submitter.workflows.start('submit', [{ ...SCORE, value, ...more }]);
/** What a run has come to, once it has ended. */
async function outcomeOf(runId: string): Promise<unknown> {
  const types: string[] = [];
  for await (const { event } of submitter.workflows.events(runId)) types.push(event.eventType);
  expect(types.at(-1)).toBe('run_completed');
  return (await submitter.workflows.get(runId, { payloads: true })).output;
}

/** Waits until a page of the edge has a text. What comes too late is a hang, not a slow machine. */
async function untilShown(url: string, text: string): Promise<void> {
  await expect.poll(async () => (await fetch(url)).text(), { timeout: 60_000 }).toContain(text);
}

/** Makes a key in the console. @returns the key */
async function makeKey(name: string, scopes: readonly string[]): Promise<string> {
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill(name);
  for (const scope of ['models:read', 'models:write', 'workflows:read', 'workflows:write', 'streams:read'])
    await page.getByRole('checkbox', { name: scope }).setChecked(scopes.includes(scope));
  await page.getByRole('button', { name: 'Make the key' }).click();
  const key = await page.getByLabel('the key', { exact: true }).innerText();
  await page.getByRole('button', { name: 'I have it' }).click();
  return key;
}

describe('the leaderboard', { timeout: STARTED_WITHIN_MS }, () => {
  it('is there for whoever signs up, with keys for its owner and for those who submit', async () => {
    await subject.signUp(page, { name: 'Ann', email: 'ann@example.com', password: 'steam rises from the kettle' });
    await page.getByLabel('Name').fill('Kettle');
    await page.getByLabel('Id').fill('kettle');
    await page.getByRole('button', { name: 'Make the tenant' }).click();
    owner = clientOf(await makeKey('owner', ['models:read', 'models:write', 'workflows:write']));
    submitterKey = await makeKey('submitter', ['workflows:read', 'workflows:write', 'streams:read']);
    submitter = clientOf(submitterKey);
    await owner.models.benchmarks.replace('gets', {
      benchmarkId: 'gets',
      title: 'Single gets',
      unit: 'ops/s',
      better: 'higher',
      area: 'Reads',
    });
    await owner.models.systems.replace('kettle', { systemId: 'kettle', name: 'Kettle' });
    const result = { ...SCORE, value: 1 };
    await expect(submitter.models.results.replace(['gets', 'kettle'], result)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is submitted to by the command that the start prints', async () => {
    const [command = ''] = curlLines(subject.start).filter((line) => line.includes('workflows/runs'));
    expect(await shell(command)).toMatch(/^HTTP\/1\.1 201 .*"runId":"wrun_/s);
    await untilShown(`${subject.url}/board/demo/benchmarks/emulator-get`, '6,900 req/s');
  });

  it('publishes what is submitted, while its page tells each step, and shows it on pages that were kept', async () => {
    await page.goto(board('/benchmarks/gets'));
    await page.getByText('Nobody has measured it yet.').waitFor();
    const runId = await submit(3_000);
    // The page is sent as it happens.
    await page.goto(board(`/submissions/${runId}`), { waitUntil: 'commit' });
    await page.getByText('Compared with nothing, as it is the first result of this benchmark.').waitFor();
    await page.getByText('Published: the first result of this benchmark').waitFor();
    expect(await outcomeOf(runId)).toMatchObject({ submissionId: runId.replace('wrun_', ''), state: 'published' });
    await untilShown(board('/benchmarks/gets'), '3,000 ops/s');
  });

  it('has told the stream of the run the same', async () => {
    const runId = await submit(3_300);
    const reason = "1.1 times the system's earlier result, 3,000, where 0.2 to 5 times are plausible";
    expect(await outcomeOf(runId)).toMatchObject({ state: 'published', reason });
    const name = `runs/default/${runId.replace('wrun_', 'strm_')}_user`;
    const headers = { authorization: `Bearer ${submitterKey}` };
    const told = await (await fetch(`${subject.url}/v1/kettle/streams/${name}?offset=-1`, { headers })).text();
    for (const word of ['Received', 'Parsed: 3,300 ops/s', 'Compared with', reason]) expect(told).toContain(word);
  });

  it.each([
    ['an outlier', 330_000, {}, "105 times the median of the system's 2 earlier results, 3,150"],
    ['no system that there is', 3_100, { systemId: 'teapot' }, 'there is no system "teapot"'],
    ['no benchmark that there is', 3_100, { benchmarkId: 'boil' }, 'there is no benchmark "boil"'],
  ])('rejects %s, and says why on the page', async (_, value, more, reason) => {
    const runId = await submit(value, more);
    expect(await outcomeOf(runId)).toMatchObject({ state: 'rejected', reason: expect.stringContaining(reason) });
    await page.goto(board(`/submissions/${runId}`));
    await page.getByText(`Rejected: ${reason}`).waitFor();
    expect(await owner.models.results.get(['gets', 'kettle'])).toMatchObject({ value: 3_300 });
  });

  it('goes on with what it was validating when it was stopped', async () => {
    const runIds = await Promise.all([3_101, 3_102, 3_103].map((value) => submit(value)));
    await subject.restart();
    for (const runId of runIds) expect(await outcomeOf(runId)).toMatchObject({ state: 'published' });
    expect(Math.round((await owner.models.results.get(['gets', 'kettle']))?.value ?? 0)).toBeGreaterThan(3_100);
  });

  it('takes nothing for a score that is none', async () => {
    const runId = await submit(-1);
    expect(await outcomeOf(runId)).toMatchObject({ state: 'rejected', reason: 'value: expected a number above 0, got -1' });
    expect((await fetch(board(`/submissions/${runId}`))).status).toBe(404);
  });

  it('publishes what a runner has measured', async () => {
    const [runner, commands] = [join(folder, 'runner.mjs'), join(folder, 'benchmarks.json')];
    const alias = { 'steamer/client': resolve('src/client/index.ts') };
    await build({
      entryPoints: ['examples/leaderboard/runner/main.ts'],
      alias,
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: runner,
    });
    writeFileSync(commands, JSON.stringify({ gets: ['node', '-p', '3600'] }));
    const key = await makeKeyOfRunner();
    const options = ['--benchmarks', commands, '--url', `${subject.url}/v1/kettle`, '--idle-sec', '0.2'];
    const { submissionId } = await owner.models.submissions.create({ benchmarkId: 'gets', systemId: 'kettle', state: 'queued' });
    await page.goto(board(`/submissions/${submissionId}`), { waitUntil: 'commit' });
    await page.getByText('Waits for a runner').waitFor();
    const child = spawn(process.execPath, [runner, ...options], { env: { ...process.env, STEAMER_KEY: key }, stdio: 'inherit' });
    await page.getByText(/Published: 1\.\d+ times the median/).waitFor();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await untilShown(board('/benchmarks/gets'), '3,600 ops/s');
  });

  it.each(['dark', 'light'] as const)('is readable in %s, and on a narrow screen, for everybody', async (colorScheme) => {
    const { items } = await owner.models.submissions.page({ index: 'submissionsForBenchmark', where: { benchmarkId: 'gets' } });
    const narrow = await subject.open({ colorScheme, viewport: { width: 360, height: 740 } });
    for (const path of ['', '/benchmarks/gets', '/systems/kettle', `/submissions/${items[0]?.submissionId}`]) {
      await narrow.goto(board(path));
      await narrow.getByRole('main').waitFor();
      expect([path, await overflowOf(narrow), await seriousFindings(narrow)]).toEqual([path, 0, []]);
    }
    await narrow.context().close();
  });
});

async function makeKeyOfRunner(): Promise<string> {
  await page.goto(`${subject.url}/console/#/kettle/overview`);
  return makeKey('runner', ['models:read', 'models:write', 'workflows:write']);
}
