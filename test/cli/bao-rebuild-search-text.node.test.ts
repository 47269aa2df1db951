import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { initModels, TenantContext } from '../../src/bao/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { addSearchIndex, Entry } from '../bao/search-setup.ts';
import { openTestTable } from '../bao/setup.ts';
import type { TestTable } from '../bao/setup.ts';

const COMMAND = resolve('src/cli/bao-rebuild-search-text.ts');
const LAYER = pathToFileURL(resolve('src/bao/index.ts')).href;
const COUNT = 60;

let folder: string;
let table: TestTable;
let control: ProxyControl;
/** the first row of the third bucket */
let midway: string | undefined;

// The rows are written by `Entry` of search-setup.ts, which is not searchable and has no index.
const MODELS = `import { BaoModel, fields, IndexConfig, PrimaryKeyConfig } from '${LAYER}';
class Entry extends BaoModel {
  static modelPrefix = 'en';
  static keyEncoding = 'ordered';
  static iterable = true;
  static iterationBuckets = 5;
  static searchable = true;
  static searchConfig = { fields: ['entryId'] };
  static fields = { entryId: fields.StringField({ required: true }), count: fields.IntegerField(), kind: fields.StringField() };
  static primaryKey = PrimaryKeyConfig('entryId');
  static indexes = { byKind: IndexConfig('kind', 'count', 'gsi1') };
}
class Other extends BaoModel {
  static modelPrefix = 'ot';
  static fields = { otherId: fields.StringField({ required: true }) };
  static primaryKey = PrimaryKeyConfig('otherId');
}
export default { Entry, Other };
`;

beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
  control = proxyControl(inject('dynamodbProxy'), table.tableName);
  const { models } = initModels({ models: { Entry }, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
  const write = (prefix: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => models.Entry.create({ entryId: `${prefix}${at}`, count: at })));
  await write('entry-', COUNT);
  await TenantContext.runWithTenant('acme', () => write('acme-', 3));
  midway = (await models.Entry.iterateBucket(2).next()).value?.[0]?.getPrimaryId();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bao-rebuild-'));
  await mkdir(join(folder, '.bao'));
  await writeFile(join(folder, '.bao/models.mjs'), MODELS);
  await writeConfig('');
});

afterEach(async () => {
  await control.reset();
  await rm(folder, { recursive: true });
});

afterAll(() => table.drop());

const writeConfig = (more: string) =>
  writeFile(
    join(folder, 'dynamo-bao.config.mjs'),
    `export default { aws: { region: 'us-east-1' }, db: { tableName: '${table.tableName}', iterationIndexName: 'iter_search_index' },
      paths: { generatedModelsManifest: '.bao/models.mjs' }, ${more} };\n`,
  );

interface Run {
  code: number | null;
  out: string;
  errors: string;
}

/** Runs the command as a user does, in the folder; `whileRunning` gets what ends it as Ctrl-C does. */
function run(args: string[], whileRunning?: (interrupt: () => void) => Promise<void>): Promise<Run> {
  const env = {
    ...process.env,
    DYNAMODB_ENDPOINT: inject('dynamodbProxy'),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    NODE_NO_WARNINGS: '1',
  };
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.errors += text));
  const ended = new Promise<Run>((done, failed) => child.on('error', failed).on('close', (code) => done({ code, ...texts })));
  return whileRunning ? whileRunning(() => child.kill('SIGINT')).then(() => ended) : ended;
}

async function searchTexts(prefix = ''): Promise<string[]> {
  const rows = (await table.rows()).filter(({ _pk }) => _pk && 'S' in _pk && _pk.S.startsWith(`${prefix}en#`));
  return rows.map(({ _searchText: text }) => (text && 'S' in text ? text.S : ''));
}

describe('bao-rebuild-search-text', () => {
  it('explains itself', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('bao-rebuild-search-text <Model> [options]');
  });

  it.each([
    [[], 'which model? Searchable: Entry'],
    [['Nope'], 'there is no model "Nope". Searchable: Entry'],
    [['Other'], 'Model "Other" is not configured as searchable. '],
    [['Entry', '--batch', 'x'], '--batch: expected a number from 1 to 9999, got "x"'],
    [['Entry', 'more'], 'unexpected argument "more"'],
    [['Entry', '--table', 'no-such-table'], 'The table does not exist'],
  ])('ends with 1 and says what is wrong with %j', async (args, message) => {
    const { code, errors } = await run(args);
    expect(errors).toContain(message);
    expect(code).toBe(1);
  });

  it('writes nothing on a dry run, and says what it would', async () => {
    const { code, out, errors } = await run(['Entry', '--dry-run']);
    expect({ code, out }).toEqual({ code: 0, out: `Entry: ${COUNT} rows seen, ${COUNT} would be rewritten\n` });
    expect(errors).toContain('[########################] 100 %');
    expect(await control.counts()).not.toHaveProperty('UpdateItem');
    expect((await searchTexts()).every((text) => text === '')).toBe(true);
  });

  it('goes on where Ctrl-C has ended it, and rewrites every row once', async () => {
    await control.inject({ kind: 'hold', operation: 'UpdateItem', contains: [`en#${midway}"`] });
    const args = ['Entry', '--batch', '5', '--buckets', '1'];
    const first = await run(args, async (interrupt) => {
      await control.whenHeld(1, 'UpdateItem');
      interrupt();
      await control.release();
    });
    expect(first).toMatchObject({ code: 130 });
    expect(first.out).toMatch(/Entry: \d+ rows seen, \d+ rewritten; interrupted\n$/);
    expect(first.errors).toContain('the same command goes on where this run ended');
    const done = (await searchTexts()).filter((text) => text !== '').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(COUNT);
    await control.reset();
    const second = await run(args);
    expect(second.out).toBe(
      `going on where an earlier run ended, after ${done} rows; --restart begins anew\nEntry: ${COUNT} rows seen, ${COUNT} rewritten\n`,
    );
    expect(second.code).toBe(0);
    expect((await control.counts())['UpdateItem']).toBe(COUNT - done);
    expect((await searchTexts()).toSorted()).toEqual(Array.from({ length: COUNT }, (_, at) => `entry ${at}`).toSorted());
    expect(await readdir(join(folder, '.bao'))).toEqual(['models.mjs']);
  });

  it('reads only what is right already', async () => {
    expect((await run(['Entry'])).out).toBe(`Entry: ${COUNT} rows seen, 0 rewritten\n`);
    expect(await control.counts()).not.toHaveProperty('UpdateItem');
  });

  it('keeps to the rows of one tenant', async () => {
    await writeConfig('tenancy: { enabled: true }');
    expect((await run(['Entry'])).errors).toContain('tenancy is enabled: name the tenant by --tenant');
    expect((await run(['Entry', '--tenant', 'acme'])).out).toBe('Entry: 3 rows seen, 3 rewritten\n');
    expect((await searchTexts('[acme]#')).toSorted()).toEqual(['acme 0', 'acme 1', 'acme 2']);
  });

  it('names the rows that cannot be rewritten, does the others, and ends with 1', async () => {
    await table.putRow({ ...(await table.row('en#entry-7', 'en')), kind: { S: 'x'.repeat(3000) } });
    await table.putRow({ ...(await table.row('en#entry-8', 'en')), _searchText: { S: 'something else' } });
    const { code, out, errors } = await run(['Entry']);
    expect(errors).toContain('Entry entry-7: kind: a value inside an index may have at most 2048 bytes with its prefixes');
    expect({ code, out }).toEqual({ code: 1, out: `Entry: ${COUNT} rows seen, 1 rewritten, 1 left as they were\n` });
  });
});
