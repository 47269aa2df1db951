import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { BaoModel, fields, initModels, PrimaryKeyConfig, TenantContext } from '../../../src/bao/index.ts';
import { bundle } from './bundle.ts';
import { CODEGEN, LIBRARY } from './library.ts';
import { MODELS } from './models.ts';
import { connection, errorOf, openBao, read } from './setup.ts';
import type { Bao } from './setup.ts';

class Unsound extends BaoModel {
  static override modelPrefix = 'un';
  static override fields = { id: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('nothing' as 'id');
}

let bao: Bao<typeof MODELS>;

beforeAll(async () => {
  bao = await openBao(MODELS);
});
beforeEach(() => bao.control.reset());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  TenantContext.reset();
  initModels({ ...connection(bao.table.tableName), models: MODELS });
});
afterAll(() => bao.drop());

/** Runs `work` as a tenant that has configured the models for itself. */
function asTenant<Value>(tenant: string, work: () => Promise<Value>): Promise<Value> {
  return TenantContext.runWithTenant(tenant, () => {
    initModels({ ...connection(bao.table.tableName), models: MODELS });
    return work();
  });
}

describe('tenants', () => {
  it('W55 objects of a model in one partition are seen by their own tenant only', async () => {
    await asTenant('a', () => MODELS.Setting.create({ name: 'w55', value: 'of a' }));
    await asTenant('b', async () => {
      expect((await MODELS.Setting.find('w55')).exists()).toBe(false);
      expect((await MODELS.Setting.create({ name: 'w55', value: 'of b' })).exists()).toBe(true);
    });
  });

  it('W56 an operation without a tenant is an error where tenancy is enabled', async () => {
    await TenantContext.runWithTenant('last', async () => {
      initModels({ ...connection(bao.table.tableName), models: MODELS, tenancy: { enabled: true } });
      await MODELS.Post.create({ postId: 'w56', title: 'of last' });
    });
    const error = await errorOf(async () => MODELS.Post.create({ postId: 'w56b', title: 'of nobody' }));
    expect(error.message).toMatch(/^Tenant context is required when tenancy is enabled\./);
    expect(await bao.table.row('[last]#p#w56b', 'p')).toBeNull();
  });

  it('W57 a tenant that is set outside of a scope does not decide for requests that a resolver knows', () => {
    TenantContext.addResolver(() => 'of the request');
    try {
      TenantContext.setCurrentTenant('of somebody');
    } catch {
      // it may be refused
    }
    expect(TenantContext.getCurrentTenant()).toBe('of the request');
  });

  it('W58 a tenant needs no configuration of its own', async () => {
    await TenantContext.runWithTenant('new', async () => {
      const { Article, User } = MODELS;
      await User.create({ userId: 'w58', email: 'w58@example.com' });
      await Article.create({ articleId: 'w58', authorId: 'w58', topic: 'x', rank: 1, rating: 1, publishedAt: new Date(1) });
      const article = await Article.find('w58');
      if (!article.exists()) throw new Error('not found');
      expect(read((await article.getOrLoadRelatedField('authorId')) ?? {}, 'email')).toBe('w58@example.com');
    });
    expect(await bao.table.row('[new]#u#w58', 'u')).not.toBeNull();
  });

  it('W59 a thousand tenants share one manager', () => {
    const managers = Array.from({ length: 1000 }, (_, at) => TenantContext.runWithTenant(`t${at}`, () => MODELS.Post.manager));
    expect(new Set(managers).size).toBe(1);
  });
});

describe('configuration', () => {
  it('W60 credentials and endpoint are those that are given', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    const requests: Request[] = [];
    vi.stubGlobal('fetch', (...call: Parameters<typeof fetch>) => {
      requests.push(new Request(...call));
      return Promise.resolve(Response.json({}));
    });
    initModels({
      aws: { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials: { accessKeyId: 'GIVEN', secretAccessKey: 'secret' } },
      models: MODELS,
    });
    await MODELS.Post.find('w60');
    expect(requests.map(({ url }) => url)).toEqual(['http://127.0.0.1:1/']);
    expect(requests[0]?.headers.get('authorization')).toMatch(/Credential=GIVEN\/\d{8}\/eu-west-1\/dynamodb\//);
  });

  it('W61 a model that is not sound is an error of initModels itself', () => {
    const configure = () => initModels({ ...connection(bao.table.tableName), models: { Unsound } });
    expect(() => TenantContext.runWithTenant('w61', configure)).toThrow(/nothing/); // a tenant that configures for the first time
  });
});

interface Application {
  run(endpoint: string, tableName: string): Promise<string>;
}

const TUTORIAL_YAML = `
models:
  User:
    modelPrefix: "u"
    fields:
      userId:
        type: UlidField
        autoAssign: true
      name:
        type: StringField
        required: true
      email:
        type: StringField
        required: true
      createdAt:
        type: CreateDateField
    primaryKey:
      partitionKey: userId

  Post:
    modelPrefix: "p"
    fields:
      postId:
        type: UlidField
        autoAssign: true
      userId:
        type: StringField
        required: true
      title:
        type: StringField
        required: true
      content:
        type: StringField
      createdAt:
        type: CreateDateField
    primaryKey:
      partitionKey: postId
    indexes:
      byUser:
        partitionKey: userId
        sortKey: createdAt
        indexId: 1
`;

describe('a Worker', () => {
  const APPLICATION = `
    import { BaoModel, fields, initModels, PrimaryKeyConfig } from ${JSON.stringify(LIBRARY)};
    class Thing extends BaoModel {
      static modelPrefix = 't';
      static fields = { thingId: fields.StringField({ required: true }), name: fields.StringField() };
      static primaryKey = PrimaryKeyConfig('thingId');
    }
    export async function run(endpoint, tableName) {
      const aws = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
      initModels({ aws, db: { tableName }, models: { Thing } });
      await Thing.create({ thingId: 'w62', name: 'minified' });
      return (await Thing.find('w62')).name;
    }`;

  it('W62 minified code sends the operations that it was written with', async () => {
    expect(await runApplication(APPLICATION)).toBe('minified');
  });

  it('W63 needs nothing of Node but AsyncLocalStorage', async () => {
    expect((await bundle(APPLICATION)).nodeModules).toEqual(['node:async_hooks']);
  });

  it('W64 what is generated runs in a Worker, from the YAML of the first tutorial as it stands', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bao-'));
    try {
      writeFileSync(join(folder, 'models.yaml'), TUTORIAL_YAML);
      execFileSync('node', [CODEGEN, 'models.yaml', './models', '--import', LIBRARY], { cwd: folder, stdio: 'pipe' });
      const application = `
        import models from ${JSON.stringify(join(folder, '.bao/models'))};
        import { initModels } from ${JSON.stringify(LIBRARY)};
        export async function run(endpoint, tableName) {
          const aws = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
          const { User, Post } = initModels({ aws, db: { tableName }, models }).models;
          const { userId } = await User.create({ name: 'Ada', email: 'ada@example.com' });
          await Post.create({ userId, title: 'by Ada' });
          return (await Post.queryByIndex('byUser', userId)).items[0].title;
        }`;
      expect(await runApplication(application)).toBe('by Ada');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('W65 carries no code that reads files', async () => {
    const { code } = await bundle(APPLICATION);
    expect(code.match(/readFileSync|readdirSync|existsSync|dotenv/g) ?? []).toEqual([]);
  });

  it('W66 an object in JSON is its fields, as are its keys when it is spread', async () => {
    const post = await MODELS.Post.create({ postId: 'w66', title: 'a', publishedAt: new Date(0) });
    expect(JSON.parse(JSON.stringify(post))).toEqual({
      postId: 'w66',
      title: 'a',
      hits: 0,
      publishedAt: '1970-01-01T00:00:00.000Z',
      updatedAt: expect.stringMatching(/^\d{4}-/),
      version: expect.stringMatching(/^\w{26}$/),
    });
    expect(JSON.stringify(Object.assign({}, post))).not.toContain('_pk');
  });
});

it('W67 a wrong value is a compile error in its own line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bao-'));
  try {
    const file = join(folder, 'application.ts');
    writeFileSync(
      file,
      `import { BaoModel, fields, PrimaryKeyConfig } from ${JSON.stringify(LIBRARY)};
class Thing extends BaoModel {
  static override modelPrefix = 't';
  static override fields = { thingId: fields.StringField({ required: true }), size: fields.IntegerField() };
  static override primaryKey = PrimaryKeyConfig('thingId');
}
export const right = Thing.create({ thingId: 'a', size: 1 });
export const wrong = Thing.create({ thingId: 'a', size: 'large' });
`,
    );
    expect(errorLines(folder, file)).toEqual([8]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What the bundled application answers. */
async function runApplication(source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bao-'));
  try {
    const file = join(folder, 'application.mjs');
    writeFileSync(file, (await bundle(source)).code);
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Application; // the module that was just written
    return await run(inject('dynamodbProxy'), bao.table.tableName);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines in which the compiler finds an error. */
function errorLines(folder: string, file: string): number[] {
  const project = join(folder, 'tsconfig.json');
  const [base, typeRoot] = ['tsconfig.node.json', 'node_modules/@types'].map((path) =>
    fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
  );
  writeFileSync(project, JSON.stringify({ extends: base, compilerOptions: { typeRoots: [typeRoot] }, include: [file], exclude: [] }));
  try {
    execFileSync('tsc', ['-p', project, '--pretty', 'false'], { encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string }; // execFileSync throws what the command printed
    return Array.from(stdout.matchAll(/application\.ts\((\d+),/g), ([, line]) => Number(line));
  }
}
