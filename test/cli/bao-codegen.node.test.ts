import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codegenCommand } from '../../src/cli/codegen-command.ts';

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
    expect([code, errors]).toEqual([1, 'bao-codegen: user.ts is the file of a model; choose another --manifest']);
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
    expect(await start([])).toMatchObject({ code: 0, out: '2 models from models.yaml: 3 files written\n', errors: '' });
    await write('models.yaml', 'models: 3\n');
    expect(await start([])).toMatchObject({ code: 1, out: '', errors: 'models.yaml:1:9 The file: "models" expected a mapping, got 3\n' });
  });
});

it('generates the default models without a word', async () => {
  const definitions = resolve(import.meta.dirname, '../../models.yaml');
  const result = await runWith([definitions, join(folder, 'models'), '--manifest', join(folder, 'models.ts')]);
  expect(result).toMatchObject({ code: 0, errors: '' });
  expect(await readdir(join(folder, 'models'))).toEqual(['benchmark.ts', 'result.ts', 'system.ts']);
});
