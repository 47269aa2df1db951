import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaderboardCalls, modelCalls } from '../../../dev/start/first-calls.ts';
import { hasLeaderboard, type ServedModel } from '../../../dev/start/served-models.ts';
import { patternOf, shownCommands } from '../../docs/console-blocks.ts';
import { fencedBlocks } from '../../docs/fenced-blocks.ts';
import { curlLines, freePort, shell, startedUp, stopped, type Start } from './started.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
/** Of the repository, what a start needs. */
const PARTS = [
  'assets',
  'console',
  'dev',
  'examples',
  'migrations',
  'src',
  'package.json',
  'package-lock.json',
  'wrangler.toml',
  'tsconfig.json',
  'limits.yaml',
];
const TUTORIAL = 'docs/tutorial.md';
const END = '-- end of the answer --';
const STARTED_WITHIN_MS = 120_000;
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const OWN_MODELS = `
models:
  Invoice:
    modelPrefix: in
    fields:
      invoiceId: { type: UlidField, autoAssign: true }
      customerId: { type: StringField, required: true, maxLength: 4 }
      total: { type: IntegerField, required: true }
      createdAt: { type: CreateDateField }
    primaryKey: { partitionKey: invoiceId }
    indexes:
      invoicesOfCustomer: { partitionKey: customerId, sortKey: createdAt, indexId: gsi1 }
`;

/** What the tutorial puts into models.yaml and limits.yaml. */
const [TUTORIAL_MODELS = '', TUTORIAL_LIMITS = ''] = fencedBlocks('yaml').flatMap(({ page, text }) => (page === TUTORIAL ? [text] : []));

describe('npm start of a project with models of its own', { timeout: STARTED_WITHIN_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'steamer-own-models-'));
  const project = join(folder, 'project');
  let running: Start;
  let url: string;

  beforeAll(async () => {
    for (const part of PARTS) {
      cpSync(join(REPOSITORY, part), join(project, part), { recursive: true, filter: (path) => !path.includes('node_modules') });
    }
    symlinkSync(join(REPOSITORY, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'models.yaml'), OWN_MODELS + TUTORIAL_MODELS.replace('models:\n', ''));
    appendFileSync(join(project, 'limits.yaml'), `\n${TUTORIAL_LIMITS}`);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    running = await startedUp({ port, dataDir: join(folder, 'data'), project, hasWorkflows: true });
  }, STARTED_WITHIN_MS);
  afterAll(async () => {
    await stopped(running, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts, and says why it has neither loaded the leaderboard nor installed what that needs', () => {
    expect(running.output()).toMatch(
      /✓ workflows +\d+\.\d s {2}left out: models\.yaml has not all of System, Benchmark, Result, Submission/,
    );
    expect(running.output()).toMatch(
      /✓ leaderboard data +\d+\.\d s {2}not loaded: models\.yaml has no System, Benchmark, Result and Submission/,
    );
    expect(running.output()).not.toContain("dynoxide'");
  });

  it.skipIf(!hasCurl && !process.env['CI'])('prints commands of that model, which work when pasted in their order', async () => {
    const commands = curlLines(running);
    const answers: string[] = [];
    for (const command of commands) answers.push(await shell(command));
    expect(answers.map((answer) => answer.split(' ', 2)[1])).toEqual(['200', '201', '200', '200']);
    expect(answers[0]).toContain('"name":"Invoice"');
    expect(answers[1]).toContain('"customerId":"exam"');
    expect(answers[2]).toMatch(/"items":\[\{"invoiceId":"[^"]{26}","customerId":"exam","total":1/);
    expect(answers[3]).toContain('"email":"demo@example.com"');
  });

  it.skipIf(!hasCurl && !process.env['CI'])('answers the commands of the tutorial as it says, to its program', async () => {
    const commands = shownCommands(TUTORIAL);
    const program = commands.pop();
    const here = (text: string) => text.replaceAll('127.0.0.1:8787', new URL(url).host).replaceAll('.steamer/', `${join(folder, 'data')}/`);
    // In one shell, which keeps their variables.
    const said = await shell(commands.map(({ command }) => `${here(command)}; echo; echo ${END}`).join('\n'));
    const answers = said.split(END);
    for (const [index, { command, answer }] of commands.entries())
      if (answer !== '') expect(answers[index], command).toMatch(patternOf(answer));
    const source = fencedBlocks('ts').find(({ page }) => page === TUTORIAL)?.text ?? '';
    const [script, alias] = [join(project, 'orders.mjs'), { 'steamer/client': join(REPOSITORY, 'src/client/index.ts') }];
    await build({
      stdin: { contents: here(source), resolveDir: project, loader: 'ts' },
      alias,
      bundle: true,
      format: 'esm',
      outfile: script,
    });
    const key = readFileSync(join(folder, 'data', 'demo-key'), 'utf8').trim();
    expect(await shell(`KEY=${key} ${process.execPath} ${script}`)).toMatch(patternOf(program?.answer ?? ''));
  });
});

describe('what a start prints', () => {
  const field = (kind: ServedModel['fields'][string]['kind'], required = true) => ({ kind, required, schema: {} });
  const model = (name: string, path: string): ServedModel => ({
    name,
    path,
    fields: { a: field('string'), b: field('related'), note: field('string', false) },
    primaryKey: { partitionKey: 'a', sortKey: 'b' },
    indexes: {},
  });
  const requests = (...models: ServedModel[]) => modelCalls('http://x/v1/demo', models).map(({ request }) => request);

  it('is about the leaderboard only where all its models are at their paths', () => {
    const submissions = model('Submission', 'submissions');
    const all = [model('System', 'systems'), model('Benchmark', 'benchmarks'), model('Result', 'results'), submissions];
    expect(hasLeaderboard(all)).toBe(true);
    expect(hasLeaderboard(all.slice(1))).toBe(false);
    expect(hasLeaderboard([...all.slice(1), model('System', 'machines')])).toBe(false);
    expect(leaderboardCalls('http://x/v1/demo', false)).toHaveLength(4);
  });

  it('creates an item by its id where it has one, so that the command can be sent twice', () => {
    expect(requests(model('Thing', 'things'))).toEqual([
      'http://x/v1/demo/models',
      `-X PUT -H 'Content-Type: application/json' -d '{"a":"example","b":"example"}' 'http://x/v1/demo/things/example/example'`,
      `-g 'http://x/v1/demo/things?index=primary&a=example&limit=3'`,
    ]);
  });

  it('lists all of a model where an index does, and creates nothing where a value cannot be made up', () => {
    const odd = {
      ...model('Odd', 'odd'),
      fields: { a: field('string'), shape: field('map') },
      indexes: { all: { partitionKey: null, sortKey: 'a' } },
    };
    expect(requests(odd)).toEqual(['http://x/v1/demo/models', `-g 'http://x/v1/demo/odd?index=all&limit=3'`]);
    expect(requests()).toEqual(['http://x/v1/demo/models']);
  });
});
