import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codegenCommand } from '../../src/cli/codegen-command.ts';
import { enterWorkFolder, type WorkFolder } from './work-folder.ts';

const USER = `  User:
    modelPrefix: u
    fields:
      userId: { type: StringField }
    primaryKey: { partitionKey: userId }
`;
const POST = USER.replace('User', 'BlogPost').replace('modelPrefix: u', 'modelPrefix: p');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bao-codegen-'));
  await write('models.yaml', `models:\n${USER}${POST}`);
});

afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

function read(path: string): Promise<string> {
  return readFile(join(folder, path), 'utf8');
}

interface Run {
  code: number;
  out: string;
  errors: string;
}

/** Runs the command on the folder's files; paths in what it prints are relative to the folder. */
async function run(...options: string[]): Promise<Run> {
  return runWith([join(folder, 'models.yaml'), join(folder, 'models'), '--manifest', join(folder, '.bao/models.ts'), ...options]);
}

async function runWith(args: string[]): Promise<Run> {
  const lines = { out: [] as string[], errors: [] as string[] };
  const code = await codegenCommand(args, { out: (line) => lines.out.push(line), error: (line) => lines.errors.push(line) });
  const text = (all: string[]) => all.join('\n').replaceAll(`${folder}/`, '');
  return { code, out: text(lines.out), errors: text(lines.errors) };
}

describe('bao-codegen', () => {
  it('writes one file per model and a manifest', async () => {
    expect(await run()).toEqual({ code: 0, out: '2 models from models.yaml: 3 files written', errors: '' });
    expect(await readdir(join(folder, 'models'))).toEqual(['blog-post.ts', 'user.ts']);
    expect(await read('.bao/models.ts')).toContain("import { BlogPost } from '../models/blog-post.ts';");
    expect(await read('models/user.ts')).toContain("from 'steamer/bao';");
  });

  it('writes a module for clients where it is told to, which imports nothing of the models but types', async () => {
    const client = join(folder, 'web/client.ts');
    expect((await run('--client', client)).out).toBe('2 models from models.yaml: 4 files written');
    const text = await read('web/client.ts');
    expect(text).toContain("import type { ClientModels } from '../.bao/models.ts';");
    expect(text).toContain("export type BlogPostCreate = client.NewItem<ClientModels['blog-posts']>;");
    expect(text.match(/^import (?!type).*$/gm)).toEqual(["import * as client from 'steamer/client';"]);
    expect((await run('--client', join(folder, 'client.css'))).errors).toContain(
      'the client of TypeScript models has to end in .ts or .mts',
    );
    expect((await run('--client', join(folder, '.bao/models.ts'))).errors).toContain('choose another --manifest or --client');
  });

  it('leaves files alone that are up to date', async () => {
    await run();
    const before = await stat(join(folder, 'models/user.ts'));
    expect(await run()).toEqual({ code: 0, out: '2 models from models.yaml: nothing changed', errors: '' });
    expect((await stat(join(folder, 'models/user.ts'))).mtimeMs).toBe(before.mtimeMs);
    expect((await stat(join(folder, 'models/user.ts'))).ino).toBe(before.ino);
  });

  it('deletes the file of a removed model, and nothing that was not generated', async () => {
    await run();
    await write('models/notes.ts', 'export const mine = 1;\n');
    await write('models.yaml', `models:\n${USER}`);
    expect((await run()).out).toBe('1 model from models.yaml: 1 file written, models/blog-post.ts deleted');
    expect(await readdir(join(folder, 'models'))).toEqual(['notes.ts', 'user.ts']);
  });

  it('refuses to write over a file that was not generated, before it writes anything', async () => {
    await write('models/user.ts', 'export const mine = 1;\n');
    const { code, errors } = await run();
    expect([code, errors]).toEqual([1, 'bao-codegen: models/user.ts was not generated; move it away, or choose another output']);
    expect(await readdir(join(folder, 'models'))).toEqual(['user.ts']);
    expect(await read('models/user.ts')).toBe('export const mine = 1;\n');
  });

  it('prints every mistake with file, line and column, and writes nothing', async () => {
    await write('models.yaml', `models:\n${USER.replace('StringField', 'TextField')}${POST.replace('userId }', 'postId }')}`);
    const { code, out, errors } = await run();
    expect([code, out]).toEqual([1, '']);
    expect(errors.split('\n')).toEqual([
      expect.stringMatching(/^models\.yaml:5:23 Model "User": "fields": field "userId": unknown type "TextField"/),
      expect.stringMatching(/^models\.yaml:6:33 Model "User": "primaryKey": unknown field "userId"/),
      expect.stringMatching(/^models\.yaml:11:33 Model "BlogPost": "primaryKey": unknown field "postId"; known: userId$/),
    ]);
    expect(await readdir(folder)).toEqual(['models.yaml']);
  });

  it('prints warnings and generates all the same', async () => {
    await write('models.yaml', `models:\n${USER.replace('userId: {', 'ttl: { type: StringField }\n      userId: {')}`);
    const { code, errors } = await run();
    expect([code, errors]).toEqual([0, expect.stringMatching(/^models\.yaml:5:12 warning: Model "User"/)]);
  });

  it('reads a folder of definitions by name, later files replacing models of earlier ones', async () => {
    await write('definitions/a.yaml', `models:\n${USER}${POST}`);
    await write('definitions/b.yml', `models:\n${USER.replace('modelPrefix: u', 'modelPrefix: v')}`);
    await write('definitions/notes.txt', 'nothing');
    const { code, errors } = await runWith([join(folder, 'definitions'), join(folder, 'models'), '--manifest', join(folder, 'all.ts')]);
    expect([code, errors]).toEqual([0, 'definitions/b.yml:2:3 warning: Model "User" replaces the one at definitions/a.yaml:2']);
    expect(await read('models/user.ts')).toContain("modelPrefix = 'v'");
  });

  it('says with --check what is out of date, and writes nothing', async () => {
    expect(await run('--check')).toMatchObject({
      code: 1,
      errors: 'out of date: models/user.ts, models/blog-post.ts, .bao/models.ts; run bao-codegen without --check',
    });
    expect(await readdir(folder)).toEqual(['models.yaml']);
    await run();
    expect(await run('--check')).toMatchObject({ code: 0, errors: '' });
  });

  it('imports the layer from a relative path as models and manifest each see it', async () => {
    await run('--import', '../src/bao/index.ts');
    expect(await read('models/user.ts')).toContain("from '../src/bao/index.ts';");
    expect(await read('.bao/models.ts')).toContain("from '../src/bao/index.ts';");
    await runWith([
      join(folder, 'models.yaml'),
      join(folder, 'deep/er'),
      '--manifest',
      join(folder, 'deep/er/all.ts'),
      '--import',
      './layer.ts',
    ]);
    expect(await read('deep/er/all.ts')).toContain("from './layer.ts';");
    expect(await read('deep/er/all.ts')).toContain("from './user.ts';");
  });

  it('keeps the manifest out of the way of a model', async () => {
    const { code, errors } = await runWith([join(folder, 'models.yaml'), folder, '--manifest', join(folder, 'user.ts')]);
    expect([code, errors]).toEqual([
      1,
      'bao-codegen: user.ts is there already, generated for a model or the manifest; choose another --manifest or --client',
    ]);
  });

  it.each([
    [['nowhere.yaml'], 'bao-codegen: nowhere.yaml does not exist'],
    [['a', 'b', 'c'], 'bao-codegen: unexpected argument "c"; see bao-codegen --help'],
    [['--watch'], "bao-codegen: Unknown option '--watch'"],
  ])('explains what is wrong with the arguments %j', async (args, expected) => {
    const { code, errors } = await runWith(args);
    expect(code).toBe(1);
    expect(errors).toContain(expected);
  });

  it('runs as a command: exit code and streams', async () => {
    const command = resolve(import.meta.dirname, '../../src/cli/bao-codegen.ts');
    const start = (args: string[]) =>
      new Promise<Run>((done) => {
        const child = execFile(process.execPath, [command, ...args], { cwd: folder }, (_error, out, errors) =>
          done({ code: child.exitCode ?? -1, out, errors }),
        );
      });
    expect(await start(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('bao-codegen [definitions] [output folder]'),
      errors: '',
    });
    expect(await start([])).toMatchObject({ code: 0, out: '2 models from models.yaml: 6 files written\n', errors: '' });
    await write('models.yaml', 'models: 3\n');
    expect(await start([])).toMatchObject({ code: 1, out: '', errors: 'models.yaml:1:9 The file: "models" expected a mapping, got 3\n' });
  });
});

describe('the language of the models', () => {
  let work: WorkFolder;
  beforeEach(async () => {
    work = await enterWorkFolder();
    await work.write('models.yaml', `models:\n${USER}${POST}`);
  });
  afterEach(() => work.leave());

  async function generated(...args: string[]): Promise<string[]> {
    const result = await runWith(args);
    expect(result).toMatchObject({ code: 0, errors: '' });
    const files = await readdir(work.path, { recursive: true });
    return files.filter((file) => /\.[jt]s$/.test(file)).toSorted();
  }

  it('is JavaScript with declaration files where nothing is TypeScript, in the places that the tutorial names', async () => {
    const names = await generated('models.yaml', './models');
    expect(names.filter((name) => name.endsWith('.js'))).toEqual(['.bao/models.js', 'models/blog-post.js', 'models/user.js']);
    expect(names.filter((name) => name.endsWith('.ts'))).toEqual(['.bao/models.d.ts', 'models/blog-post.d.ts', 'models/user.d.ts']);
    expect(await generated('--client', 'client.js')).toEqual(expect.arrayContaining(['client.d.ts', 'client.js']));
    expect(await work.read('client.d.ts')).toContain("import type { ClientModels } from './.bao/models.js';");
    // Node takes the manifest for an ES module, whatever the package says.
    expect(JSON.parse(await work.read('.bao/package.json'))).toEqual({ type: 'module' });
  });

  it('is TypeScript where there is a tsconfig.json, whose settings decide how files import each other', async () => {
    await work.write('tsconfig.json', '{ "compilerOptions": { /* "allowImportingTsExtensions": true */ "strict": true } }');
    expect(await generated()).toEqual(['.bao/models.ts', 'models/blog-post.ts', 'models/user.ts']);
    expect(await work.read('.bao/models.ts')).toContain("from '../models/user.js';");
    await work.write('base.json', '{ "compilerOptions": { "allowImportingTsExtensions": true } }');
    await work.write('tsconfig.json', '{ "extends": "./base.json" } // the rest is there');
    await generated();
    expect(await work.read('.bao/models.ts')).toContain("from '../models/user.ts';");
  });

  it('can be chosen, and the files of the other one go', async () => {
    await work.write('tsconfig.json', '{}');
    await generated();
    expect(await generated('--js')).toEqual([
      '.bao/models.d.ts',
      '.bao/models.js',
      '.bao/models.ts',
      ...['blog-post.d.ts', 'blog-post.js', 'user.d.ts', 'user.js'].map((name) => `models/${name}`),
    ]);
    expect((await runWith(['--js', '--ts'])).errors).toBe('bao-codegen: --js and --ts exclude each other');
    expect((await runWith(['--js', '--manifest', 'all.ts'])).errors).toContain('has to end in .js or .mjs');
  });

  it('follows package.json: CommonJS where it says so, and the name under which it knows the layer', async () => {
    await work.write('package.json', '{ "type": "commonjs", "dependencies": { "dynamo-bao": "npm:steamer" } }');
    await generated();
    expect(await work.read('models/user.js')).toContain("= require('dynamo-bao');");
    expect(await work.read('.bao/models.js')).toContain("import { User } from '../models/user.js';");
    await generated('--module', 'esm');
    expect(await work.read('models/user.js')).toContain("from 'dynamo-bao';");
    expect((await runWith(['--module', 'amd'])).errors).toBe('bao-codegen: --module: expected esm or commonjs, got "amd"');
  });

  it('takes over the files of dynamo-bao', async () => {
    await work.write('models/user.js', '// 🧨 🧨 🧨\n// DO NOT EDIT: Generated by model-codegen \n// 🧨 🧨 🧨\nmodule.exports = {};\n');
    await work.write('models/old.js', '// 🧨 🧨 🧨\n// DO NOT EDIT: Generated by model-codegen \n// 🧨 🧨 🧨\nmodule.exports = {};\n');
    expect(await generated()).not.toContain('models/old.js');
    expect(await work.read('models/user.js')).toContain('export class User');
  });

  it('says with --dry-run what it would do, and does nothing', async () => {
    await work.write('models/old.js', '// Generated by bao-codegen\n');
    const { code, out } = await runWith(['--dry-run']);
    expect([code, ...out.split('\n')]).toEqual([
      0,
      ...['models/user.js', 'models/user.d.ts', 'models/blog-post.js', 'models/blog-post.d.ts', '.bao/models.js', '.bao/models.d.ts'].map(
        (file) => `would write ${file}`,
      ),
      'would delete models/old.js',
      '2 models from models.yaml: nothing was written',
    ]);
    expect(await readdir(work.path)).toEqual(['models', 'models.yaml']);
  });
});

describe('the configuration file', () => {
  let work: WorkFolder;
  beforeEach(async () => {
    work = await enterWorkFolder();
    await work.write('app/definitions/models.yaml', `models:\n${USER}`);
  });
  afterEach(() => work.leave());

  it('says where everything is, relative to itself, and in which module system', async () => {
    const paths = { modelsDefinitionPath: './definitions', modelsDir: './generated', generatedModelsManifest: './all.mjs' };
    await work.write('app/settings.cjs', `module.exports = ${JSON.stringify({ paths, codegen: { moduleSystem: 'commonjs' } })};`);
    vi.stubEnv('DYNAMO_BAO_CONFIG', 'app/settings.cjs');
    expect(await runWith([])).toMatchObject({ code: 0, errors: '', out: '1 model from app/definitions: 4 files written' });
    expect(await work.read('app/generated/user.js')).toContain('exports.User = User;');
    expect(await work.read('app/all.mjs')).toContain("from './generated/user.js';");
    vi.unstubAllEnvs();
  });

  it('is refused where it says something unusable', async () => {
    await work.write('dynamo-bao.config.mjs', "export default { codegen: { moduleSystem: 'umd' } };");
    expect((await runWith([])).errors).toBe(
      'bao-codegen: dynamo-bao.config.mjs: "codegen.moduleSystem" expected esm or commonjs, got "umd"',
    );
  });
});

describe('field types of the application', () => {
  let work: WorkFolder;
  const layer = resolve(import.meta.dirname, '../../src/bao/index.ts');
  const FIELD = `import { fields } from '${layer}';
export class EmailFieldClass extends fields.StringFieldClass {}
export const EmailField = (options) => new EmailFieldClass(options);
`;
  beforeEach(async () => {
    work = await enterWorkFolder();
    await work.write(
      'models.yaml',
      `models:\n${USER.replace('fields:', "fields:\n      email: { type: EmailField, required: true, domain: 'b.c' }")}`,
    );
  });
  afterEach(() => work.leave());

  it('are imported from their folder, with whatever options the definitions give them', async () => {
    await work.write('fields/email-field.mjs', FIELD);
    expect(await runWith(['--fields', 'fields', '--js'])).toMatchObject({ code: 0, errors: '' });
    const text = await work.read('models/user.js');
    expect(text).toContain("import { EmailField } from '../fields/email-field.mjs';");
    expect(text).toContain("email: EmailField({ required: true, domain: 'b.c' }),");
    const types = await work.read('models/user.d.ts');
    expect(types).toContain("import type { EmailField } from '../fields/email-field.mjs';");
    expect(types).toContain('email: ValueOf<typeof EmailField>;');
  });

  it('are unknown without their file, and refused when it makes no field', async () => {
    expect((await runWith(['--js'])).errors).toMatch(/^models\.yaml:5:22 .*unknown type "EmailField"/);
    await work.write('fields/email-field.mjs', 'export const EmailField = () => ({});');
    expect((await runWith(['--fields', 'fields', '--js'])).errors).toContain('"EmailField" does not make a field');
    await work.write('fields/email-field.js', 'export const email = 1;');
    expect((await runWith(['--fields', 'fields', '--js'])).errors).toContain('expected a function "EmailField" among its exports');
  });
});

it('generates the default models without a word', async () => {
  const definitions = resolve(import.meta.dirname, '../../models.yaml');
  const result = await runWith([definitions, join(folder, 'models'), '--manifest', join(folder, 'models.ts')]);
  expect(result).toMatchObject({ code: 0, errors: '' });
  expect(await readdir(join(folder, 'models'))).toEqual(['benchmark.ts', 'result.ts', 'submission.ts', 'system.ts']);
});
