import { mkdtempSync, realpathSync } from 'node:fs';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BaoModel, fields, initModels, models, PrimaryKeyConfig, ValidationError } from '../../src/bao/node/index.ts';
import type { ItemStore } from '../../src/dynamo/index.ts';
import * as workerEntry from '../../src/bao/index.ts';

const ROOT = realpathSync(mkdtempSync(join(tmpdir(), 'steamer-node-entry-')));
const STORE = { execute: () => Promise.reject(new Error('nobody asks')) };
const START = process.cwd();
let folders = 0;
let folder: string;

// A test of its own working folder: what is looked for there is the point.
beforeEach(async () => {
  folder = join(ROOT, String((folders += 1)));
  await mkdir(folder);
  process.chdir(folder);
  vi.stubEnv('HOME', folder);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'MODELS_DIR']) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
afterAll(async () => {
  process.chdir(START);
  await rm(ROOT, { recursive: true });
});

async function files(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A module of a model: Node loads it, and so another copy of the layer than this test has. */
function modelFile(name: string, prefix: string, system: 'esm' | 'commonjs' = 'commonjs'): string {
  const layer = pathToFileURL(join(START, 'src/bao/node/index.ts')).href;
  const names = '{ BaoModel, fields, PrimaryKeyConfig }';
  const imports = system === 'esm' ? `import ${names} from "${layer}";` : `const ${names} = require(new URL("${layer}").pathname);`;
  return `${imports}
class ${name} extends BaoModel {
  static modelPrefix = "${prefix}";
  static fields = { id: fields.StringField({ required: true }) };
  static primaryKey = PrimaryKeyConfig("id");
}
${system === 'esm' ? `export { ${name} };` : `module.exports = { ${name}, helper: () => 0 };`}
`;
}

it('has the names of the Worker entry, and the same classes', () => {
  expect(BaoModel).toBe(workerEntry.BaoModel);
  expect(initModels).toBe(workerEntry.initModels);
});

describe('models', () => {
  it('are those of a folder and the folders in it, CommonJS and ES modules alike', async () => {
    await files({
      'models/user.js': modelFile('User', 'u'),
      'models/more/post.mjs': modelFile('Post', 'p', 'esm'),
      'models/more/note.ts': modelFile('Note', 'n', 'esm'),
      'models/more/note.d.ts': 'export declare const nothing: never;',
      'models/read.me': 'no module',
    });
    const manager = initModels({ paths: { modelsDir: './models' }, store: STORE });
    expect(manager.listModels().toSorted()).toEqual(['Note', 'Post', 'User']);
    expect(Object.keys(manager.models).toSorted()).toEqual(['Note', 'Post', 'User']);
  });

  it('are those of a manifest, else of the folder after a warning', async () => {
    await files({
      'models/user.js': modelFile('User', 'u'),
      'models/post.js': modelFile('Post', 'p'),
      'made/models.mjs': 'import * as user from "../models/user.js";\nexport default { ...user, version: 1 };\n',
    });
    const warnings: string[] = [];
    const logging = { level: 'WARN', sink: { warn: (line: string) => warnings.push(line), debug: () => undefined } };
    const listed = (generatedModelsManifest: string) =>
      initModels({ paths: { generatedModelsManifest, modelsDir: 'models' }, store: STORE, logging })
        .listModels()
        .toSorted();
    expect(listed('made/models.mjs')).toEqual(['User']);
    expect(listed('made/none.mjs')).toEqual(['Post', 'User']);
    expect(warnings).toEqual([
      "[WARN] bao: Model manifest not found at 'made/none.mjs'. Falling back to directory scan. Please run codegen.",
    ]);
  });

  it('are those that code generation left, when nobody says where they are', async () => {
    await files({ '.bao/models.js': 'export { default } from "./all.mjs";\n', '.bao/package.json': '{ "type": "module" }' });
    await files({ '.bao/all.mjs': `${modelFile('User', 'u', 'esm')}export default { User };\n` });
    expect(initModels({ store: STORE }).listModels()).toEqual(['User']);
  });

  it('have to be somewhere', async () => {
    expect(() => initModels({ store: STORE })).toThrow('modelsDir is required when no direct models are provided.');
    expect(() => initModels({ store: STORE, paths: { modelsDir: 'none' } })).toThrow(`modelsDir does not exist: ${join(folder, 'none')}`);
    await files({ 'models/late.mjs': 'await 0;\nexport const nothing = 0;\n', 'models/broken.cjs': 'module.exports = ;' });
    await files({ 'late/late.mjs': 'await Promise.resolve();\nexport const nothing = 0;\n' });
    expect(() => initModels({ store: STORE, paths: { modelsDir: 'late' } })).toThrow('awaits at its top level');
    expect(() => initModels({ store: STORE, paths: { modelsDir: 'models' } })).toThrow(SyntaxError);
  });

  it('of MODELS_DIR are loaded when the first one is asked for', async () => {
    expect(Object.keys(models)).toEqual([]);
    await files({ 'models/user.js': modelFile('User', 'u') });
    vi.stubEnv('MODELS_DIR', './models');
    expect([Object.keys(models), 'User' in models, models['User']?.name]).toEqual([['User'], true, 'User']);
  });
});

describe('the configuration file', () => {
  const user = modelFile('User', 'u');

  it('is read when the program names no models, and what the program says goes before it', async () => {
    await files({
      'models/user.js': user,
      'dynamo-bao.config.js':
        'module.exports = { db: { tableName: "of-file", iterationIndexName: "i" }, paths: { modelsDir: "models" }, batchContext: { requireBatchContext: true } };',
    });
    const manager = initModels({ db: { tableName: 'of-program' }, store: STORE });
    expect([manager.tableName, manager.getIterationIndexName(), manager.requiresBatchContext]).toEqual(['of-program', 'i', true]);
    class Own extends BaoModel {
      static override modelPrefix = 'ow';
      static override fields = { id: fields.StringField({ required: true }) };
      static override primaryKey = PrimaryKeyConfig('id');
    }
    expect(initModels({ models: { Own }, store: STORE }).tableName).toBe('dynamo-bao-dev');
  });

  it('is the one that DYNAMO_BAO_CONFIG names, with its paths relative to it', async () => {
    await files({
      'sub/models/user.js': user,
      'sub/settings.mjs': 'export default { db: { tableName: "named" }, paths: { modelsDir: "./models" } };',
    });
    vi.stubEnv('DYNAMO_BAO_CONFIG', 'sub/settings.mjs');
    expect([initModels({ store: STORE }).tableName, initModels({ store: STORE }).listModels()]).toEqual(['named', ['User']]);
    vi.stubEnv('DYNAMO_BAO_CONFIG', 'sub/none.mjs');
    expect(() => initModels({ store: STORE })).toThrow('none.mjs does not exist');
  });

  it('yields to the environment where that is stricter, and for the log', async () => {
    await files({
      'models/user.js': user,
      'config.cjs':
        'module.exports = { paths: { modelsDir: "models" }, logging: { level: "OFF" }, tenancy: { enabled: false }, batchContext: { requireBatchContext: false } };',
    });
    for (const name of ['DYNAMO_BAO_REQUIRE_BATCH_CONTEXT', 'DYNAMO_BAO_TENANCY_ENABLED']) vi.stubEnv(name, 'true');
    vi.stubEnv('DYNAMO_BAO_LOG_LEVEL', 'DEBUG');
    const manager = initModels({ store: STORE });
    expect([manager.requiresBatchContext, manager.isTenancyEnabled(), manager.logger.level]).toEqual([true, true, 'DEBUG']);
  });

  it("is not the application's own config.js", async () => {
    await files({ 'models/user.js': user, 'config.js': 'module.exports = { port: 80 };' });
    vi.stubEnv('MODELS_DIR', 'models');
    expect(initModels({ store: STORE }).listModels()).toEqual(['User']);
    await files({ 'dynamo-bao.config.cjs': 'module.exports = 7;' });
    expect(() => initModels({ store: STORE })).toThrow('expected an object as its default export');
  });
});

describe('credentials', () => {
  class Thing extends BaoModel {
    static override modelPrefix = 'th';
    static override fields = { id: fields.StringField({ required: true }) };
    static override primaryKey = PrimaryKeyConfig('id');
  }

  /** The access key that a find is signed with. */
  async function accessKey(): Promise<string> {
    let authorization = '';
    const fetch = (_url: string, { headers }: RequestInit): Promise<Response> => {
      authorization = new Headers(headers).get('authorization') ?? '';
      return Promise.resolve(Response.json({}));
    };
    const manager = initModels({ models: { Thing }, fetch, logging: { level: 'OFF' } });
    await manager.models.Thing.find('x');
    return /Credential=([^/]+)\//.exec(authorization)?.[1] ?? '';
  }

  it('are those of ~/.aws/credentials, of the profile that AWS_PROFILE names, read again when they change', async () => {
    const text = `# comment
[default]
aws_access_key_id = OF-DEFAULT
aws_secret_access_key=secret
; comment
[work]
aws_access_key_id=OF-WORK
aws_secret_access_key=secret
aws_session_token=token
`;
    await files({ '.aws/credentials': text });
    expect(await accessKey()).toBe('OF-DEFAULT');
    vi.stubEnv('AWS_PROFILE', 'work');
    expect(await accessKey()).toBe('OF-WORK');
    await files({ '.aws/credentials': text.replace('OF-WORK', 'OF-LATER') });
    await utimes(join(folder, '.aws/credentials'), 1, 1);
    expect(await accessKey()).toBe('OF-LATER');
  });

  it('are else those of ~/.aws/config, and of the environment before either', async () => {
    await files({
      '.aws/config': '[profile work]\naws_access_key_id=OF-CONFIG\naws_secret_access_key=secret\n',
      '.aws/credentials': '[work]\nregion=x\n',
    });
    vi.stubEnv('AWS_PROFILE', 'work');
    expect(await accessKey()).toBe('OF-CONFIG');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'OF-ENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    expect(await accessKey()).toBe('OF-ENV');
  });

  it('are missed at the first request, not before', async () => {
    const manager = initModels({ models: { Thing }, logging: { level: 'OFF' } });
    await expect(manager.models.Thing.find('x')).rejects.toThrow(/^AWS credentials not found\./);
  });
});

describe('a custom field', () => {
  /** Written for dynamo-bao: it extends a class of the package, and throws from `validate`. */
  class EmailFieldClass extends fields.StringFieldClass {
    override validate(value: unknown): void {
      super.validate(value);
      if (typeof value !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(value)) throw new ValidationError('Invalid email format', 'email', value);
    }

    override toDy(value: unknown): unknown {
      return typeof value === 'string' ? value.toLowerCase() : null;
    }

    override toGsi(value: unknown): string {
      return String(this.toDy(value));
    }
  }

  it('checks and stores by its own rules', async () => {
    class Person extends BaoModel {
      static override modelPrefix = 'pe';
      static override fields = { email: new EmailFieldClass({ required: true }) };
      static override primaryKey = PrimaryKeyConfig('email');
    }
    const inputs: unknown[] = [];
    const answering = {
      execute: (_operation: string, input: unknown) => {
        inputs.push(input);
        return Promise.resolve({ ok: true, output: {}, meta: { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 1 } });
      },
    };
    const store = answering as unknown as ItemStore; // of its answers only that they are good is looked at
    const manager = initModels({ models: { Person }, store, logging: { level: 'OFF' } });
    await expect(manager.models.Person.create({ email: 'nobody' })).rejects.toThrow('Invalid email format');
    await manager.models.Person.create({ email: 'Ada@Example.com' });
    expect(inputs).toMatchObject([{ Item: { _pk: { S: 'pe#ada@example.com' }, email: { S: 'ada@example.com' } } }]);
  });
});
