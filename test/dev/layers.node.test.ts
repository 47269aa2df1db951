import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Files with one violation each, and the rule that has to report it. Imported files need not exist: the linter reads the text of an import. */
const PLANTED: [what: string, path: string, text: string, rule: string][] = [
  ['an upward import', 'src/dynamo/up.ts', "export { x } from '../bao/model.ts';", 'no-restricted-imports'],
  ['an upward import of a type', 'src/lib/up.ts', "export type { X } from '../wire/x.ts';", 'no-restricted-imports'],
  ['an upward import from deep inside', 'src/bao/codegen/up.ts', "export { x } from '../../routes/x.ts';", 'no-restricted-imports'],
  [
    'an upward import that is dynamic',
    'src/edge/up.ts',
    "export const load = (): Promise<unknown> => import('../routes/x.ts');",
    'no-restricted-imports',
  ],
  ['a type imported inside an expression', 'src/edge/inline.ts', "export type X = import('../routes/x.ts').X;", 'consistent-type-imports'],
  ['an import of a neighbour', 'src/bao/sibling.ts', "export { x } from '../objects/index.ts';", 'no-restricted-imports'],
  ['the model layer past its rules', 'src/routes/past.ts', "export { BaoModel } from '../bao/index.ts';", 'no-restricted-imports'],
  ['an import between entries', 'src/routes/sibling.ts', "export { x } from '../queues/x.ts';", 'no-restricted-imports'],
  ['an import of the house by a room', 'src/routes/house.ts', "export { x } from '../service.ts';", 'no-restricted-imports'],
  [
    'an object imported by accounts',
    'src/accounts/object.ts',
    "export { x } from '../objects/session-owner/session-owner.ts';",
    'no-restricted-imports',
  ],
  ['a value of wire in the client', 'src/client/value.ts', "export { x } from '../wire/x.ts';", 'no-restricted-imports'],
  ['a command in the Worker', 'src/start.ts', "export { x } from './cli/x.ts';", 'no-restricted-imports'],
  ['a path that leaves a folder again', 'src/wire/detour.ts', "export { x } from './inner/../../bao/x.ts';", 'no-restricted-imports'],
  [
    'a path that leaves an allowed folder again',
    'src/dynamo/detour.ts',
    "export { x } from '../wire/../bao/x.ts';",
    'no-restricted-imports',
  ],
  [
    'a Node module in the Worker',
    'src/objects/tenant-store/files.ts',
    "export { readFile } from 'node:fs/promises';",
    'no-restricted-imports',
  ],
  ['a Node module under its old name', 'src/lib/files.ts', "export { join } from 'path';", 'no-restricted-imports'],
  ['YAML outside of commands', 'src/bao/definitions.ts', "export { parse } from 'yaml';", 'no-restricted-imports'],
  ['the whole of zod', 'src/wire/schema.ts', "export { z } from 'zod';", 'no-restricted-imports'],
  ['a validator in bao', 'src/bao/schema.ts', "export { z } from 'zod/mini';", 'no-restricted-imports'],
  ['src in an example', 'examples/one/inside.ts', "export { x } from '../../src/bao/index.ts';", 'no-restricted-imports'],
  ['the package in the console', 'console/inside.ts', "export { x } from 'steamer/bao';", 'no-restricted-imports'],
  ['the service in the console', 'console/pages/inside.tsx', "export { x } from '../../src/routes/x.ts';", 'no-restricted-imports'],
  ['a value of wire in the console', 'console/pages/value.tsx', "export { x } from '../../src/wire/x.ts';", 'no-restricted-imports'],
  ['a cycle', 'src/lib/cycle-one.ts', "import { two } from './cycle-two.ts';\nexport const one: unknown = [two];", 'no-cycle'],
  [
    'a promise that nobody awaits',
    'src/lib/lost.ts',
    'async function write(): Promise<void> {}\nexport function save(): void {\n  write();\n}',
    'no-floating-promises',
  ],
  [
    'a promise of Node that nobody awaits',
    'src/cli/lost.ts',
    "import { rm } from 'node:fs/promises';\nexport function clean(): void {\n  rm('x');\n}",
    'no-floating-promises',
  ],
  [
    'a promise of an object that nobody awaits',
    'src/objects/lost.ts',
    "export function save(state: DurableObjectState): void {\n  state.storage.put('a', 1);\n}",
    'no-floating-promises',
  ],
  ['any', 'src/lib/any.ts', 'export const values: any[] = [];', 'no-explicit-any'],
];

/** Files that break no rule. */
const ALLOWED: [path: string, text: string][] = [
  ['src/lib/cycle-two.ts', "import { one } from './cycle-one.ts';\nexport const two: unknown = [one];"],
  ['src/bao/fields/down.ts', "export { x } from '../../dynamo/x.ts';\nexport { y } from '../../lib/y.ts';\nexport { z } from '../z.ts';"],
  ['src/bao/context.ts', "export { AsyncLocalStorage } from 'node:async_hooks';"],
  ['src/bao/node/config-file.ts', "export { readFile } from 'node:fs/promises';\nexport { parse } from 'yaml';"],
  ['src/accounts/interface.ts', "export type { X } from '../objects/session-owner/rpc.ts';\nexport { y } from '../objects/stubs.ts';"],
  ['src/client/types.ts', "export type { X } from '../wire/x.ts';\nexport { y } from '../lib/y.ts';"],
  [
    'src/routes/down.ts',
    "export { x } from '../accounts/x.ts';\nexport { y } from '../access/y.ts';\nexport type { Z } from '../bao/z.ts';",
  ],
  ['src/queues/down.ts', "export { x } from '../objects/x.ts';\nexport { z } from '../bao/z.ts';"],
  ['src/service.ts', "export { x } from './routes/x.ts';\nexport { y } from '../.bao/models.ts';"],
  ['src/cli/down.ts', "export { x } from '../bao/codegen/index.ts';\nexport { join } from 'node:path';\nexport { parse } from 'yaml';"],
  ['examples/one/public.ts', "export { x } from 'steamer/bao';\nexport { y } from './y.ts';"],
  ['console/public.ts', "export { x } from 'steamer/client';\nexport type { Y } from '../src/wire/y.ts';"],
];

let folder: string;
/** "rule" by file, as the linter reported them */
let reported: Map<string, string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steamer-layers-'));
  for (const name of [
    '.oxlintrc.json',
    '.oxlintrc.layers.json',
    'tsconfig.json',
    'tsconfig.node.json',
    'tsconfig.test.json',
    'src/cli/tsconfig.json',
  ]) {
    await cp(join(REPOSITORY, name), join(folder, name));
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  const planted = PLANTED.map((row): [string, string] => [row[1], row[2]]);
  for (const [path, text] of [...planted, ...ALLOWED]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${text}\n`);
  }
  reported = await lint();
});

afterAll(() => rm(folder, { recursive: true }));

async function lint(): Promise<Map<string, string[]>> {
  const output = await run('oxlint', ['--type-aware', '-f', 'json', 'src', 'examples', 'console'], folder);
  const { diagnostics } = JSON.parse(output.stdout) as { diagnostics: { filename: string; code: string }[] };
  const rules = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) {
    rules.set(filename, [...(rules.get(filename) ?? []), code.replace(/^.*\((.*)\)$/, '$1')]);
  }
  return rules;
}

function run(command: string, args: string[], cwd: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const path = `${join(REPOSITORY, 'node_modules/.bin')}:${process.env['PATH']}`;
    const child = execFile(command, args, { cwd, env: { ...process.env, PATH: path } }, (_error, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe('the linter', () => {
  it.each(PLANTED)('reports %s', (_what, path, _text, rule) => {
    expect(reported.get(path)).toContain(rule);
  });

  it('reports no more than that', () => {
    const expected = new Map(PLANTED.map(([, path, , rule]) => [path, rule]));
    expected.set('src/lib/cycle-two.ts', 'no-cycle');
    const surplus = [...reported].flatMap(([path, rules]) =>
      rules.filter((rule) => rule !== expected.get(path)).map((rule) => `${path} ${rule}`),
    );
    expect(surplus).toEqual(['src/lib/files.ts prefer-node-protocol']);
  });
});

describe('node dev/layers.ts --check', () => {
  const check = (cwd: string) => run('node', [join(REPOSITORY, 'dev/layers.ts'), '--check'], cwd);

  it('accepts the configuration that is checked in', async () => {
    expect(await check(REPOSITORY)).toMatchObject({ code: 0, stderr: '' });
  });

  it('fails when the configuration is out of date, a folder is no room, or a file too deep', async () => {
    await mkdir(join(folder, 'src/attic'));
    await mkdir(join(folder, 'src/lib/a/b/c'), { recursive: true });
    await writeFile(join(folder, 'src/lib/a/b/c/deep.ts'), '');
    await writeFile(join(folder, '.oxlintrc.layers.json'), '{}\n');
    const { code, stderr } = await check(folder);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'src/attic is no room: add it to the table in dev/layers.ts',
      'src/lib/a/b/c/deep.ts is deeper than 3 folders: raise MAX_DEPTH in dev/layers.ts',
      '.oxlintrc.layers.json is out of date: run node dev/layers.ts',
    ]);
  });
});
